"""Where papermill reads and writes one notebook: each version is on the disk as a whole or not at all.

papermill's own writer truncates the file first, so a full disk would destroy the results of the cells before. Here the
last version is also kept in memory, and a disk that refuses does not end the measurement.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_NUMBERS = count()


class Desk:
    """One notebook on its way through papermill, which calls the four lower-case verbs."""

    def __init__(self, text: str, target: Path) -> None:
        self.text = text
        """The latest version."""
        self.problem = ""
        """Why the latest version could not be written to the disk; empty if it was."""
        self._source = text
        self._target = target

    def read(self, _path: str) -> str:
        """Return the notebook as it was before the run."""
        return self._source

    def write(self, text: str, _path: str) -> None:
        """Keep a version, and put it on the disk if that is possible."""
        self.text = text
        # papermill saves some twenty times; a rename survives a killed process, and only the last version has to
        # survive a power cut.
        self._put(flush=lambda _descriptor: None)

    def _put(self, flush: Callable[[int], None]) -> None:
        draft = self._target.with_name(f".{self._target.name}.draft")
        try:
            with draft.open("w", encoding="utf-8") as file:
                file.write(self.text)
                file.flush()
                flush(file.fileno())
            draft.replace(self._target)
            self.problem = ""
        except OSError as error:
            self.problem = f"{self._target} cannot be written: {error.strerror or error}"
            draft.unlink(missing_ok=True)

    def listdir(self, _path: str) -> list[str]:
        """Return nothing: a desk is no folder."""
        return []

    def pretty_path(self, path: str) -> str:
        """Return the path as it is."""
        return path

    @contextmanager
    def address(self) -> Iterator[str]:
        """Make papermill use this desk for an address, which says nothing of the user's folders, and yield it."""
        from papermill.iorw import papermill_io  # noqa: PLC0415 - 0.4 s

        scheme = f"clusterproof-{next(_NUMBERS)}:"
        papermill_io.register(scheme, self)
        try:
            yield f"{scheme}{self._target.name.translate({ord(mark): '_' for mark in '{}'})}"  # {} would be filled in
        finally:
            self._put(flush=os.fsync)
            papermill_io._handlers.remove((scheme, self))  # noqa: SLF001 - there is no public way to take one back
