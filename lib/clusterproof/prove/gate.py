"""Who may start, change and remove the testbeds of a proof: once it is stopped, nobody any more."""

from __future__ import annotations

import itertools
import os
import re
import threading
import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import psutil

from clusterproof import testbed
from clusterproof.errors import Interrupted
from clusterproof.testbed.spec import SIMULATED

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTING = 2  # testbeds at once: a start takes most of a core, and its components give up on one that takes too long
ROOM_WITHIN = 180.0  # seconds; testbeds of others come and go
LOOK_EVERY = 0.5
_OURS = re.compile(r"prove-(\d+)-\d+")
_NUMBERS = itertools.count()


class Gate:
    """Lets testbeds be started and changed until it is shut; then it removes those that were."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots = threading.Semaphore(STARTING)
        self._changing: dict[str, threading.Lock] = {}
        self._shut = False

    @contextmanager
    def starting(self, name: str, tier: str = SIMULATED) -> Iterator[None]:
        """Start a testbed of that name inside the block, once there is a slot and room for it.

        Where no room comes, whoever starts it says what is missing.

        Raises:
            Interrupted: the gate is shut.
        """
        with self._slots:
            deadline = time.monotonic() + ROOM_WITHIN
            while not (testbed.has_room(tier) or self._shut or time.monotonic() > deadline):
                time.sleep(LOOK_EVERY)  # what others have taken is nothing that could be watched
            with self.changing(name):
                yield

    @contextmanager
    def changing(self, name: str) -> Iterator[None]:
        """Start and end processes of a testbed inside the block; nobody removes it meanwhile.

        Raises:
            Interrupted: the gate is shut.
        """
        with self._lock:
            own = self._changing.setdefault(name, threading.Lock())
        with own:
            if self._shut:
                raise Interrupted("No testbed is started any more.")
            yield

    def remove(self, name: str) -> None:
        """Remove a testbed, unless the gate is shut and whoever has shut it does so."""
        with self._changing.get(name) or nullcontext():
            if not self._shut:
                testbed.down(name)

    def shut(self) -> None:
        """Let no further testbed be started, and remove those that were, also one that is just being started."""
        with self._lock:
            self._shut = True
            names = list(self._changing.items())
        for name, own in names:
            with own:
                testbed.down(name)


def own_name() -> str:
    """Return a name for a testbed of this process; no two are the same."""
    return f"prove-{os.getpid()}-{next(_NUMBERS)}"


def remove_leftovers() -> None:
    """Remove the testbeds of processes that were killed."""
    for bed in testbed.statuses():
        ours = _OURS.fullmatch(bed.name)
        if ours and not psutil.pid_exists(int(ours[1])):
            testbed.down(bed.name)
