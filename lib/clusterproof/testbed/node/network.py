"""The network between this machine and its nodes: one bridge, a cable to each node, a route to each node's pods.

A second bridge, on which this machine has no address, is what the nodes have further interfaces for.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import secrets
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.errors import TestbedError

if TYPE_CHECKING:
    from pathlib import Path

    Network = ipaddress.IPv4Network

FIRST, LAST = 20, 63  # of the second number in 10.x; simulated pods have those above
BLOCK = 21  # bits of a testbed's network: services, the nodes' own, and one for the pods of each node
TRIES = 20
PER_NODE = 16  # addresses of further interfaces


@dataclass(frozen=True)
class Plan:
    """Which addresses and names a testbed's nodes have."""

    name: str
    """What the names of its interfaces begin with; another one for each folder."""
    block: Network

    @classmethod
    def choose(cls, folder: Path, tries: int = TRIES) -> Plan:
        """Return a plan that collides with no route of this machine.

        Raises:
            TestbedError: no free one was found.
        """
        taken = _routes()
        name = "cp" + hashlib.sha256(str(folder).encode()).hexdigest()[:8]
        for _ in range(tries):
            second = FIRST + secrets.randbelow(LAST - FIRST + 1)
            block = ipaddress.IPv4Network(f"10.{second}.{8 * secrets.randbelow(32)}.0/{BLOCK}")
            if not any(block.overlaps(each) for each in taken):
                return cls(name, block)
        raise TestbedError(f"No network of 10.{FIRST}.0.0 to 10.{LAST}.255.255 is free for the testbed's nodes.")

    @classmethod
    def load(cls, file: Path) -> Plan | None:
        """Return the plan that was saved in a file, if there is one."""
        try:
            saved = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return cls(saved["name"], ipaddress.IPv4Network(saved["block"]))

    def save(self, file: Path) -> None:
        """Write it down; before anything is made, so that it can be taken away whatever happens."""
        file.write_text(json.dumps({"name": self.name, "block": str(self.block)}), encoding="utf-8")

    @property
    def services(self) -> Network:
        """Addresses of Services."""
        return self._part(0)

    @property
    def gateway(self) -> str:
        """This machine's address among the nodes."""
        return str(self._part(1)[1])

    def address(self, number: int) -> str:
        """Return a node's address."""
        return str(self._part(1)[10 + number])

    def pods(self, number: int) -> Network:
        """Return the addresses of a node's pods."""
        return self._part(2 + number)

    @property
    def second(self) -> str:
        """The name of the second bridge."""
        return f"{self.name}f"

    def further(self, number: int, index: int) -> str:
        """Return the address of a further interface of a node, with the bits of the network that all of them are in."""
        network = self._part(7)
        return f"{network[PER_NODE * (number + 1) + index]}/{network.prefixlen}"

    def all_further(self, number: int) -> Network:
        """Return the addresses of all further interfaces of one node."""
        return list(self._part(7).subnets(new_prefix=28))[number + 1]

    @property
    def bits(self) -> int:
        """Bits of the nodes' own network."""
        return self._part(1).prefixlen

    def cable(self, number: int) -> str:
        """Return the name of this machine's end of the cable to a node."""
        return f"{self.name}n{number}"

    def _part(self, number: int) -> Network:
        return list(self.block.subnets(new_prefix=24))[number]


def lay(plan: Plan) -> None:
    """Make the bridges."""
    _ip("link", "add", plan.name, "type", "bridge")
    _ip("address", "add", f"{plan.gateway}/{plan.bits}", "dev", plan.name)
    _ip("link", "set", plan.name, "up")
    _ip("link", "add", plan.second, "type", "bridge")
    _ip("link", "set", plan.second, "up")


def connect(plan: Plan, number: int, pid: int) -> None:
    """Lay a cable to the node whose network that process is in; it gives its end, ``eth0``, an address itself."""
    cable = plan.cable(number)
    _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", str(pid))
    _ip("link", "set", cable, "master", plan.name, "up")
    _ip("route", "add", str(plan.pods(number)), "via", plan.address(number))


def extend(plan: Plan, number: int, pid: int, interfaces: list[dict[str, Any]]) -> None:
    """Lay a cable from the second bridge to each further interface of a node."""
    for index, row in enumerate(interfaces):
        cable, mtu = f"{plan.second}{number}{index}", str(row["mtu"])
        far = ("peer", "name", row["name"], "mtu", mtu, "netns", str(pid))
        _ip("link", "add", cable, "mtu", mtu, "type", "veth", *far)
        _ip("link", "set", cable, "master", plan.second, "up")


def clear(plan: Plan) -> None:
    """Remove the bridges and every cable; routes go with them."""
    for line in _ip("-json", "link", "show"):
        if line["ifname"].startswith(plan.name):
            subprocess.run(["ip", "link", "delete", line["ifname"]], capture_output=True, check=False)


def _routes() -> list[Network]:
    found = (route.get("dst", "") for route in _ip("-json", "-4", "route", "show", "table", "all"))
    return [ipaddress.IPv4Network(each, strict=False) for each in found if each[:1].isdigit()]


def _ip(*words: str) -> list[dict[str, str]]:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise TestbedError(f"ip {' '.join(words)} failed: {done.stderr.strip()}.")
    found: list[dict[str, str]] = json.loads(done.stdout) if done.stdout.strip().startswith("[") else []
    return found
