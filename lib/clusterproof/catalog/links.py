"""What came of asking for web addresses, from the cache that the linter keeps. The catalog itself asks for nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from clusterproof.errors import UsageError
from clusterproof.submission.addresses import without_user
from clusterproof.submission.urls import Reached, base

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LARGEST = 64 * 1024 * 1024  # bytes
_STATES = {Reached.YES: "answers", Reached.GONE: "dead"}


@dataclass(frozen=True)
class Link:
    """What came of asking for one address."""

    state: str
    """One word of: answers, dead, unsure."""
    words: str


class Links:
    """What came of asking, by address; what stands behind a ``#`` no server is told."""

    def __init__(self, found: dict[str, Link]) -> None:
        self._found = found

    def get(self, url: str) -> Link | None:
        """Return what came of asking for an address; None where nobody did."""
        return self._found.get(without_user(base(url)))

    def counted(self, urls: Iterable[str]) -> tuple[int, int]:
        """Return how many of some addresses are dead, and how many were asked for."""
        asked = [link for link in map(self.get, urls) if link is not None]
        return sum(link.state == "dead" for link in asked), len(asked)


def read_links(file: Path) -> Links:
    """Return what came of asking, from the linter's cache: address to word, reason and time.

    Raises:
        UsageError: it is not such a file.
    """
    try:
        if file.stat().st_size > LARGEST:
            raise UsageError(f"{file} is too large for a file of checked links.")
        rows = json.loads(file.read_text("utf-8"))
        return Links({without_user(url): _link(*row) for url, row in rows.items()})
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise UsageError(
            f"{file} is no file of checked links.", next_step="Give the urls.json of the cache that lint --urls fills."
        ) from error


def _link(word: Any, why: Any, when: Any) -> Link:
    reached = Reached(word)
    day = datetime.fromtimestamp(float(when), UTC).date().isoformat()
    state = _STATES.get(reached, "unsure")
    told = {"answers": "answers", "dead": "dead"}.get(state, reached.value)
    return Link(state, f"{told}{f' ({why})' if why else ''}, asked on {day}")
