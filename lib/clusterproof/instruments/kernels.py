"""Which kernel a container sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

Item = dict[str, Any]
OK = 200
PARTS = ("release", "version", "boot")


def told(bench: Bench, thing: Thing) -> dict[str, str]:
    """Return what a pod has written of its kernel; empty as long as it has written nothing of it."""
    for pod in thing.pods():
        metadata = pod["metadata"]
        where = bench.cluster.resource("v1", "Pod").path(metadata["namespace"], metadata["name"], "log")
        status, text = bench.cluster.exchange("GET", where, "")
        if status == OK:
            return parsed(text)
    return {}


def parsed(text: str) -> dict[str, str]:
    """Return the lines ``kernel-PART: VALUE`` of a log; empty unless all parts are there."""
    lines = (line.partition(": ") for line in text.splitlines())
    found = {key.removeprefix("kernel-"): value.strip() for key, _, value in lines if key.startswith("kernel-")}
    return found if set(PARTS) <= found.keys() else {}


def differ(one: dict[str, str], other: dict[str, str]) -> bool:
    """True if two containers see two kernels: another build, or another start of the same one."""
    return bool(one and other) and any(one[part] != other[part] for part in PARTS)
