"""In GitHub Actions every line that a step prints may be a command; what we print of others' words is none.

The runner takes ``::name …::text`` at the beginning of a line, whatever space is before it, and the older
``##[name]text`` anywhere in a line. A cluster, or the file of a submission, could so set masks, or put errors of its
own beside our verdict.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ACTIONS = "GITHUB_ACTIONS"
_APART = "\u200b"  # has no width: people read what was said
_NEW = re.compile(r"((?:\A|(?<=[\r\n\x0b\x0c\x85\u2028\u2029]))[^\S\r\n]*:)(?=:)")
_OLD = re.compile(r"#(?=#\[)")


class Harmless:
    """A stream of text in which no line is a command."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream
        """Where commands of our own are written."""

    def write(self, text: str) -> int:
        """Write a text; the end of one call and the beginning of the next are taken for the ends of lines."""
        return self.stream.write(harmless(text))

    def writelines(self, lines: list[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":  # there is no way around
            raise AttributeError(name)
        return getattr(self.stream, name)


def harmless(text: str) -> str:
    """Return a text that reads the same and in which the runner finds no command."""
    return _OLD.sub(f"#{_APART}", _NEW.sub(rf"\1{_APART}", text))


def in_actions() -> bool:
    """Return whether what is printed is read by GitHub Actions, or by one of those that do as it does."""
    return os.environ.get(ACTIONS) == "true"


@contextmanager
def guarded() -> Iterator[None]:
    """Let nothing that is printed meanwhile be a command, but for what ``raw`` writes; elsewhere nothing changes."""
    if not in_actions():
        yield
        return
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Harmless(sys.stdout), Harmless(sys.stderr)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def raw(line: str, *, err: bool = False) -> None:
    """Write a line as it is, at once."""
    stream = sys.stderr if err else sys.stdout
    plain = stream.stream if isinstance(stream, Harmless) else stream
    plain.write(f"{line}\n")
    plain.flush()
