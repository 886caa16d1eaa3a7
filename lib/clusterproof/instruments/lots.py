"""Devices of our own that can be shared, and claims on them: the scheduler keeps the books, no hardware is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

Item = dict[str, Any]
ALL, HALF = "80Gi", "40Gi"
WHOLE, CAPACIOUS, PARTS = "whole", "capacious", "parts"
PART_ALL, PART_HALF = f"part-{ALL}", f"part-{HALF}"
CLASS = "class"


def publish(bench: Bench) -> set[str]:
    """Publish devices of each kind; return the kinds that the server knows."""
    bench.apply(CLASS, name=CLASS)
    bench.apply("slice", name="whole", pool="whole", slices=1, devices=[_device("whole", WHOLE)])
    capacious = {
        **_device("capacious", CAPACIOUS),
        "allowMultipleAllocations": True,
        "capacity": {"memory": {"value": ALL, "requestPolicy": {"default": ALL, "validRange": {"min": "1Gi"}}}},
    }
    parts = [_part("all", ALL), _part("first-half", HALF), _part("second-half", HALF)]
    counters = [{"name": "board", "counters": {"memory": {"value": ALL}}}]
    kinds = {WHOLE}
    if _published(bench, "slice", "capacious", {"slices": 1, "devices": [capacious]}, "allowMultipleAllocations"):
        kinds.add(CAPACIOUS)
    if _published(bench, "slice", "parts", {"slices": 2, "devices": parts}, "consumesCounters"):
        bench.apply("counters", name="counters", pool="parts", slices=2, counters=counters)
        kinds.add(PARTS)
    return kinds


def claim(bench: Bench, name: str, model: str) -> Thing:
    """Make a claim that several pods may use."""
    return bench.apply("claim", name=name, model=model, wanted=None)


def user(bench: Bench, name: str, of: str) -> Thing:
    """Start a pod that uses a claim that is there already."""
    return bench.apply("user", name=name, claim=of)


def owner(bench: Bench, name: str, model: str, memory: str = "") -> Thing:
    """Start a pod with a claim of its own, on some memory of a device that others may use as well."""
    wanted = {"requests": {"memory": memory}} if memory else None
    return bench.apply("owner", name=name, claim=name, model=model, wanted=wanted)


def _device(name: str, model: str) -> Item:
    return {"name": name, "attributes": {"model": {"string": model}}}


def _part(name: str, memory: str) -> Item:
    counters = [{"counterSet": "board", "counters": {"memory": {"value": memory}}}]
    return {**_device(name, f"part-{memory}"), "consumesCounters": counters}


def _published(bench: Bench, template: str, name: str, values: Mapping[str, Any], field: str) -> bool:
    """Publish devices unless the server does not know what makes them shared; it may drop that without a word."""
    if bench.refused(template, name=name, dry_run=True, pool=name, **values):
        return False
    [item] = bench.apply(template, name=name, pool=name, **values).objects
    return all(field in device for device in item["spec"]["devices"])
