"""How the devices of each vendor appear in a container, and what runtimes take for a request: read from the table."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.accelerators import rows
from clusterproof.cluster.equipment import matches
from clusterproof.parameters.resources import BY_CLASS

if TYPE_CHECKING:
    from collections.abc import Iterable

Item = dict[str, Any]
Number = tuple[int, int]
"""Major and minor of a device: what the kernel knows it by, whatever its file is called."""


@dataclass(frozen=True)
class Appearance:
    """One vendor's row."""

    vendor: str
    each: tuple[str, ...]
    """Patterns of files of which one is one device."""
    common: tuple[str, ...]
    """Those of all devices together: they alone give nothing."""
    units: tuple[str, ...]
    """Resources and DeviceClasses of which one unit is one such file."""
    variables: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    annotations: tuple[str, ...] = ()

    def counts(self, asked: str) -> bool:
        """True if as many files are to be seen as units of a resource or class are asked for."""
        return asked.removeprefix(BY_CLASS) in self.units

    def own(self, devices: Iterable[Item]) -> list[Item]:
        """Return those that are this vendor's, one for each device however many files it has."""
        found = {number(each): each for each in devices if _fits(each["path"], self.each)}
        return [found[key] for key in sorted(found)]


def appearances() -> list[Appearance]:
    """Return all rows that say how devices appear."""
    return [_row(row) for row in rows("vendors") if row.get("seen")]


def of_resource(resource: str) -> Appearance | None:
    """Return the row of an extended resource's vendor; None if the table does not say how its devices appear."""
    return next((_row(row) for row in rows("vendors") if row.get("seen") and matches(resource, row["resources"])), None)


def of_drivers(drivers: Iterable[str]) -> Appearance | None:
    """Return the row of a driver of Dynamic Resource Allocation; None as above."""
    those = set(drivers)
    known = (row for row in rows("vendors") if row.get("seen"))
    return next((_row(row) for row in known if those & set(row.get("drivers") or ())), None)


def any_devices(devices: Iterable[Item]) -> list[str]:
    """Return the paths of those that are devices of any vendor, without what belongs to all devices of one together."""
    patterns = [pattern for row in appearances() for pattern in row.each]
    return [each["path"] for each in devices if _fits(each["path"], patterns)]


def number(device: Item) -> Number:
    """Return what the kernel knows a device by."""
    return device["major"], device["minor"]


def _row(row: Item) -> Appearance:
    seen, obeyed = row["seen"], row["seen"].get("obeyed") or {}
    lists = {key: tuple(obeyed.get(key) or ()) for key in ("variables", "values", "mounts", "annotations")}
    return Appearance(
        row["name"], tuple(seen.get("each") or ()), tuple(seen.get("common") or ()), tuple(seen.get("units") or ()),
        **lists,
    )  # fmt: skip


def _fits(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)
