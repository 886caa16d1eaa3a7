"""Write the run folder: one report in the forms that people, reviewers and machines read."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from clusterproof import redact, serial
from clusterproof.checklist import fill
from clusterproof.errors import KitError
from clusterproof.report import junit, markdown, pages
from clusterproof.report.known import Known
from clusterproof.report.proofs import proofs_in
from clusterproof.report.reading import FILE
from clusterproof.report.store import write_all

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clusterproof.model import Report, Verdict

JUNIT = "clusterproof.junit.xml"  # never junit.xml: the programme's validator takes that for its own suite's output
_ID = re.compile(r"[a-z0-9_]{1,80}")


def write_report(
    report: Report,
    folder: Path,
    *,
    notebooks: Mapping[str, Path] | None = None,
    known: Known | None = None,
    template: str | None = None,
) -> None:
    """Write every page and file of a report into its run folder, the digests last.

    Args:
        report: what was measured.
        folder: the run folder; made if it is not there.
        notebooks: name, for instance ``10_training``, to the executed notebook; its page is ``training.html``.
        known: checks and mutants, for the pages to name source and procedure and how a check is itself checked; proofs
            are those that lie in the folder.
        template: text of the official checklist to fill; without it PRODUCT.yaml is a draft.

    Raises:
        UsageError: the template is not the official checklist of the report's version.
        KitError: the folder cannot be written; what lay there before is unchanged.
    """
    _refuse_strange_ids(report)
    report = _redacted(report)
    known = replace(known or Known(), proofs=proofs_in(folder))
    names = {name: pages.notebook_page_name(name) for name in notebooks or {}}
    site = pages.Site(report, known=known, notebook_pages=names)
    files = {
        FILE: json.dumps(serial.dump(report), indent=1) + "\n",
        "PRODUCT.yaml": fill(template, report),
        JUNIT: junit.suite(report),
        "index.html": site.index(),
    }
    for verdict in report.verdicts:
        stem = f"evidence/{verdict.requirement.id}"
        files[f"{stem}.html"] = site.evidence(verdict)
        files[f"{stem}.md"] = markdown.evidence(report, verdict, known)
    files |= _notebook_files(report, notebooks or {}, names)
    write_all(folder, {name: text.encode("utf-8", "replace") for name, text in files.items()})


def _notebook_files(report: Report, notebooks: Mapping[str, Path], names: Mapping[str, str]) -> dict[str, str]:
    if not notebooks:
        return {}
    # nbconvert takes half a second to import; a report that is judged again may have no notebooks at all.
    from clusterproof.report import notebook_pages  # noqa: PLC0415

    return {names[name]: notebook_pages.page(report, name, path) for name, path in notebooks.items()}


def _redacted(report: Report) -> Report:
    """Take credentials out of what did not come through a check: observations were redacted when they were made."""
    return replace(
        report,
        parameters=redact.tree(report.parameters),
        notebooks=tuple(replace(run, error=redact.text(run.error)) for run in report.notebooks),
        notes=tuple(redact.text(note) for note in report.notes),
        verdicts=tuple(_redacted_verdict(verdict) for verdict in report.verdicts),
    )


def _redacted_verdict(verdict: Verdict) -> Verdict:
    results = tuple(replace(result, message=redact.text(result.message)) for result in verdict.results)
    return replace(verdict, message=redact.text(verdict.message), notes=redact.text(verdict.notes), results=results)


def _refuse_strange_ids(report: Report) -> None:
    """Ids become file names; a report from elsewhere must not choose where its files land."""
    for verdict in report.verdicts:
        if not _ID.fullmatch(verdict.requirement.id):
            raise KitError(f"The report names a requirement {verdict.requirement.id!r}, which is no id.")
