"""Judging what a run folder holds once more, without a cluster."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from clusterproof import judge
from clusterproof.checklist import check_template
from clusterproof.errors import KitError, UsageError
from clusterproof.report import Known, write_report
from clusterproof.report.reading import FILE
from clusterproof.report.store import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from clusterproof.model import Report

PRODUCT = "PRODUCT.yaml"
_OURS = "# SIMULATED:"


def rejudge(report: Report, folder: Path, *, known: Known | None = None, template: str | None = None) -> Report:
    """Judge a saved report's observations again and write its folder anew.

    Without a template the official checklist that the folder holds filled is filled again.

    Raises:
        KitError: the report is not the one whose digest the folder holds.
    """
    refuse_changed(folder)
    verdicts = tuple(
        replace(judge.verdict(old.requirement, old.results, old.declaration), evidence=old.evidence)
        for old in report.verdicts
    )
    again = replace(report, verdicts=verdicts, summary=judge.summary(verdicts))
    there = {each.name: folder / each.path for each in report.notebooks if (folder / each.path).is_file()}
    filled = template if template is not None else _filled(folder, report.checklist)
    write_report(again, folder, notebooks=there, known=known, template=filled)
    return again


def refuse_changed(folder: Path) -> None:
    """Refuse to work with observations that somebody has changed; without digests there is no telling.

    Raises:
        KitError: the report is not the one whose digest the folder holds.
    """
    try:
        digests = (folder / MANIFEST).read_text(encoding="utf-8").splitlines()
        digest = hashlib.sha256((folder / FILE).read_bytes()).hexdigest()
    except (OSError, UnicodeDecodeError):
        return
    if f"{digest}  {FILE}" not in digests:
        raise KitError(
            f"{folder / FILE} is not what the run wrote: {MANIFEST} holds another digest of it.",
            next_step=f"Bring the file back. To judge it as it is now, remove {MANIFEST} first; a new one is written.",
        )


def _filled(folder: Path, version: str) -> str | None:
    try:
        text = (folder / PRODUCT).read_text(encoding="utf-8")
        text = text.partition("\n")[2] if text.startswith(_OURS) else text
        check_template(text, version)
    except (OSError, UnicodeDecodeError, UsageError):
        return None  # a draft, or none
    return text
