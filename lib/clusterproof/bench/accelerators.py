"""Which extended resource a check asks for, as the parameters and the cluster's facts have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.cluster.accelerators import OWN_ROWS
from clusterproof.cluster.allocation import AUTO, CLAIMS
from clusterproof.cluster.reading import minor
from clusterproof.errors import Inconclusive
from clusterproof.model import Outcome, Reason
from clusterproof.nearest import nearest
from clusterproof.parameters.resources import BY_CLASS

if TYPE_CHECKING:
    from clusterproof.cluster.inventory import Capacity
    from clusterproof.model import Facts
    from clusterproof.parameters import Values

BY_CLASS_SINCE = 36
"""Minor version from which on every class can be asked for as an extended resource."""


def chosen(values: Values, facts: Facts) -> str:
    """Return the resource of the parameters, else the known one with most free devices that is given out as wanted.

    Raises:
        Inconclusive: SKIP, nothing of the kind is offered; UNKNOWN, something is that the table does not know.
    """
    mode, wanted = values.allocation_mode, values.resource_name
    if mode == CLAIMS and wanted and not wanted.startswith(BY_CLASS):
        _skip(f"With allocation_mode {CLAIMS} a resource is named after its DeviceClass: {BY_CLASS}NAME.")
    if wanted:
        return _served(wanted, facts)
    how = dict(facts.allocation)
    named = [pair for pair in facts.accelerators_free if mode == AUTO or mode in how.get(pair[0], "").split(" and ")]
    by_class = [(f"{BY_CLASS}{name}", free) for name, free in facts.device_classes]
    choice = by_class if mode == CLAIMS or (mode == AUTO and not named) else named
    if choice:
        return _served(max(choice, key=lambda pair: pair[1])[0], facts)
    if mode == AUTO:
        _tell_unknown(facts)
    what = "an accelerator that the table knows" if mode == AUTO else f"a known accelerator by allocation_mode {mode}"
    _skip(f"No node offers {what}; name one with -p resource_name, or add a row to accelerators.yaml.")
    raise AssertionError


def countable(seen: Capacity, resource: str, mode: str, facts: Facts) -> None:
    """Let a check go on only where somebody offers what it asks for, and it is known how much of it is free.

    Raises:
        Inconclusive: SKIP, with what is offered instead.
    """
    if seen.uncountable:
        raise Inconclusive(Outcome.SKIP, Reason.NOT_ENOUGH_ACCELERATORS, seen.uncountable)
    if not seen.allocatable:
        way = "" if mode == AUTO else f" by allocation_mode {mode}"
        near = nearest(resource, [*dict(facts.accelerators), *facts.unknown_resources])
        hint = f"; did you mean {near!r}?" if near and near != resource else "."
        _skip(f"No node that is ready and takes pods offers {resource}{way}{hint}")


def _served(resource: str, facts: Facts) -> str:
    if resource.startswith(BY_CLASS) and minor(facts.version) < BY_CLASS_SINCE:
        _skip(f"Devices can be asked for by the name of their class from Kubernetes 1.{BY_CLASS_SINCE} on.")
    return resource


def _tell_unknown(facts: Facts) -> None:
    """End the check with the row to add, where something is offered that may be an accelerator."""
    how = dict(facts.allocation)
    rows = [f"{{name: {name.partition('/')[0]}, resources: [{name}]}}" for name in facts.unknown_resources]
    rows += [
        f"{{name: {name}, resources: [{name}/*], drivers: [{name}]}}"
        for name, _ in facts.device_drivers
        if name not in how
    ]
    if rows:
        message = (
            f"The table does not know what is offered. If it is an accelerator, add a row to a file of your own under "
            f"`vendors`, named in {OWN_ROWS}: {' or '.join(rows[:3])}."
        )
        raise Inconclusive(Outcome.UNKNOWN, Reason.UNKNOWN_DEVICE, message)


def _skip(message: str) -> None:
    raise Inconclusive(Outcome.SKIP, Reason.NO_ACCELERATOR, message)
