"""A small real job of the same kind, run and removed again: what was counted is shown to be true."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from clusterproof.bench.values import fragments
from clusterproof.cluster.inventory import held
from clusterproof.cluster.places import only_on
from clusterproof.fit.job import Interconnect
from clusterproof.fit.nodes import asked
from clusterproof.fit.surroundings import PROOF
from clusterproof.model import Check, Kind, Reason
from clusterproof.registry import Registered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.fit.job import Job
    from clusterproof.model import Observation

SMALL = 2  # workers; as many as show that there can be more than one
STAYS = ["sleep", "3600"]  # most images can, and what theirs do does not matter here
NOBODY_HAS = "1Pi"  # memory of one node
NEEDS = ("create namespaces", "create pods")


def proof(job: Job) -> Registered:
    """Return a check, of no requirement, that runs a small job with workers like the job's own."""
    about = "Run a small job with such workers, and one that fits nowhere."
    name, takes = "a_small_job_runs", bool(job.devices_per_worker)
    return Registered(Check(PROOF, name, about, NEEDS, by_resource=takes, source=__name__), partial(_proved, job))


def _proved(job: Job, bench: Bench) -> Iterator[Observation]:
    backend = bench.use_backend()
    small, more = min(job.workers, SMALL), 1
    if job.devices_per_worker:
        seen = bench.room()
        _stay(bench, job, small, seen.startable())
        more += max(seen.allocatable.values())
    run = partial(bench.apply, "job", sdk=backend.settings.get("sdk"), workers=small, **_image(job))
    works = run(name="works", resources=_resources(bench, job))
    yield bench.eventually(f"Every worker of a small job of {small} runs", works.running, equals=small)
    each = ({"devices": job.devices_per_worker} if job.devices_per_worker else {}) | job.needs()
    yield bench.observe("Every worker holds what it asks for", expected=[each] * small, actual=_held(bench, works, job))
    if condition := backend.settings.get("condition"):
        kind = backend.settings["kind"]
        says = partial(works.condition, kind, condition)
        yield bench.eventually(f"The {kind} says that it is {condition}", says, equals="True")
    nowhere = run(name="nowhere", resources=_resources(bench, job, more=more))
    yield bench.eventually(
        "The workers of a job that fits on no node are created too",
        lambda: len(nowhere.pods()),
        equals=small,
        kind=Kind.CONTROL,
    )
    yield bench.throughout("No worker of a job that fits on no node gets one", nowhere.bound, equals=0)
    for thing in (nowhere, works):
        thing.delete()
    yield bench.eventually(
        "Nothing of either job is left", lambda: works.left() + nowhere.left(), equals=0, within=bench.patience.gone
    )


def _stay(bench: Bench, job: Job, small: int, free: dict[str, int]) -> None:
    """Keep the workers on nodes that have room for them now, on one where the job asks for that."""
    fits = {name: count // job.devices_per_worker for name, count in free.items() if count >= job.devices_per_worker}
    alone = job.interconnect is Interconnect.ONE_NODE
    chosen = [max(fits, key=lambda name: (fits[name], name))] if alone and fits else sorted(fits)
    if sum(fits[name] for name in chosen) < small:
        bench.skip(
            Reason.NOT_ENOUGH_ACCELERATORS,
            f"{small} workers of {job.devices_per_worker} {bench.accelerator()} each find no room now.",
        )
    bench.ledger.defaults["affinity"] = only_on(chosen)


def _image(job: Job) -> dict[str, Any]:
    return {"image": job.image, "command": STAYS} if job.image else {"command": fragments()["idle"]}


def _resources(bench: Bench, job: Job, *, more: int = 0) -> dict[str, Any]:
    """Return what a worker asks for; with ``more`` devices, or more memory, no node has it."""
    wanted = {name: text for name, text in (("cpu", job.cpu), ("memory", job.memory)) if text}
    if not job.devices_per_worker:
        return {"requests": wanted | ({"memory": NOBODY_HAS} if more else {})}
    return {"requests": wanted, "limits": {bench.accelerator(): job.devices_per_worker + more}}


def _held(bench: Bench, thing: Thing, job: Job) -> list[dict[str, float]]:
    """Return what each of its pods holds, as they were read back."""
    devices = {"devices": bench.accelerator()} if job.devices_per_worker else {}

    def one(pod: dict[str, Any]) -> dict[str, float]:
        others = {name: asked(pod, name) for name in job.needs()}
        return {name: held(pod, resource) for name, resource in devices.items()} | others

    return [one(pod) for pod in thing.pods()]
