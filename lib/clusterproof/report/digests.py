"""The digests that a run folder holds of its own files: what tells that somebody has changed one since."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from clusterproof.errors import UsageError
from clusterproof.report.store import MANIFEST
from clusterproof.submission.composing import Stop
from clusterproof.submission.reading import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT = f"The folder held no {MANIFEST} when it was judged again, so nothing tells that its report is what a run saw."
"""Note of a report that was judged without digests; the new ones vouch for nothing that was seen."""
_LARGEST = 64 * 1024 * 1024  # bytes
_LINE = re.compile(r"([0-9a-f]{64})  (.+)", re.DOTALL)


def has_digests(folder: Path) -> bool:
    """Return whether anything lies where a run folder's digests lie; whoever writes a run folder writes them last."""
    return os.path.lexists(folder / MANIFEST)  # never raises, whatever the name


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of each file that a run folder's manifest names.

    Raises:
        UsageError: there is no manifest, or it is a link, a pipe or a folder, or says what the kit never writes.
    """
    file = folder / MANIFEST
    if not has_digests(folder):
        raise UsageError(
            f"There is no whole {MANIFEST} in {folder}, so nothing tells that the run was written to its end, "
            "or that its report is still what the run saw.",
            next_step="Bring it back, or run the evaluation again. Where only the writing was cut short, "
            "clusterproof judge RUN writes the folder anew; its report says from then on that it had no digests.",
        )
    try:
        text = read_bytes(file, _LARGEST).decode("utf-8")
    except Stop as stop:
        raise _useless(file, stop.problem.message) from None
    except UnicodeDecodeError:
        raise _useless(file, "It is not UTF-8 text.") from None
    found: dict[str, str] = {}
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise _useless(file, f"Its line {number} is no digest and name of a file.")
        if match[2] in found:
            raise _useless(file, f"It names {match[2][:120]!r} twice.")
        found[match[2]] = match[1]
    return found


def _useless(file: Path, why: str) -> UsageError:
    return UsageError(
        f"{file} cannot be used. {why}",
        next_step="Bring back the file that the run wrote, or run the evaluation again.",
    )
