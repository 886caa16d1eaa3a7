"""How much of each body a page may show."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterproof.model import Evidence, Verdict


def pieces(verdict: Verdict) -> list[Evidence]:
    """Return all evidence of a verdict: of its checks as wholes, then of their claims."""
    own = [piece for result in verdict.results for piece in result.evidence]
    return own + [piece for result in verdict.results for seen in result.observations for piece in seen.evidence]


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
