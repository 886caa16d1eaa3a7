"""What pods see of their network interfaces, and what passed between two of them, read from their logs."""

from __future__ import annotations

import ipaddress
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof import paths
from clusterproof.instruments.containers import told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

Item = dict[str, Any]
CABLES = frozenset({1, 32})  # Ethernet and InfiniBand; every network has tunnels besides, which nobody gave to it
PORT = 47113
SIZE = 8 << 20  # bytes that are sent: far more than anything else says over an interface meanwhile
RECEIVED, SENT = 0, 1


@dataclass(frozen=True)
class Link:
    """One interface of a pod."""

    name: str
    mac: str
    addresses: tuple[str, ...]

    @property
    def address(self) -> str:
        """The first address by which others reach it; empty if it has none."""
        found = (each for each in self.addresses if not ipaddress.ip_address(each).is_link_local)
        return next(found, "")


@dataclass(frozen=True)
class Passed:
    """What one pod says of the data that it has sent or received."""

    digest: str
    error: str
    moved: dict[str, int]
    """Bytes by interface, in the direction of the data."""
    seconds: float


@dataclass(frozen=True)
class Wire:
    """Starts pods that tell of their interfaces, and reads what they tell."""

    bench: Bench
    mark: str = field(default_factory=lambda: f"link-{secrets.token_hex(6)} ")
    word: str = field(default_factory=lambda: secrets.token_hex(16))

    def start(self, template: str, name: str, *, peer: str = "", **values: Any) -> Thing:
        """Start a pod; with a ``peer``, it sends data there."""
        script = (paths.PACKAGE / "stub" / "links.py").read_text(encoding="utf-8")
        asked = {"mark": self.mark, "port": PORT, "peer": peer, "size": SIZE, "word": self.word}
        return self.bench.apply(template, name=name, looker=script, look=json.dumps(asked), **values)

    def sees(self, thing: Thing) -> dict[str, Link]:
        """Return the interfaces that a pod sees, by name; empty as long as it has told of none."""
        return links(next(iter(told(self.bench, thing, f"{self.mark}sees ")), {}))

    def received(self, thing: Thing) -> Passed:
        """Return what a pod has received."""
        return self._passed(thing, "received", RECEIVED)

    def sent(self, thing: Thing) -> Passed:
        """Return what a pod has sent."""
        return self._passed(thing, "sent", SENT)

    def _passed(self, thing: Thing, what: str, way: int) -> Passed:
        done, failed = (next(iter(told(self.bench, thing, f"{self.mark}{each} ")), {}) for each in (what, "failed"))
        return passed(done, "" if done else failed.get("error", ""), way)


def links(said: Item) -> dict[str, Link]:
    """Return the interfaces of a pod that are cables, by name; one without an address of hardware is none."""
    rows = [row for row in said.get("interfaces") or [] if row["kind"] in CABLES and row["mac"].strip("0:")]
    return {row["name"]: Link(row["name"], row["mac"], tuple(row["addresses"])) for row in rows}


def passed(said: Item, error: str, way: int) -> Passed:
    """Return what a line says of data that has passed; ``way`` is the counter of its direction."""
    before, after = said.get("before") or {}, said.get("after") or {}
    moved = {name: counters[way] - before[name][way] for name, counters in after.items() if name in before}
    return Passed(said.get("digest", ""), error, moved, float(said.get("seconds") or 0))


def strange(seen: dict[str, Link], advertised: Iterable[str]) -> list[str]:
    """Return the interfaces of a pod that are advertised, by their hardware's addresses."""
    known = {same(each) for each in advertised}
    return sorted(link.name for link in seen.values() if same(link.mac) in known)


def same(mac: str) -> str:
    """Return an address of hardware in the one spelling that is compared."""
    return mac.lower().replace("-", ":")
