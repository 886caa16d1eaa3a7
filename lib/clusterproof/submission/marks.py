"""The marks that the kit puts on results from simulated nodes, found wherever they stand in a checklist."""

from __future__ import annotations

import re

from clusterproof.checklist.filling import SIMULATED
from clusterproof.submission.words import SOFT_HYPHEN

_WORD = SIMULATED.partition(":")[0]
_MARK = re.compile(rf"\b{_WORD}\b")
_COMMENT = re.compile(rf"^[ \t]*#[# \t]*{_WORD}\b", re.MULTILINE)


def simulated_notes(notes: str) -> bool:
    """Return whether notes say that they tell of simulated nodes; whoever brings a feature may be named first."""
    return _MARK.search(notes.replace(SOFT_HYPHEN, "")) is not None


def simulated_file(text: str) -> bool:
    """Return whether a comment of a file says that its answers are from simulated nodes."""
    return _COMMENT.search(text) is not None
