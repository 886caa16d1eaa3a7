"""How much of each body a page may show."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def fair_limit(lengths: Sequence[int], total: int, least: int = 800) -> int:
    """Return the length to cut bodies to so that together they stay near ``total``; short ones leave room to long ones.

    No body is cut below ``least``, so that a page of very many bodies may grow beyond ``total``.
    """
    remaining = total
    for place, length in enumerate(sorted(lengths)):
        share = remaining // (len(lengths) - place)
        if length > share:
            return max(share, least)
        remaining -= length
    return max([*lengths, least])
