"""Reading what an exporter tells: text to samples by a strict parser, samples to devices by explicit names."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clusterproof.cluster.exporters import Exporter, Reading

END = "# EOF"
"""The last line of OpenMetrics, which the older format does not have."""
OPEN, PLAIN = "application/openmetrics-text", "text/plain"
"""What either format is called where it is sent."""
NEVER_ADDED = frozenset({"utilisation", "temperature"})
"""Of several parts of a device the largest counts."""


@dataclass(frozen=True)
class Sample:
    """One line."""

    name: str
    labels: Mapping[str, str]
    value: float
    at: float | None = field(default=None, compare=False)
    """Seconds since 1970, where it bears a time; the same value at another time has not changed."""


@dataclass(frozen=True)
class Device:
    """What is told of one device."""

    node: str
    """As its labels say; empty if they do not."""
    values: dict[str, float] = field(default_factory=dict)
    """Meaning to value, in percent, bytes, degrees Celsius or watts."""
    holder: str = ""
    """Namespace and name of the pod that uses it, as the labels say."""
    raw: tuple[Sample, ...] = ()
    """All that is told of it, known or not."""


def parse(text: str, kind: str = "") -> tuple[Sample, ...]:
    """Return the samples of a text in the format of Prometheus or OpenMetrics.

    ``kind`` is what the text was called when it was sent, by which those who collect it choose how to read it; empty
    where that is not known.

    Raises:
        ValueError: it is neither, is called something else, is empty, or tells something twice.
    """
    from prometheus_client import parser  # noqa: PLC0415 - only the checks of metrics need it
    from prometheus_client.openmetrics import parser as openmetrics  # noqa: PLC0415

    called = kind.partition(";")[0].strip().lower()
    if called not in {OPEN, PLAIN, ""}:
        raise ValueError(f"It is called {called}, which nobody reads as metrics.")
    is_open = called == OPEN or (not called and text.rstrip().endswith(END))
    read = openmetrics if is_open else parser
    try:
        families = list(read.text_string_to_metric_families(text))
    except (ValueError, IndexError, KeyError, AttributeError, AssertionError, TypeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}"[:200]) from error
    if not families:
        raise ValueError("It is empty.")
    samples = tuple(_sample(each) for family in families for each in family.samples)
    seen = {(each.name, *sorted(each.labels.items())) for each in samples}
    if len(seen) < len(samples):
        raise ValueError("It tells the same series twice.")
    return samples


def _sample(found: Any) -> Sample:
    at = None if found.timestamp is None else float(found.timestamp)
    return Sample(found.name, found.labels, found.value, at)


def devices(samples: Sequence[Sample], exporter: Exporter) -> dict[str, Device]:
    """Return what a row's names tell of each device; whatever has another name counts for nothing."""
    by_name: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        if _first(sample, exporter.device):
            by_name[sample.name].append(sample)
    found: dict[str, Device] = {}
    for meaning, readings in exporter.families.items():
        for reading in readings:
            for name, told in _told(by_name, exporter, reading).items():
                device = found.setdefault(name, _device(told, exporter))
                value = _value(told, exporter, adds=meaning not in NEVER_ADDED)
                device.values.setdefault(meaning, value * reading.factor)
    return {name: _with_holder(found[name], by_name, exporter, name) for name in sorted(found)}


def _told(by_name: Mapping[str, list[Sample]], exporter: Exporter, reading: Reading) -> dict[str, list[Sample]]:
    """Return the samples of one reading by device; a device without the first of the names has none."""
    told: dict[str, list[Sample]] = defaultdict(list)
    for number, name in enumerate(reading.names):
        for sample in (each for prefix in exporter.prefixes for each in by_name.get(prefix + name, ())):
            device = _first(sample, exporter.device)
            if not number or device in told:
                told[device].append(sample)
    return told


def _value(told: list[Sample], exporter: Exporter, *, adds: bool) -> float:
    """Add up what belongs together: different names, and parts of a device; of equals the largest counts."""
    groups: dict[tuple[str, str], list[float]] = defaultdict(list)
    for sample in told:
        groups[sample.name, _first(sample, exporter.parts)].append(sample.value)
    whole = {key: values for key, values in groups.items() if not key[1]} or groups
    values = [_largest(each) for each in whole.values()]
    return sum(values) if adds else _largest(values)


def _largest(values: Iterable[float]) -> float:
    """Return the largest value, or what is no number if there is one among them: it must not get lost."""
    listed = list(values)
    return next((value for value in listed if math.isnan(value)), max(listed))


def _device(told: list[Sample], exporter: Exporter) -> Device:
    return Device(_first(told[0], exporter.node))


def _with_holder(device: Device, by_name: Mapping[str, list[Sample]], exporter: Exporter, name: str) -> Device:
    """Add all that is told of a device, and who uses it, which not every series of it has to say."""
    mine = [each for told in by_name.values() for each in told if _first(each, exporter.device) == name]
    pods = {_first(each, exporter.workload.get("pod", ())) for each in mine} - {""}
    namespaces = {_first(each, exporter.workload.get("namespace", ())) for each in mine} - {""}
    holder = ",".join(sorted(f"{namespace}/{pod}" for namespace in namespaces for pod in pods))
    return Device(device.node, device.values, holder, tuple(mine))


def _first(sample: Sample, labels: Iterable[str]) -> str:
    return next((sample.labels[label] for label in labels if sample.labels.get(label)), "")
