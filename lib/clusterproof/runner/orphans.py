"""What runs that were killed have left here: names hold the process that made a thing, so one sees that it is gone."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable

DRIFT = 2  # seconds; the system works a start out from its clock, and that may be set right meanwhile
LONGEST_PLACE, SHORT_PLACE = 40, "/tmp"  # noqa: S108 - mkdtemp makes folders there that only their owner opens
_NAME = re.compile(r"run-(\d+)-(\d+)")
_FOLDER = re.compile(r"clusterproof-(run-\d+-\d+)-\w+")


def name_of_ours() -> str:
    """Return a name for a testbed of this process: its id, and its start since ids are used again."""
    own = psutil.Process()
    return f"run-{own.pid}-{int(own.create_time())}"


def folder() -> str:
    """Create a private folder for sockets of this run and return its path, which an address of one has room for."""
    return tempfile.mkdtemp(prefix=f"clusterproof-{name_of_ours()}-", dir=_place())


def _place() -> str:
    """Return where to make such folders: the address of a socket has 107 bytes at most, a temporary folder may not."""
    chosen = tempfile.gettempdir()
    return chosen if len(os.fsencode(chosen)) <= LONGEST_PLACE else SHORT_PLACE


def remove_folders() -> None:
    """Remove such folders of runs whose process is gone."""
    for path in Path(_place()).glob("clusterproof-run-*"):
        found = _FOLDER.fullmatch(path.name)
        if found and _is_lost(found[1]):
            shutil.rmtree(path, ignore_errors=True)


def remove(say: Callable[[str], None]) -> tuple[str, ...]:
    """Remove the testbeds of runs whose process is gone, and return their names."""
    from clusterproof import testbed  # noqa: PLC0415 - whoever has a cluster needs none

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
