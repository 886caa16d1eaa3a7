"""Containers that look around for devices, and what they tell: one line of JSON in their logs, under a mark of ours."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof import paths
from clusterproof.instruments.containers import EVERY, told
from clusterproof.instruments.device_files import any_devices, appearances, number
from clusterproof.model import Reason

if TYPE_CHECKING:
    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.instruments.device_files import Number

Item = dict[str, Any]
LOOKS, ASKS = "looks", "asks"
"""Names of containers: the only one of a pod, and the one that asks for accelerators."""
REACHED, GUARDED = "reached", "guarded"
NOTHING = "it told nothing"


@dataclass(frozen=True)
class Sight:
    """What one container has told; empty if it has told nothing in time."""

    told: Item

    @property
    def devices(self) -> list[Item]:
        """The device files that it has, those too that belong to all devices of a vendor."""
        return list(self.told.get("devices") or [])

    def none(self) -> str | list[str]:
        """Return the devices that it sees or reaches, whosever they are; what is expected of most is an empty list."""
        return sorted({*any_devices(self.devices), *self.beyond()}) if self.told else NOTHING

    def beyond(self) -> list[str]:
        """Return which devices it reaches that others were given and that are not its own."""
        own = {number(each) for each in self.devices}
        found = []
        for each in self.told.get("others") or []:
            if number(each) in own:
                continue
            found += [each["path"]] if each["path_is"] in {REACHED, GUARDED} else []
            found += [f"{each['path']} by a file of its own"] if each["made_is"] == REACHED else []
        return found


@dataclass
class Lookers:
    """Starts containers that look, and hands them what others were given."""

    bench: Bench
    known: dict[Number, Item] = field(default_factory=dict)
    """The devices that containers of ours were given so far."""
    mark: str = field(default_factory=lambda: f"look-{secrets.token_hex(6)} ")

    def may_read(self, place: str = "") -> bool:
        """True if the logs of our pods may be read, in our namespace or a further one."""
        pods = self.bench.cluster.resource("v1", "Pod")
        return self.bench.cluster.allowed("get", pods, self.bench.ledger.namespace(place), sub="log")

    def start(self, template: str, name: str, **values: Any) -> Thing:
        """Start a pod that looks; nobody waits for it yet."""
        script = (paths.PACKAGE / "stub" / "looker.py").read_text(encoding="utf-8")
        return self.bench.apply(template, name=name, looker=script, look=json.dumps(self._asked()), **values)

    def tempt(self, name: str, **values: Any) -> Thing:
        """Start a pod that has not asked for an accelerator, and tries some other way."""
        usual = dict.fromkeys(("annotations", "env", "mounts", "volumes"))
        return self.start("tempting", name, **{**usual, **values})

    def sights(self, *where: tuple[Thing, str]) -> list[Sight]:
        """Wait until containers, pod and name, have told what they see, and return that."""
        found: dict[int, Item] = {}

        def missing() -> int:
            for place, (thing, container) in enumerate(where):
                if place not in found:
                    found.update((place, each) for each in told(self.bench, thing, self.mark, container)[:1])
            return len(where) - len(found)

        self.bench.waits.until(missing, lambda left: left == 0, within=self.bench.patience.start, every=EVERY)
        return [Sight(found.get(place, {})) for place in range(len(where))]

    def gone(self, *things: Thing) -> None:
        """Delete pods and wait until their nodes have taken back what they had."""
        for thing in things:
            thing.delete()
        done = self.bench.waiter.eventually(
            lambda: sum(thing.left() for thing in things), lambda left: left == 0, within=self.bench.patience.gone
        )
        if not done.holds:
            self.bench.skip(Reason.NOT_ENOUGH_ACCELERATORS, f"Pods that were deleted are still there: {done.actual}.")

    def _asked(self) -> Item:
        rows = appearances()
        return {
            "mark": self.mark,
            "patterns": sorted({pattern for row in rows for pattern in (*row.each, *row.common)}),
            "known": [{key: each[key] for key in ("path", "major", "minor")} for each in self.known.values()],
            "variables": sorted({name for row in rows for name in row.variables}),
        }
