"""Check a run folder against its attestation: first who signed what, then every file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.attest import envelope, files, statement
from clusterproof.attest.errors import AttestationError
from clusterproof.errors import KitError, UsageError
from clusterproof.report import load_report
from clusterproof.report.store import ATTESTATION
from clusterproof.submission.composing import Stop
from clusterproof.submission.reading import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from clusterproof.attest.keys import Public


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it was signed."""

    name: str
    """Path inside the run folder; empty for the statement as a whole."""
    what: str


@dataclass(frozen=True)
class Verified:
    """What came of checking a folder whose attestation the key has signed."""

    problems: tuple[Problem, ...]
    files: int
    """How many files the statement names, apart from an attestation of the folder's own."""
    keyid: str
    """Digest of the key that has signed; the id in the file is only a hint."""
    predicate: dict[str, Any]

    @property
    def ok(self) -> bool:
        """True if the folder is what was signed, to the byte."""
        return not self.problems


def verify(folder: Path, attestation: Path, key: Public) -> Verified:
    """Compare a folder with its attestation. Nothing is requested from anywhere, and nothing is written.

    Raises:
        UsageError: there is no attestation, or no folder.
        AttestationError: it was not signed with that key, was changed since, or is none.
        KitError: a file cannot be read.
    """
    sealed = envelope.load(_read(attestation))
    envelope.check(sealed, key)
    signed = statement.load(sealed.payload)
    folder = folder.resolve()
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder.")
    found = files.find(folder, attestation=attestation.parent.resolve() / attestation.name)
    # The kit once signed the folder's own attestation too, where another lay elsewhere.
    digests = {name: digest for name, digest in signed.digests.items() if name != ATTESTATION}
    problems = [*_differences(digests, found)]
    problems += [] if problems else _said_otherwise(signed, folder)
    return Verified(tuple(problems), len(digests), key.keyid, signed.predicate)


def _differences(signed: dict[str, str], found: files.Found) -> list[Problem]:
    problems = {name: f"{why}, and was not signed" for name, why in found.strange.items()}
    for name in signed.keys() | found.digests.keys():
        if name in problems:
            continue
        if name not in found.digests:
            problems[name] = "is missing"
        elif name not in signed:
            problems[name] = "was added after signing"
        elif signed[name] != found.digests[name]:
            problems[name] = "was changed after signing"
    return [Problem(name, problems[name]) for name in sorted(problems)]


def _said_otherwise(signed: statement.Statement, folder: Path) -> list[Problem]:
    """Compare what the statement says of the run with the run's own report: a reader may only look at the first."""
    try:
        report = statement.predicate(load_report(folder))
    except KitError as error:
        return [Problem("report.json", f"is no report: {error.message}")]
    return [
        Problem("", f"the statement says {name} {signed.predicate.get(name)!r}, and report.json {value!r}")
        for name, value in report.items()
        if signed.predicate.get(name) != value
    ]


def _read(attestation: Path) -> bytes:
    try:
        return read_bytes(attestation, envelope.LARGEST)
    except Stop as stop:
        if os.path.lexists(attestation):
            raise AttestationError(f"{attestation} is no attestation. {stop.problem.message}") from None
    raise UsageError(
        f"There is no attestation {attestation}.",
        next_step="Sign a run folder with: clusterproof attest RUN --key FILE",
    )
