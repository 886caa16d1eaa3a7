"""Room for a gang, and what its pods say of themselves: never what the status of a group says of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.inventory import held
from clusterproof.cluster.labels import NAME
from clusterproof.cluster.places import only_on
from clusterproof.cluster.reading import controller_of
from clusterproof.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.cluster.inventory import Capacity
    from clusterproof.model import Observation

Item = dict[str, Any]
Marks = frozenset[str]
ENOUGH = 8  # accelerators; more would only make the run longer
FEWEST = 2  # a gang of one cannot start in part
NODES = 2  # where there are as many: a scheduler must not get away with gangs that fit on one node
BACK_OFF = 15.0  # seconds; kube-scheduler tries again what did not fit after 1, 2, 4, 8 and then 10, whatever happens
RESOLUTION = 1.0  # seconds; times in objects are cut to whole ones, so that a difference may be this much too long


@dataclass(frozen=True)
class Room:
    """Where the check stays, and how many pods with an accelerator each can start there."""

    nodes: dict[str, int]

    @property
    def size(self) -> int:
        """All of them."""
        return sum(self.nodes.values())


def choose_room(bench: Bench) -> Room:
    """Choose nodes that together have enough free accelerators, and keep every pod of the check on them.

    Raises:
        Inconclusive: SKIP, there is no room for a gang.
    """
    seen = bench.room()
    wanted = bench.values.gang_size
    room = Room(_chosen(seen, wanted or ENOUGH, 1 if wanted else NODES))
    if room.size < FEWEST:
        bench.skip(
            Reason.NOT_ENOUGH_ACCELERATORS,
            f"A gang needs room for {FEWEST} pods with an accelerator each, there is room for {room.size}.",
        )
    if room.size < wanted:
        bench.skip(
            Reason.NOT_ENOUGH_ACCELERATORS,
            f"gang_size asks for a gang of {wanted}, there is room for {room.size} pods with an accelerator each.",
        )
    bench.ledger.defaults["affinity"] = only_on(list(room.nodes))
    bench.ledger.neighbours.stay_on({node: seen.plugged(node) for node in room.nodes})
    return room


def _chosen(seen: Capacity, wanted: int, nodes: int) -> dict[str, int]:
    """Take nodes that nobody else uses before others, and small ones before large ones."""
    free = {node: devices for node, devices in seen.startable().items() if devices}
    chosen: dict[str, int] = {}
    for node in sorted(free, key=lambda name: (seen.used[name] > 0, free[name], name)):
        if sum(chosen.values()) < wanted or len(chosen) < nodes:
            chosen[node] = free[node]
    return chosen


def starts(bench: Bench, gang: Thing, size: int, claim: str) -> Observation:
    """Wait until a gang that was held back starts whole, and never less long than a scheduler may back off."""
    return bench.eventually(claim, gang.bound, equals=size, within=max(bench.patience.start, BACK_OFF))


def whole(bench: Bench, gang: Thing, room: Room) -> Iterator[Observation]:
    """Show that what runs is the whole gang, at once, on the accelerators that were free."""
    held = holding(gang, bench.accelerator())
    claim = "Every pod of a gang that fits holds an accelerator that was free"
    yield bench.observe(claim, expected=dict(sorted(room.nodes.items())), actual=held)
    once = [ever_created(bench, gang), ever_bound(bench, gang)]
    yield bench.observe(
        "Every pod of a gang that fits is created once and bound once", expected=[room.size, room.size], actual=once
    )
    limit = bench.patience.together + RESOLUTION
    yield bench.eventually(
        "The pods of a gang that fits are bound close together in time",
        lambda: spread(gang),
        accept=lambda seconds: seconds is not None and seconds <= limit,
        expected=f"within {bench.patience.together:g} s, read from times in whole seconds",
    )


def free_now(bench: Bench, room: Room) -> dict[str, int]:
    """Count anew how many pods with an accelerator each can start on the nodes of the check."""
    startable = bench.room().startable()
    return {node: startable[node] for node in room.nodes}


def holding(gang: Thing, resource: str) -> dict[str, int]:
    """Return node to how many accelerators the gang's pods hold there, as the pods were read back."""
    found: Counter[str] = Counter()
    for pod in _bound(gang.pods()):
        found[pod["spec"]["nodeName"]] += held(pod, resource)
    return dict(sorted(found.items()))


def spread(gang: Thing) -> float | None:
    """Return the seconds between the first and the last of its pods getting a node; None while one has none.

    The API server notes that with the binding itself, by its own clock and in whole seconds.
    """
    moments = [_scheduled(pod) for pod in gang.pods()]
    known = [moment for moment in moments if moment]
    if not known or len(known) < len(moments):
        return None
    return (max(known) - min(known)).total_seconds()


def ever_bound(bench: Bench, gang: Thing) -> int:
    """Return how many of its pods ever had a node, those also that were taken away again at once."""
    return len(_bound(_ever(bench, gang)))


def ever_created(bench: Bench, gang: Thing) -> int:
    """Return how many of its pods there ever were."""
    return len(_ever(bench, gang))


def marks(gang: Thing) -> Marks:
    """Return the uids by which to know the gang again: of its objects, and of the pods that exist."""
    return frozenset(item["metadata"]["uid"] for item in (*gang.objects, *gang.pods()))


def known(gang: Thing, before: Marks) -> int:
    """Return how many of its bound pods existed before, or are controlled by an object that did.

    Pods that existed have to be those very pods; where none did, those of the same object are meant.
    """
    waited = before - {item["metadata"]["uid"] for item in gang.objects}
    wanted = waited or before
    return sum(1 for pod in _bound(gang.pods()) if wanted & {pod["metadata"]["uid"], controller_of(pod).get("uid", "")})


def _ever(bench: Bench, gang: Thing) -> list[Item]:
    labels = ((pod, pod["metadata"].get("labels") or {}) for pod in bench.ledger.ever("Pod"))
    return [pod for pod, marked in labels if marked.get(NAME) == gang.name]


def _bound(pods: list[Item]) -> list[Item]:
    return [pod for pod in pods if pod["spec"].get("nodeName")]


def _scheduled(pod: Item) -> datetime | None:
    for each in _conditions(pod):
        if (each.get("type"), each.get("status")) == ("PodScheduled", "True") and each.get("lastTransitionTime"):
            return datetime.fromisoformat(each["lastTransitionTime"])
    return None


def _conditions(pod: Item) -> Iterator[Item]:
    yield from (pod.get("status") or {}).get("conditions") or []
