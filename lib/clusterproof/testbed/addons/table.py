"""The table of add-ons: how each is installed, and how it can be made to misbehave."""

from __future__ import annotations

import difflib
import operator
from dataclasses import dataclass
from functools import lru_cache, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.errors import UsageError
from clusterproof.manifest import read_yaml
from clusterproof.testbed.addons.sources import fetch, objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Step = dict[str, Any]
BEFORE, AFTER, LIES = "before", "after", "lies"
REAL = "on_real_nodes"


@dataclass(frozen=True)
class Plan:
    """What to do, in order, and the values to fill in."""

    ports: tuple[str, ...]
    """Names of loopback ports that the system has to give."""
    values: dict[str, Any]
    steps: tuple[Step, ...]
    """Each one a verb of ``steps.py`` with what it needs."""
    lies: tuple[dict[str, Any], ...]
    """Rules for the rewriting proxy, see ``lies.py``."""


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    rows: dict[str, Any] = read_yaml(Path(__file__).with_name("addons.yaml"))
    return rows


def names() -> tuple[str, ...]:
    """Return the names of all add-ons."""
    return tuple(_table())


def needs(name: str) -> tuple[str, ...]:
    """Return the add-ons that an add-on cannot do without."""
    return tuple(_table()[name].get("needs", ()))


def programs(addons: Iterable[str]) -> tuple[str, ...]:
    """Return the programs that some add-ons run: one may be several, one may be none."""
    steps = [step.get("start", {}) for name in addons for step in _table()[name]["steps"]]
    return tuple(dict.fromkeys(each["program"] for each in steps if "program" in each))


def fetch_sources(addons: Iterable[str]) -> None:
    """Get the files of pinned modules that some add-ons are installed from.

    Raises:
        TestbedError: one of them cannot be had.
    """
    for name in addons:
        fetch(_table()[name])


def definitions(addons: Iterable[str]) -> list[Step]:
    """Return the definitions of kinds that some add-ons bring and whose objects own others.

    They are created while the control plane starts: its garbage collector looks for new kinds every thirty seconds
    only, and until then it removes nothing that an object of such a kind owns. All other definitions can wait: they
    would make the start longer, and the controller manager gives up on an API server that is not ready in ten seconds.
    """
    return [item for name in addons for given in _table()[name].get("definitions", ()) for item in objects(given)]


def plan(name: str, options: Mapping[str, str], *, real: bool = False) -> Plan:
    """Return how to install an add-on with some of its faults switched on; ``real`` where containers run.

    Raises:
        UsageError: the add-on, a switch or its value is unknown.
    """
    row = _table()[_known(name, names(), "There is no add-on {!r}.")]
    switches = row.get("faults", {})
    faults = [_fault(name, switches, switch, value) for switch, value in options.items()]
    usual = row["values"] | (row.get(REAL, {}) if real else {})
    values = reduce(operator.or_, [usual, *(fault.get("values", {}) for fault in faults)])
    before, after, lies = ([each for fault in faults for each in fault.get(key, ())] for key in (BEFORE, AFTER, LIES))
    return Plan(tuple(row["ports"]), values, (*before, *row["steps"], *after), tuple(lies))


def _fault(addon: str, switches: Mapping[str, Any], switch: str, value: str) -> Mapping[str, Any]:
    cases = switches[_known(switch, switches, f"The add-on {addon} has no option {{!r}}.")]
    fault: Mapping[str, Any] = cases[_known(value, cases, f"The option {switch} of {addon} has no value {{!r}}.")]
    return fault


def _known(word: str, known: Iterable[str], message: str) -> str:
    choice = sorted(known)
    if word in choice:
        return word
    near = difflib.get_close_matches(word, choice, 1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known are: {', '.join(choice) or 'none'}."
    raise UsageError(message.format(word), next_step=hint)
