"""Whether a job's workers find room: now, or once others have ended, or never. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.fit.answers import Answer, Word
from clusterproof.fit.job import Interconnect
from clusterproof.fit.nodes import DEVICES, PLACES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterproof.fit.job import Job
    from clusterproof.fit.nodes import Place, Places

GIB = 2**30
SHOWN = 3  # namespaces that hold devices


def wanted(job: Job) -> dict[str, float]:
    """Return what one worker takes of its node."""
    devices = {DEVICES: float(job.devices_per_worker)} if job.devices_per_worker else {}
    return {**job.needs(), **devices, PLACES: 1.0}


def fitting(has: Mapping[str, float], needs: Mapping[str, float]) -> int:
    """Return how many workers one node has room for."""
    return max(0, int(min(has.get(name, 0.0) // amount for name, amount in needs.items() if amount)))


def counted(job: Job, places: Places, *, now: bool) -> dict[str, int]:
    """Return node to workers that it has room for, ``now`` or if nothing else ran; the best one if one."""
    needs = wanted(job)
    each = {name: fitting(place.left if now else place.whole, needs) for name, place in places.nodes.items()}
    if job.interconnect is Interconnect.ONE_NODE and each:
        best = max(each, key=lambda name: (each[name], name))
        each = {best: each[best]}
    return {name: count for name, count in each.items() if count}


def room(job: Job, places: Places, resource: str) -> Answer:
    """Answer whether all workers find room together."""
    where = "on one node" if job.interconnect is Interconnect.ONE_NODE else "on the nodes together"
    what = " with ".join(filter(None, (f"{job.workers} workers", _each(job, resource))))
    question = f"Room {where} for {what}"
    if places.uncountable:
        return Answer(question, Word.UNKNOWN, places.uncountable, "Ask an administrator for the right to list claims.")
    now, ever = (counted(job, places, now=each) for each in (True, False))
    if sum(now.values()) >= job.workers:
        return Answer(question, Word.YES, f"there is room for {sum(now.values())}, on {_nodes(now)}")
    if sum(ever.values()) >= job.workers:
        holders = ", ".join(f"{name} ({count})" for name, count in places.holders.most_common(SHOWN) if count)
        helps = f"Devices are held by pods of {holders}." if holders else "Other pods have to end first."
        seen = f"there is room for {sum(now.values())} now, for {sum(ever.values())} if nothing else ran"
        return Answer(question, Word.WAITS, seen, helps)
    return Answer(question, Word.MISSING, _lack(job, places, ever), _advice(job, places))


def _each(job: Job, resource: str) -> str:
    parts = [f"{job.devices_per_worker} x {resource}"] if job.devices_per_worker else []
    parts += [f"{job.cpu} cpu"] if job.cpu else []
    parts += [f"{job.memory} memory"] if job.memory else []
    return ", ".join(parts) + " each" if parts else ""


def _lack(job: Job, places: Places, ever: Mapping[str, int]) -> str:
    if not places.nodes:
        return "no node that takes pods has such devices" if job.devices_per_worker else "no node takes pods"
    short = {name: amount for name, amount in wanted(job).items() if amount > largest(places.nodes, name)}
    if short:
        return "; ".join(
            f"no node has more than {_said(name, largest(places.nodes, name))}, a worker asks for {_said(name, amount)}"
            for name, amount in short.items()
        )
    return f"there is room for {sum(ever.values())} even if nothing else ran"


def _advice(job: Job, places: Places) -> str:
    if job.devices_per_worker and job.devices_per_worker > largest(places.nodes, DEVICES) > 0:
        return "Spread the same devices over more workers."
    return "Ask for fewer or smaller workers, or for more nodes."


def largest(nodes: Mapping[str, Place], name: str) -> float:
    """Return what the best node has of something for pods."""
    return max((place.whole.get(name, 0.0) for place in nodes.values()), default=0.0)


def _said(name: str, amount: float) -> str:
    return f"{amount / GIB:,.10g} GiB of memory" if name == "memory" else f"{amount:,.10g} {name}"


def _nodes(counts: Mapping[str, int]) -> str:
    return "one node" if len(counts) == 1 else f"{len(counts)} nodes"
