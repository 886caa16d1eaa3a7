"""What evidence is worth to a reader: of a run or of a manual, of this version or of an earlier one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clusterproof.submission.composing import Stop
from clusterproof.submission.finding import Severity, hit, hit_value, rule
from clusterproof.submission.places import inside, leaves_by_link
from clusterproof.submission.reading import read_bytes
from clusterproof.submission.rules.status import IMPLEMENTED
from clusterproof.submission.words import facts, found, matches, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clusterproof.submission.finding import Hit
    from clusterproof.submission.submission import Submission

REJECTED, QUESTIONED = Severity
LARGEST = 256 * 1024  # bytes of a transcript that is looked through
_READ = frozenset({".md", ".txt", ".log"})
_MINOR = re.compile(r"(?<![\d.])v?1[.-](\d{2})(?![\d])")
_DATE = re.compile(r"(?<!\d)(20\d\d)[/-](0[1-9]|1[0-2])(?:[/-](?:0[1-9]|[12]\d|3[01]))(?!\d)")


@rule(
    "install-only",
    QUESTIONED,
    "The evidence of {id} only tells how to install: {text}",
    "Add what shows that it worked: a dated transcript, a log, or the report of a run.",
)
def evidence_is_more_than_a_manual(submission: Submission) -> Iterator[Hit]:
    """Look for items of which every line of evidence is about an installation."""
    for asked, item in submission.judged:
        told = [entry for entry in item.links if found("install", entry.text) and not _of_run(entry.text)]
        if item.status == IMPLEMENTED and told and len(told) == len(item.links):
            yield hit_value(*told[0].where, id=asked.id, text=told[0].text)


@rule(
    "no-run",
    QUESTIONED,
    "None of the {count} links of evidence looks like the record of a run; all are pages of documentation.",
    "Add a dated transcript, a log, or the report of a run for each MUST.",
)
def something_was_run(submission: Submission) -> Iterator[Hit]:
    """Look for a submission that shows no run at all."""
    entries = [entry for _, item in submission.judged for entry in item.links]
    if entries and not any(_of_run(entry.text) for entry in entries):
        yield hit("spec", count=len(entries))


def _of_run(text: str) -> bool:
    return matches("run", text)


@rule(
    "evidence-older",
    QUESTIONED,
    "The evidence of {id} is {older} than Kubernetes {version}: {text}",
    "Measure it again on the version that is claimed, and link that.",
)
def evidence_is_of_this_version(submission: Submission) -> Iterator[Hit]:
    """Look for addresses and paths that name an earlier version, or a day before the release."""
    for asked, item in submission.judged:
        for entry in item.links:
            older = _older(submission, entry.text)
            if older:
                words = {"id": asked.id, "older": older, "version": submission.version, "text": entry.text}
                yield hit_value(*entry.where, **words)


def _older(submission: Submission, text: str) -> str:
    minors = {int(minor) for minor in _MINOR.findall(text)}
    named = {minor for minor in minors if facts()["oldest_minor"] <= minor < submission.minor}
    if named and submission.minor not in minors:
        return f"of 1.{max(named)}, older"
    month = str(facts()["released"].get(submission.version, ""))
    dates = [f"{year}-{number}" for year, number in _DATE.findall(text)]
    if month and dates and max(dates) < month:
        return f"of {max(dates)}, older"
    return ""


@rule(
    "transcript-older",
    QUESTIONED,
    "The evidence of {id} tells of a cluster of Kubernetes 1.{seen}, older than {version}: {text}",
    "Measure it again on the version that is claimed, and put that transcript in its place.",
)
def transcripts_are_of_this_version(submission: Submission) -> Iterator[Hit]:
    """Look for local transcripts in which every cluster is older than the version that is claimed."""
    known: dict[Path, set[int]] = {}
    for local in submission.locals:
        path = local.path
        if path is None or path.suffix.lower() not in _READ or not inside(path, submission.folder):
            continue
        if path not in known:
            known[path] = set() if leaves_by_link(path, submission.folder) else _minors(path)
        seen = {minor for minor in known[path] if minor >= facts()["oldest_cluster"]}
        if seen and max(seen) < submission.minor:
            words = {"id": local.asked.id, "seen": max(seen), "version": submission.version}
            yield hit_value(*local.entry.where, text=local.entry.text, **words)


def _minors(path: Path) -> set[int]:
    try:
        return numbers("cluster_version", read_bytes(path, LARGEST).decode(errors="replace"))
    except Stop:
        return set()  # whether the file is there is told elsewhere
