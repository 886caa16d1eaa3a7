"""From the parser's events to plain data with positions, with bounds on depth and size.

The library's own constructor recurses, writes aliases out without a bound and knows another dialect than the
programme's validator; the events are the same in every dialect.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof.submission.document import Position, Problem, Trouble, Where
from clusterproof.submission.scalars import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

DEEPEST = 40  # levels; a submission has five
MOST = 50_000  # nodes of a document with every alias written out
_MERGE = "<<"


class Stop(Exception):  # noqa: N818 - not an error of ours
    """The document cannot be read any further; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass
class _Open:
    """A mapping or list that is being read."""

    value: Any
    where: Where
    at: Position
    anchor: str | None
    nodes: int = 1
    key: str | None = None
    merged: list[Any] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    """The line of each key so far."""


class Composer:
    """Takes events one by one; afterwards holds data, positions and problems."""

    def __init__(self, most: int = MOST) -> None:
        self.data: Any = None
        self.keys: dict[Where, Position] = {}
        self.values: dict[Where, Position] = {}
        self.written: dict[Where, str] = {}
        self.problems: list[Problem] = []
        self._most = most
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}

    def take_all(self, events: Iterable[Any]) -> None:
        """Read the first document.

        Raises:
            Stop: it cannot be read to its end.
        """
        documents = 0
        for event in events:
            kind = type(event).__name__
            documents += kind == "DocumentStartEvent"
            if documents > 1:
                message = "The file holds more than one YAML document; only the first is read."
                self.problems.append(Problem(Trouble.MORE_DOCUMENTS, message, _position(event)))
                return
            take = getattr(self, f"_take_{kind}", None)
            if take is not None:
                take(event)

    def _take_ScalarEvent(self, event: Any) -> None:  # noqa: N802 - named after the event
        at, plain = _position(event), bool(event.implicit[0])
        if self._awaits_key():
            self._begin_key(event.value, at, merge=plain and event.value == _MERGE)
            return
        value, where = resolve(event.value, _tag(event), plain=plain), self._next()
        if not isinstance(value, str):
            self.written[where] = event.value
        self._remember(event.anchor, value, 1)
        self._add(value, where, at, 1)

    def _take_MappingStartEvent(self, event: Any) -> None:  # noqa: N802
        self._begin({}, event)

    def _take_SequenceStartEvent(self, event: Any) -> None:  # noqa: N802
        self._begin([], event)

    def _take_MappingEndEvent(self, _: Any) -> None:  # noqa: N802
        done = self._open.pop()
        for merged in done.merged:
            done.value.update({key: value for key, value in merged.items() if key not in done.value})
        self._close(done)

    def _take_SequenceEndEvent(self, _: Any) -> None:  # noqa: N802
        self._close(self._open.pop())

    def _take_AliasEvent(self, event: Any) -> None:  # noqa: N802
        at = _position(event)
        if event.anchor not in self._anchors:
            raise _stop(Trouble.NOT_YAML, f"The alias *{event.anchor} names no anchor that is complete above it.", at)
        value, nodes = self._anchors[event.anchor]
        if self._awaits_key():
            if not isinstance(value, str):
                raise _stop(Trouble.NOT_YAML, "A key is neither a word nor a number.", at)
            self._begin_key(value, at, merge=False)
            return
        self._add(value, self._next(), at, nodes)

    def _begin(self, value: Any, event: Any) -> None:
        at = _position(event)
        if self._awaits_key():
            raise _stop(Trouble.NOT_YAML, "A key is neither a word nor a number.", at)
        if len(self._open) >= DEEPEST:
            raise _stop(Trouble.TOO_DEEP, f"The file is nested more than {DEEPEST} levels deep.", at)
        self._anchors.pop(event.anchor, None)  # until it is complete, an alias would hold itself
        self._open.append(_Open(value, self._next(), at, event.anchor))

    def _close(self, done: _Open) -> None:
        self._remember(done.anchor, done.value, done.nodes)
        self._add(done.value, done.where, done.at, done.nodes)

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and self._open[-1].key is None

    def _begin_key(self, key: str, at: Position, *, merge: bool) -> None:
        parent = self._open[-1]
        where = (*parent.where, key)
        if key in parent.seen:
            message = f"The key {key!r} stands twice in the same mapping, first in line {parent.seen[key]}."
            self.problems.append(Problem(Trouble.DUPLICATE_KEY, message, at, where))
        parent.key = key if not merge else _MERGE
        parent.seen.setdefault(key, at.line)
        self.keys[where] = at

    def _next(self) -> Where:
        """Return the way to the value that comes now."""
        if not self._open:
            return ()
        parent = self._open[-1]
        return (*parent.where, len(parent.value) if isinstance(parent.value, list) else parent.key or "")

    def _add(self, value: Any, where: Where, at: Position, nodes: int) -> None:
        self.values[where] = at
        if not self._open:
            self.data = value
            return
        parent = self._open[-1]
        parent.nodes += nodes
        if parent.nodes > self._most:
            raise _stop(
                Trouble.ALIASES_EXPLODE, f"With its aliases written out the file has over {self._most:,} parts.", at
            )
        if isinstance(parent.value, list):
            parent.value.append(value)
            return
        key, parent.key = parent.key or "", None
        if key == _MERGE:
            parent.merged += self._mergeable(value, at)
        else:
            parent.value[key] = value

    def _mergeable(self, value: Any, at: Position) -> list[Any]:
        merged = value if isinstance(value, list) else [value]
        if not all(isinstance(each, dict) for each in merged):
            raise _stop(Trouble.NOT_YAML, "What << merges is not a mapping.", at)
        return merged

    def _remember(self, anchor: str | None, value: Any, nodes: int) -> None:
        if anchor:
            self._anchors[anchor] = (value, nodes)


def _stop(trouble: Trouble, message: str, at: Position) -> Stop:
    return Stop(Problem(trouble, message, at))


def _tag(event: Any) -> str | None:
    return None if event.ctag is None else str(event.ctag)


def _position(event: Any) -> Position:
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)
