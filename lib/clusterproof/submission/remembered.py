"""Answers of addresses, kept for a day in the user's cache; doubts are not kept."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from clusterproof import paths
from clusterproof.submission.composing import Stop
from clusterproof.submission.reading import read_bytes
from clusterproof.submission.sync import put
from clusterproof.submission.urls import Answer, Reached, reach

if TYPE_CHECKING:
    from collections.abc import Iterable

FOR = 24 * 3600.0  # seconds
_SURE = frozenset({Reached.YES, Reached.GONE})
_LARGEST = 16 * 1024 * 1024


def reach_remembering(addresses: Iterable[str]) -> dict[str, Answer]:
    """Return what addresses answer, or answered within the last day."""
    wanted, kept = list(addresses), _load()
    now = time.time()
    known = {url: Answer(Reached(word), why) for url, (word, why, when) in kept.items() if 0 <= now - when < FOR}
    answers = reach(wanted, known)
    fresh = {url: (each.reached.value, each.why, now) for url, each in answers.items()
             if each.reached in _SURE and url not in known}  # fmt: skip
    if fresh:
        rest = {url: row for url, row in kept.items() if url in known}
        put(paths.cache() / "urls.json", json.dumps(rest | fresh).encode())
    return answers


def _load() -> dict[str, tuple[str, str, float]]:
    """Return what is kept; a file that is broken holds nothing."""
    try:
        content: Any = json.loads(read_bytes(paths.cache() / "urls.json", _LARGEST))
        return {str(url): (Reached(word).value, str(why), float(when)) for url, (word, why, when) in content.items()}
    except (Stop, ValueError, TypeError, AttributeError, RecursionError):
        return {}
