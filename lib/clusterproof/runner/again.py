"""Judging what a run folder holds once more, without a cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clusterproof import judge
from clusterproof.checklist import check_template
from clusterproof.errors import UsageError
from clusterproof.report import Known, load_to_judge, write_report
from clusterproof.submission.composing import Stop
from clusterproof.submission.places import NAME as PRODUCT
from clusterproof.submission.reading import LARGEST, read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from clusterproof.model import Report

_OURS = "# SIMULATED:"


def rejudge(folder: Path, *, known: Known | None = None, template: str | None = None) -> Report:
    """Judge a saved report's observations again and write its folder anew.

    Without a template the official checklist that the folder holds filled is filled again. A folder without digests
    gets new ones, and its report the note that it had none.

    Raises:
        UsageError: there is no report, or not the one whose digest the folder holds.
    """
    report = load_to_judge(folder)
    verdicts = tuple(
        replace(judge.verdict(old.requirement, old.results, old.declaration), evidence=old.evidence)
        for old in report.verdicts
    )
    again = replace(report, verdicts=verdicts, summary=judge.summary(verdicts))
    there = {each.name: folder / each.path for each in report.notebooks if (folder / each.path).is_file()}
    filled = template if template is not None else _filled(folder, report.checklist)
    write_report(again, folder, notebooks=there, known=known, template=filled)
    return again


def _filled(folder: Path, version: str) -> str | None:
    try:
        text = read_bytes(folder / PRODUCT, LARGEST).decode("utf-8")
        text = text.partition("\n")[2] if text.startswith(_OURS) else text
        check_template(text, version)
    except (Stop, UnicodeDecodeError, UsageError):
        return None  # a draft, or none
    return text
