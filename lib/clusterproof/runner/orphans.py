"""Testbeds of runs that were killed: their names hold the process that started them, so one can see that it is gone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psutil

from clusterproof import testbed

if TYPE_CHECKING:
    from collections.abc import Callable

DRIFT = 2  # seconds; the system works a start out from its clock, and that may be set right meanwhile
_NAME = re.compile(r"run-(\d+)-(\d+)")


def name_of_ours() -> str:
    """Return a name for a testbed of this process: its id, and its start since ids are used again."""
    own = psutil.Process()
    return f"run-{own.pid}-{int(own.create_time())}"


def remove(say: Callable[[str], None]) -> tuple[str, ...]:
    """Remove the testbeds of runs whose process is gone, and return their names."""
    lost = [bed.name for bed in testbed.statuses() if _is_lost(bed.name)]
    for name in lost:
        say(f"removing the testbed {name}, left by a run that was killed")
        testbed.down(name)
    return tuple(lost)


def _is_lost(name: str) -> bool:
    found = _NAME.fullmatch(name)
    if not found:
        return False
    try:
        started = int(psutil.Process(int(found[1])).create_time())
    except psutil.NoSuchProcess:
        return True
    return abs(started - int(found[2])) > DRIFT
