"""What tells the metrics of accelerators: the rows of ``accelerators.yaml`` about exporters."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.accelerators import rows
from clusterproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Item = dict[str, Any]
MEANINGS = ("utilisation", "memory_used", "memory_total", "temperature", "power", "interconnect")
UNITS = {
    "percent": 1.0,
    "ratio": 100.0,
    "bytes": 1.0,
    "MB": 1e6,
    "MiB": 2.0**20,
    "celsius": 1.0,
    "watts": 1.0,
    "milliwatts": 1e-3,
    "other": 1.0,
}
"""Factors to percent, bytes, degrees Celsius and watts."""
_LISTS = ("pods", "prefixes", "device", "parts", "node")
_PLAIN = ("port", "path", "workload", "only_in_use")


@dataclass(frozen=True)
class Reading:
    """One way to learn a value: these names added up; those after the first may be absent."""

    names: tuple[str, ...]
    factor: float


@dataclass(frozen=True)
class Exporter:
    """One row about an exporter."""

    name: str
    pods: tuple[Mapping[str, str], ...] = ()
    """Patterns of labels; a pod that has all of one of these mappings is such an exporter."""
    port: int = 0
    path: str = "/metrics"
    prefixes: tuple[str, ...] = ("",)
    device: tuple[str, ...] = ()
    """Labels that tell devices apart, the best first."""
    parts: tuple[str, ...] = ()
    """Labels that tell parts of one device apart."""
    node: tuple[str, ...] = ()
    workload: Mapping[str, list[str]] = field(default_factory=dict)
    """Labels that name the ``pod`` and ``namespace`` that use a device."""
    families: Mapping[str, tuple[Reading, ...]] = field(default_factory=dict)
    """Meaning to the ways to read it, the best first."""
    only_in_use: bool = False
    """True if a device has no series while nobody uses it."""

    def runs_in(self, pod: Item) -> bool:
        """True if the labels of a pod are those of this exporter."""
        labels = pod["metadata"].get("labels") or {}
        return any(
            all(fnmatchcase(str(labels.get(key, "")), pattern) for key, pattern in wanted.items())
            for wanted in self.pods
        )

    def port_of(self, pod: Item) -> int:
        """Return where such a pod tells its metrics: as it announces, else its port of the usual number or name."""
        port = announced(pod, "port")
        if port.isdecimal():
            return int(port)
        ports = [each for container in pod["spec"]["containers"] for each in container.get("ports") or []]
        numbers = [each["containerPort"] for each in ports]
        named = [each["containerPort"] for each in ports if each.get("name") == "metrics"]
        return self.port if self.port in numbers or not named else int(named[0])

    def path_of(self, pod: Item) -> str:
        """Return the path of the metrics of such a pod."""
        return announced(pod, "path") or self.path

    def names(self) -> Iterator[str]:
        """Yield every name that it may tell the two values by that nobody can do without."""
        for meaning in MEANINGS[:2]:
            for reading in self.families.get(meaning, ()):
                yield from (prefix + name for prefix in self.prefixes for name in reading.names)


def announced(pod: Item, word: str) -> str:
    """Return what a pod's annotations say of being scraped, its ``scrape``, ``port`` or ``path``; empty if nothing."""
    annotations = pod["metadata"].get("annotations") or {}
    return next(
        (str(annotations[key]) for key in (f"{name}/{word}" for name in rows("scrape")) if key in annotations), ""
    )


def exporters(vendor: str) -> tuple[Exporter, ...]:
    """Return the exporters that may tell of a vendor's devices, its own ones first.

    Raises:
        UsageError: a row is not complete.
    """
    own = [each for row in rows("vendors") if row["name"] == vendor for each in row.get("exporters") or []]
    return tuple(map(_exporter, [*own, *rows("exporters")]))


def _exporter(row: Item) -> Exporter:
    try:
        known: Item = {key: tuple(row[key]) for key in _LISTS if key in row} | {k: row[k] for k in _PLAIN if k in row}
        families = {meaning: tuple(map(_reading, ways)) for meaning, ways in row["families"].items()}
        unknown = set(families) - set(MEANINGS)
        if unknown or not row["device"]:
            raise UsageError(f"The exporter {row['name']!r} needs labels of devices, and knows {', '.join(MEANINGS)}.")
        return Exporter(row["name"], **known, families=families)
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"A row about an exporter lacks something or holds another type: {row} ({error}).") from error


def _reading(way: Item) -> Reading:
    return Reading(tuple(way["names"]), UNITS[way["unit"]])
