"""A renewal as a diff that a person can review, and as data."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from clusterproof.render import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.product.previous import Answer
    from clusterproof.product.rulings import Renewal, Renewed

_LONG = 2000  # characters of a line


def lines(renewal: Renewal) -> Iterable[str]:
    """Yield the review: what is odd; what becomes of each item and why, then its lines, ``-`` gone, ``+`` come."""
    for remark in renewal.remarks:
        yield clean(f"# {remark}", _LONG)
    yield "metadata"
    for name, before, after in renewal.metadata:
        yield from _changed([f"{name}: {before}"] if before else [], [f"{name}: {after}"])
    for item in renewal.items:
        yield ""
        yield clean(f"{item.id}{f' ({item.level})' if item.level else ''}: {item.ruling.value}", _LONG)
        yield clean(f"  # {item.why}", _LONG)
        for part in item.stale:
            yield clean(f"  # {part}", _LONG)
        yield from _changed(_lines(item.before), _lines(item.after))


def as_data(renewal: Renewal) -> dict[str, Any]:
    """Return a renewal as plain JSON values."""
    return {
        "metadata": [{"name": name, "before": old, "after": new} for name, old, new in renewal.metadata],
        "items": [_plain(item) for item in renewal.items],
        "files": list(renewal.files),
        "remaining": list(renewal.remaining),
        "remarks": list(renewal.remarks),
    }


def _plain(item: Renewed) -> dict[str, Any]:
    return {**asdict(item), "ruling": item.ruling.value}


def _lines(answer: Answer) -> list[str]:
    """Return an answer's parts; what is empty has none."""
    found = [f"status: {answer.status}"] if answer.status else []
    found += [f"evidence: {entry}" for entry in answer.evidence]
    return found + ([f"notes: {' '.join(answer.notes.split())}"] if answer.notes else [])


def _changed(before: list[str], after: list[str]) -> Iterable[str]:
    for line in before:
        yield clean(f"{'  ' if line in after else '- '}  {line}", _LONG)
    for line in after:
        if line not in before:
            yield clean(f"+   {line}", _LONG)
