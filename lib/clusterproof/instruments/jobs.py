"""Jobs, and a picture of how many of their pods have a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clusterproof.bench.album import Drawing
    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing


def picture(bench: Bench) -> Drawing:
    """Return the picture of a check's jobs."""
    return bench.album.begin("Pods that have a node, job by job", "pods")


def start(bench: Bench, template: str, name: str, **values: Any) -> Thing:
    """Create a job, and draw from before that on how many of its pods have a node."""
    picture(bench).note(name, 0)
    job = bench.apply(template, name=name, **values)
    picture(bench).follow(name, job.bound)
    return job
