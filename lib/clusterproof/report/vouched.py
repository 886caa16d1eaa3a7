"""What a run has written stays as it is: its manifest holds the digests, and a signature rests on them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from clusterproof.errors import UsageError
from clusterproof.report.digests import digests
from clusterproof.report.folder import JUNIT
from clusterproof.report.reading import FILE
from clusterproof.report.store import ATTESTATION, MANIFEST
from clusterproof.submission.places import NAME as PRODUCT

if TYPE_CHECKING:
    from collections.abc import Iterable

_ALWAYS = frozenset({FILE, MANIFEST, ATTESTATION, JUNIT, PRODUCT, "index.html"})


def refuse_of_a_run(targets: Iterable[Path]) -> None:
    """Refuse to write in the place of what a run has written, whatever is forced.

    Raises:
        UsageError: one of the files is a run's.
    """
    known: dict[Path, frozenset[str]] = {}
    for target in targets:
        own = Path(os.path.realpath(target.parent), target.name)
        for folder in own.parents:
            if folder not in known:
                known[folder] = _written(folder)
            if own.relative_to(folder).as_posix() in known[folder]:
                raise UsageError(
                    f"{target} is a file of the run in {folder}, which --force does not replace; nothing was written.",
                    next_step="Name a place outside of the run's folder.",
                )


def _written(folder: Path) -> frozenset[str]:
    """Return the names of what a run has written into a folder; none where it is no run's."""
    try:
        named = digests(folder).keys()
    except UsageError:  # a run's folder may have lost its manifest
        lost = all(os.path.isfile(folder / name) for name in (FILE, JUNIT))  # noqa: PTH113 - never raises
        return _ALWAYS if lost else frozenset()
    return _ALWAYS | named if FILE in named else frozenset()
