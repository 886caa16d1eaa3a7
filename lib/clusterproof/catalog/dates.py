"""When submissions were certified: from a person's file, from a repository's history, else from the files' times."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from clusterproof.catalog.model import Certified, DateSource
from clusterproof.errors import UsageError
from clusterproof.parameters.user_yaml import at, read_user_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from clusterproof.catalog.model import Submission

_PATIENCE = 120  # seconds for a repository's whole history
_MARK = "\x01"
# The branch's own commits only, each merge as one of them: the day of the merge counts, not the author's first draft.
_LOG = ("log", "--first-parent", "-m", "--diff-filter=A", "--no-renames", "--name-only", "--relative", "-z",
        f"--format={_MARK}%cI", "--", ":(glob)v*/*/PRODUCT.yaml")  # fmt: skip
# A repository's own settings could start programs.
_SAFE = ("-c", "core.fsmonitor=false", "-c", "log.showSignature=false", "-c", "core.hooksPath=/dev/null")


def read_dates(file: Path) -> dict[str, date]:
    """Return dates by ``vX.Y/<product>`` from a YAML file.

    Raises:
        UsageError: it cannot be read, or a date is none; the message names the line.
    """
    written = read_user_yaml(file)
    if not isinstance(written, dict):
        raise UsageError(f"{file} is no file of dates.", next_step="Write lines such as: v1.35/my-product: 2026-01-31")
    return {str(name).removesuffix("/PRODUCT.yaml"): _date(file, name, value) for name, value in written.items()}


def _date(file: Path, name: Any, value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        where = at(file, str(name))()
        raise UsageError(f"{where}: this is no date.", next_step="Write it as 2026-01-31.") from error


@dataclass(frozen=True)
class Dates:
    """Every date that can be known of a tree."""

    given: dict[str, date]
    merged: dict[str, date]
    """By path below the tree."""
    why_not: str
    """Why there is no history; empty where there is one."""

    @classmethod
    def of(cls, folder: Path, given: dict[str, date]) -> Dates:
        """Look a tree's history up, once for all files."""
        merged, why_not = _history(folder)
        return cls(given, merged, why_not)

    def of_file(self, name: str, file: Path) -> Certified:
        """Return the best date of one file; ``name`` is its path below the tree."""
        product = name.removesuffix("/PRODUCT.yaml")
        if product in self.given:
            return Certified(self.given[product], DateSource.GIVEN)
        if name in self.merged:
            return Certified(self.merged[name], DateSource.MERGED)
        return Certified(datetime.fromtimestamp(file.stat().st_mtime, UTC).date(), DateSource.FILE_TIME)

    def notes(self, submissions: Iterable[Submission]) -> tuple[str, ...]:
        """Return what a reader has to know of the dates."""
        counts = Counter(each.certified.source for each in submissions if each.certified)
        notes = [
            f"{counts[source]:,} of {sum(counts.values()):,} dates: {source.value}."
            for source in DateSource
            if counts[source]
        ]
        if counts[DateSource.FILE_TIME] and self.why_not:
            notes.append(f"There is no history to take dates from: {self.why_not}.")
        there = {f"v{each.version}/{each.folder}" for each in submissions}
        lost = sorted(self.given.keys() - there)
        return (*notes, f"The file of dates names what is not there: {', '.join(lost[:5])}.") if lost else tuple(notes)


def _history(folder: Path) -> tuple[dict[str, date], str]:
    """Return when each file came to the branch, by path below the folder, or why that cannot be known."""
    if shutil.which("git") is None:
        return {}, "git is not installed"
    try:
        shallow = _git(folder, "rev-parse", "--is-shallow-repository").strip()
        if shallow == "true":  # its oldest commit seems to add everything
            return {}, "the repository was cloned without its history (git fetch --unshallow)"
        return _parse(_git(folder, *_LOG)), ""
    except (OSError, subprocess.SubprocessError):
        return {}, "the folder is in no repository that git can read"


def _git(folder: Path, *words: str) -> str:
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    done = subprocess.run(
        ["git", *_SAFE, "-C", str(folder), *words],  # noqa: S607 - wherever the user's git is
        check=True, capture_output=True, timeout=_PATIENCE, env=environment,
    )  # fmt: skip
    return done.stdout.decode("utf-8", "surrogateescape")


def _parse(log: str) -> dict[str, date]:
    """Return the latest day on which each path was added; the log begins with the newest commit."""
    found: dict[str, date] = {}
    day = date.min
    for word in log.split("\0"):
        part = word.strip("\n")
        if part.startswith(_MARK):
            day = datetime.fromisoformat(part[1:]).astimezone(UTC).date()
        elif part:
            found.setdefault(part, day)
    return found
