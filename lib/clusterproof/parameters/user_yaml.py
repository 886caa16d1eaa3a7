"""YAML that a user wrote: read without a traceback, and without quoting what may be a secret."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from clusterproof.errors import UsageError
from clusterproof.nearest import meant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    Where = Callable[[str | int], str]

LARGEST = 1024 * 1024  # bytes of a file
_SIGN = re.compile(r"'([^\w'\"]|<[a-z ]+>)'")
MOST = 100_000  # nodes of a document with every alias written out; one can stand for billions


def read_user_yaml(path: Path) -> Any:
    """Return the content of a YAML file of a user's.

    Raises:
        UsageError: it cannot be read or is not YAML; the message names the line, never the text.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{path} is too large for what it should be: more than {LARGEST} bytes.")
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UsageError(f"{path} cannot be read: {why}.") from None
    except ValueError as error:
        raise UsageError(f"{path} is not readable YAML: {error}.") from None


def parse(text: str) -> Any:
    """Return what a YAML text says.

    Raises:
        ValueError: it is no YAML; the message names the line and the problem.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - 50 ms that `--help` need not wait for
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

    try:
        size = _written_out(YAML(typ="safe", pure=True).compose(io.StringIO(text)), {})
        if size <= MOST:
            return YAML(typ="safe", pure=True).load(io.StringIO(text))
        where = "too large with its aliases written out"
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}: {_unquoted(error.problem or '')}" if mark else "bad syntax"
    except (YAMLError, RecursionError, ValueError, TypeError, AttributeError, LookupError):  # some of them: bad tags
        where = "bad syntax"
    raise ValueError(where)


def _written_out(node: Any, known: dict[int, int]) -> int:
    """Return how many nodes a document has with every alias written out; one that holds itself has no end."""
    if id(node) not in known:
        known[id(node)] = MOST + 1
        pairs = node.value if node is not None and not isinstance(node.value, str) else ()
        parts = (part for pair in pairs for part in (pair if isinstance(pair, tuple) else (pair,)))
        known[id(node)] = 1 + sum(_written_out(part, known) for part in parts)
    return known[id(node)]


def _unquoted(problem: str) -> str:
    """Return the words of a problem up to the first text that it quotes; signs and the parser's words are no text."""
    return _SIGN.sub(r"\1", problem).partition("'")[0].partition('"')[0].strip().rstrip(",") or "bad syntax"


def at(path: Path, *keys: str | int) -> Callable[..., str]:
    """Return a function that says where in a user's file something stands, in words: ``mine.yaml, line 7``."""
    return lambda *more: f"{path.name}, line {line_of(path, [*keys, *more])}"


def line_of(path: Path, keys: Sequence[str | int], text: str = "") -> int:
    """Return the line where a key stands, or the innermost of its parents that is there; 1 for the whole file.

    With a ``text`` the first line from there on that holds it.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415

    written, line = path.read_text(encoding="utf-8"), 1
    node = YAML(typ="safe", pure=True).compose(io.StringIO(written))
    for key in keys:
        found = _inside(node, key)
        if found is None:
            break
        line, node = found
    if text:
        rest = enumerate(written.splitlines()[line - 1 :], start=line)
        return next((number for number, words in rest if text in words), line)
    return line


def _inside(node: Any, key: str | int) -> tuple[int, Any] | None:
    """Return the line of a key and the node of its value."""
    pairs = node.value if node is not None and not isinstance(node.value, str) else []
    if isinstance(key, int):
        return (pairs[key].start_mark.line + 1, pairs[key]) if key < len(pairs) else None
    found = (pair for pair in pairs if isinstance(pair, tuple) and pair[0].value == str(key))
    return next(((name.start_mark.line + 1, value) for name, value in found), None)


def refuse_unknown(data: Mapping[str, Any], known: Iterable[str], where: Where) -> None:
    """Refuse a key that nobody knows, naming the nearest known one.

    Raises:
        UsageError: there is such a key.
    """
    choice = list(known)
    for key in data:
        if key not in choice:
            hint = f"Known are {', '.join(choice)}."
            raise UsageError(f"There is no {key!r} in {where(key)}{meant(str(key), choice)}", next_step=hint)


def always(words: str) -> Where:
    """Return a place that is the same for every key."""
    return lambda _name: words
