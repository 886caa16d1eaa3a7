"""Standard output that takes no more, a full disk or a reader that has gone, ends a command in its own words.

Typer and rich end it with code 1 where the reader has gone, which is the code of a MUST that failed; and by itself an
OSError does not tell of which file it is.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class UnheardError(Exception):
    """What was to be printed could not be."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause
        """What the system says."""


class Heard:
    """A stream of text that says so where it takes no more."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text."""
        return self._tried(lambda: self._stream.write(text))

    def writelines(self, lines: list[str]) -> None:
        """Write several texts."""
        self._tried(lambda: self._stream.writelines(lines))

    def flush(self) -> None:
        """Write what is still held."""
        self._tried(self._stream.flush)

    def _tried(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except OSError as error:
            raise UnheardError(error) from error

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":  # as in ``harmless``: there is no way around
            raise AttributeError(name)
        return getattr(self._stream, name)


@contextmanager
def listening() -> Iterator[None]:
    """Let it be known meanwhile that standard output takes no more; what is still held then goes nowhere."""
    before = sys.stdout
    if before is not None:  # as it is where the command was started without one
        sys.stdout = Heard(before)
    try:
        yield
    except UnheardError:
        # The interpreter writes at its end what is still held, and would fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), before.fileno())
        raise
    finally:
        sys.stdout = before
