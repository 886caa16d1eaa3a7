"""Reading a YAML file that somebody else wrote: never a traceback, a hang, or a way out of its folder."""

from __future__ import annotations

import codecs
import os
import stat
from pathlib import Path
from typing import Any

from clusterproof.submission.composing import MOST, Composer, Stop
from clusterproof.submission.document import Document, Position, Problem, Trouble

UTF_8 = "utf-8-sig"  # with or without a mark before it
LARGEST = 512 * 1024  # bytes; real submissions have 5 to 30 KB


def read(path: Path | str) -> Document:
    """Return what a YAML file says, with positions and problems; whatever is wrong is a problem, never an exception.

    Symbolic links, devices and pipes are not opened. Of several documents the first counts.
    """
    file = Path(path)
    try:
        content = _content(file)
    except Stop as stop:
        return Document(file, problems=(stop.problem,))
    try:
        return parse(content.decode(UTF_8), file)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Document(file, problems=(Problem(Trouble.NOT_UTF8, "The file is not UTF-8 text.", Position(line)),))


def parse(text: str, path: Path | str = "", *, most: int = MOST) -> Document:
    """Return what a text says as YAML, with positions and problems; ``most`` are the parts that it may have."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - 50 ms that `--help` need not wait for
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

    composer, problem = Composer(most), None
    try:
        composer.take_all(YAML(typ="safe", pure=True).parse(text))
    except Stop as stop:
        problem = stop.problem
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = Position(mark.line + 1, mark.column + 1) if mark else Position()
        problem = Problem(Trouble.NOT_YAML, f"The file is not YAML: {error.problem or error.context}.", at)
    except YAMLError as error:
        problem = Problem(Trouble.NOT_YAML, f"The file is not YAML: {_reason(error)}.", _place(text, error))
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):  # bad escapes and tags
        problem = Problem(Trouble.NOT_YAML, "The file is not YAML: bad syntax.")
    if problem is not None:
        return Document(Path(path), text, problems=(*composer.problems, problem))
    return Document(
        Path(path), text, composer.data, composer.keys, composer.values, composer.written, tuple(composer.problems)
    )


def read_bytes(path: Path, limit: int) -> bytes:
    """Return the content of a regular file of at most ``limit`` bytes; links are not followed.

    Raises:
        Stop: it cannot be read; the problem says why.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # a pipe must not block
    try:
        if path.is_symlink():
            raise _stop(Trouble.SYMBOLIC_LINK, "It is a symbolic link, and those are not followed.")
        with os.fdopen(os.open(path, flags), "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise _stop(Trouble.UNREADABLE, "It is not a regular file.")
            if about.st_size > limit:
                raise _stop(Trouble.TOO_LARGE, f"It has {about.st_size:,} bytes, over the {limit:,} that are read.")
            return file.read(limit)
    except (OSError, ValueError) as error:  # ValueError: a path with a null byte
        why = getattr(error, "strerror", None) or "no such name"
        raise _stop(Trouble.UNREADABLE, f"It cannot be read: {why}.") from None


def decoded(content: bytes) -> str:
    """Return the text of a file, in whichever of the usual encodings it was saved; what is no text reads oddly."""
    return content.decode(encoding(content), errors="replace")


def encoding(content: bytes) -> str:
    """Return how a file is probably encoded, by its first letters."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    first, second = content[:3:2], content[1:4:2]
    if second == b"\0\0" and b"\0" not in first:
        return "utf-16-le"
    return "utf-16-be" if first == b"\0\0" and b"\0" not in second else UTF_8


def _content(path: Path) -> bytes:
    return read_bytes(path, LARGEST)


def _stop(trouble: Trouble, message: str) -> Stop:
    return Stop(Problem(trouble, message))


def _reason(error: Any) -> str:
    character = getattr(error, "character", None)
    return f"the character {character!r} is not allowed" if character is not None else "bad syntax"


def _place(text: str, error: Any) -> Position:
    offset = getattr(error, "position", None)
    if not isinstance(offset, int):
        return Position()
    before = text[:offset]
    return Position(before.count("\n") + 1, offset - before.rfind("\n"))
