"""Jobs, and a picture of how many of their pods have a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing


def start(bench: Bench, template: str, name: str, about: str, *, size: int, **values: Any) -> Thing:
    """Create a job of some pods, and draw from before that on how many of them have a node.

    Raises:
        Inconclusive: SKIP, something suspends it that was not asked to.
    """
    picture = bench.album.begin("Pods that have a node, job by job; dashed: how many the job needs", "pods", lanes=True)
    picture.note(about, 0)
    picture.shade(about, size, size)
    job = bench.apply(template, name=name, size=size, **values)
    if _suspended(job.objects) and not _suspended(bench.backend.templates[template] if bench.backend else ()):
        message = (
            f"Something holds back every job: {name!r} was created to start at once, and the server has it suspended."
        )
        bench.skip(Reason.POLICY_DENIED, message)
    picture.follow(about, job.bound)
    return job


def _suspended(items: Iterable[dict[str, Any]]) -> bool:
    return any((item.get("spec") or {}).get("suspend") is True for item in items)


def refused(job: Thing) -> int:
    """Return how many of its pods a scheduler has looked at and found no node for; gated pods are not looked at."""
    return sum(1 for pod in job.pods() if _is_refused(pod.get("status") or {}))


def _is_refused(status: dict[str, Any]) -> bool:
    conditions = status.get("conditions") or []
    return any(
        (each.get("type"), each.get("status"), each.get("reason")) == ("PodScheduled", "False", "Unschedulable")
        for each in conditions
    )
