"""A run as a process of its own: the panel stays alive beside it, and stopping it is what Ctrl-C in a terminal is."""

from __future__ import annotations

import ctypes
import json
import signal
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEPT = 20  # lines of what is no event, for when it goes wrong
_DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


class Task:
    """A command whose standard error is a line of JSON for each step."""

    def __init__(self, argv: Sequence[str], heard: Callable[[dict[str, Any]], None]) -> None:
        self._heard = heard
        self._said: deque[str] = deque(maxlen=KEPT)
        self._asked = 0
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # an interrupt of the kernel is meant for the cell that runs
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one call of the kernel
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def runs(self) -> bool:
        """True until it has ended and been heard to the end."""
        return self._reader.is_alive()

    @property
    def stopping(self) -> bool:
        """True once it was asked to stop."""
        return bool(self._asked)

    def stop(self) -> None:
        """Ask it to stop, and to remove what it has made; asked twice, it stops at once."""
        self._asked += 1
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)

    def wait(self, timeout: float | None = None) -> None:
        """Wait until it has ended."""
        self._reader.join(timeout)

    def _read(self) -> None:
        with self._process as process:
            for line in process.stderr or ():
                event = _event(line)
                if event:
                    self._heard(event)
                else:
                    self._said.append(line.rstrip())
        self._heard({"event": "end", "code": process.returncode, "text": "\n".join(self._said)})


def _event(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "event" in found else None


def _end_with_parent() -> None:
    """Have the system stop the run if the kernel dies, which removes what the run has made."""
    ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGTERM)
    signal.signal(signal.SIGINT, signal.default_int_handler)
