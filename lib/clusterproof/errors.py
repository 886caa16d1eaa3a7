"""The errors of the kit: one sentence that says what happened, and what to do next.

A requirement that fails is a value (see ``model``), never an exception: whatever is raised here means that
the kit, the notebook, the connection or the testbed broke.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})


class KitError(Exception):
    """Something of the kit's own broke; the command ends with ``exit_code``."""

    exit_code = 3

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        if next_step:
            self.add_note(next_step)  # a notebook shows it below the error

    def diagnostics(self) -> list[str]:
        """Return what happened and, where there is advice, what to do next."""
        return [self.message, self.next_step] if self.next_step else [self.message]


class UsageError(KitError):
    """A word of the user's was wrong: an unknown parameter, id, file or value. Nothing was created."""

    exit_code = 2


def unwritable(where: Path | str, error: OSError) -> KitError:
    """Return the error for a place that cannot be written: the user's word was wrong, unless the disk is to blame."""
    broken = error.errno in _OF_THE_DISK
    kind, advice = (KitError, "Look after the disk, or name") if broken else (UsageError, "Name")
    return kind(f"{where} cannot be written: {error.strerror or error}.", next_step=f"{advice} another place.")


class ClusterError(KitError):
    """The API server refused or could not be reached.

    ``status`` is the HTTP status, 0 where no answer came; ``reason`` is the server's own word for it.
    """

    def __init__(self, message: str, *, status: int = 0, reason: str = "", next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.status = status
        self.reason = reason


class TestbedError(KitError):
    """The embedded cluster could not be built, started or stopped."""

    __test__ = False  # pytest would otherwise collect a class whose name begins with Test


class NotebookError(KitError):
    """A notebook could not be executed to its end."""


class Interrupted(KitError):  # noqa: N818 - as KeyboardInterrupt
    """The user or the system asked the kit to stop (Ctrl-C, SIGTERM, SIGHUP)."""


class Inconclusive(Exception):  # noqa: N818 - not an error: the cluster gives no occasion to measure
    """A check cannot go on: a precondition is absent, or a device is not in the kit's tables.

    ``outcome`` and ``reason`` are words of ``model.Outcome`` and ``model.Reason``.
    """

    def __init__(self, outcome: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.reason = reason
        self.message = message
