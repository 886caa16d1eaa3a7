"""How much of each body a page may show."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clusterproof.model import Evidence, Verdict


def pieces(verdict: Verdict) -> list[Evidence]:
    """Return all evidence of a verdict: of its checks as wholes, then of their claims."""
    own = [piece for result in verdict.results for piece in result.evidence]
    return own + [piece for result in verdict.results for seen in result.observations for piece in seen.evidence]


def fitted(page: Callable[[int], str], lengths: Sequence[int], most: int) -> str:
    """Return a page of bodies of these lengths, cut as little as it takes to stay below ``most`` bytes.

    Where it is larger even without any body, it is as small as can be.
    """
    room = sum(lengths)
    text = page(fair_limit(lengths, room, least=0))
    size = _size(text)
    if size <= most:
        return text
    bare = page(0)
    while room and size > most and _size(bare) < most:
        # What bodies take on a page is more than their length; a tenth less than their share comes to an end soon.
        room = int(room * 0.9 * (most - _size(bare)) / (size - _size(bare)))
        text = page(fair_limit(lengths, room, least=0))
        size = _size(text)
    return text if size <= most else bare


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def fair_limit(lengths: Sequence[int], total: int, least: int = 200) -> int:
    """Return the length to cut bodies to so that together they stay near ``total``; short ones leave room to long ones.

    No body is cut below ``least``, so that a page of very many bodies may grow beyond ``total``.
    """
    remaining = max(total, 0)
    for place, length in enumerate(sorted(lengths)):
        share = remaining // (len(lengths) - place)
        if length > share:
            return max(share, least)
        remaining -= length
    return max([*lengths, least])
