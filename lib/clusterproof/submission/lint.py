"""Submissions against every rule: one file, or a whole tree of them."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from clusterproof.errors import UsageError
from clusterproof.submission import rules as _rules  # noqa: F401 - fills the table
from clusterproof.submission.finding import RULES, Finding, Generation, Hit, Rule, Severity
from clusterproof.submission.places import NAME, is_misnamed
from clusterproof.submission.reading import read
from clusterproof.submission.rules.name import is_lost_folder, may_hide_submissions, stands_in_for
from clusterproof.submission.submission import Submission
from clusterproof.submission.urls import targets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from clusterproof.submission.document import Document, Position
    from clusterproof.submission.official import Official
    from clusterproof.submission.urls import Answer

MOST = 100  # findings of one rule in one file; a file with more is not made better by the next one
WORTH_PROCESSES = 300
"""Files from which on processes pay: below, starting them and importing takes longer than the work."""


@dataclass(frozen=True)
class Linted:
    """One file and what was found in it, in the order of its lines."""

    file: str
    version: str
    """The version of the checklist by which it was judged; empty where none is named."""
    product: str
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...] = ()
    looked_at: bool = True
    """False for a folder that stands where a submission would."""

    def count(self, severity: Severity) -> int:
        """Return how many findings are of that severity."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def rejected(self) -> bool:
        """Whether the validator, or the first reader, will refuse it."""
        return self.count(Severity.REJECTED) > 0


def files(places: Iterable[Path]) -> tuple[Path, ...]:
    """Return the submissions that files and folders name, each once, and what stands where one should.

    That is a file of another spelling, a product's folder without one, and a link to a folder: these are not followed.

    Raises:
        UsageError: a place is not there, or holds no submission.
    """
    found: dict[Path, None] = {}
    for place in places:
        here = sorted(_below(place)) if os.path.isdir(place) else [place]  # noqa: PTH112 - never raises
        if all(map(stands_in_for, here)):
            raise UsageError(f"The folder {place} holds no file {NAME}.", next_step=_instead(here))
        if not os.path.lexists(here[0]):
            raise UsageError(f"There is no file {place}.", next_step=_instead([]))
        found |= dict.fromkeys(here)
    return tuple(found)


def lint(
    paths: Sequence[Path],
    official: Official,
    generation: Generation = Generation.CURRENT,
    reach: Callable[[Iterable[str]], Mapping[str, Answer]] | None = None,
) -> list[Linted]:
    """Return what is wrong with submissions, in their order.

    ``reach`` asks addresses and returns their answers; without it nothing is requested from anywhere.
    """
    if reach is not None:
        read_ones = [Submission(read(path), official, generation) for path in paths]
        answers = reach(address for each in read_ones for address in targets(each))
        return [examined(replace(each, reached=answers)) for each in read_ones]
    one = partial(lint_file, official=official, generation=generation)
    workers = min(_processors(), 8)
    if len(paths) < WORTH_PROCESSES or workers < 2:  # noqa: PLR2004 - one worker is this process
        return [one(path) for path in paths]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(one, paths, chunksize=max(1, len(paths) // (workers * 4))))


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def lint_file(path: Path, official: Official, generation: Generation = Generation.CURRENT) -> Linted:
    """Return what is wrong with one submission."""
    return examined(Submission(read(path), official, generation))


def examined(submission: Submission) -> Linted:
    """Return what is wrong with a submission that has been read."""
    found: list[Finding] = []
    remarks = [*_remarks(submission)]
    path = submission.document.path
    only = stands_in_for(path)  # there is no file in which anything else could be wrong
    for rule in [RULES[only]] if only else RULES.values():
        hits = list(islice(rule.look(submission), MOST + 1))
        found += (finding(rule, hit, submission.document) for hit in hits[:MOST])
        if len(hits) > MOST:
            remarks.append(f"Of the findings of the rule {rule.id} only the first {MOST} are told.")
    found.sort(key=lambda each: (each.line, each.column, each.severity, each.rule))
    product = path.name if only else submission.folder.name
    return Linted(str(path), submission.version, product, tuple(found), tuple(remarks), looked_at=not only)


def finding(rule: Rule, hit: Hit, document: Document) -> Finding:
    """Return a finding with its sentences and its place."""
    at: Position = hit.words.get("at") or (document.value_at(*hit.where) if hit.value else document.at(*hit.where))
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        file=str(document.path),
        line=at.line,
        column=at.column,
        subject=_subject(hit, document),
        reason=rule.reason.format(**hit.words),
        mend=rule.mend.format(**hit.words),
    )


def _subject(hit: Hit, document: Document) -> str:
    if "id" in hit.words:
        return str(hit.words["id"])
    if hit.where[:1] == ("spec",) and len(hit.where) > 3:  # noqa: PLR2004 - spec, category, number, key
        return str(document.get(*hit.where[:3], "id") or hit.where[1])
    return str(hit.words.get("field") or next((step for step in reversed(hit.where) if isinstance(step, str)), ""))


def _remarks(submission: Submission) -> Iterator[str]:
    if submission.version and not submission.folder_version:
        yield (
            f"It lies in no folder vX.Y/PRODUCT/, where the programme wants it; judged as {submission.version}, "
            "which it names itself."
        )


def _instead(links: Sequence[Path]) -> str:
    """Return what to do where there is nothing but links."""
    if links:
        return f"Links to folders are not followed: name the one that {links[0]} leads to."
    return f"Name a file {NAME}, or a folder that holds files vX.Y/<product>/{NAME}."


def _below(place: Path) -> Iterator[Path]:
    for top, folders, names in os.walk(place, onerror=_refuse):
        folders[:] = [name for name in folders if name != ".git"]
        if NAME in names or NAME in folders:  # a folder of that name is no submission, and is told as such
            yield Path(top, NAME)
        else:
            yield from (Path(top, name) for name in names if is_misnamed(name))
            yield from [Path(top)] if is_lost_folder(Path(top)) else []
        yield from (path for path in (Path(top, name) for name in folders) if may_hide_submissions(path))


def _refuse(error: OSError) -> None:
    """Refuse to pass over a folder in which a submission could lie."""
    raise UsageError(f"{error.filename} cannot be read: {error.strerror}.")
