"""The in-toto statement, version 1: which files, by digest, and what the run says of itself."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.attest.envelope import read_json
from clusterproof.attest.errors import AttestationError
from clusterproof.attest.files import is_plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterproof.model import Report

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "https://clusterproof.dev/attestation/run/v1"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Statement:
    """What was signed."""

    digests: dict[str, str]
    """Path inside the run folder to the SHA-256 of the file's content."""
    predicate: dict[str, Any]


def predicate(report: Report) -> dict[str, Any]:
    """Return what a statement says of a run beside its files."""
    return {
        "runId": report.run_id,
        "tool": {"name": "clusterproof", "version": report.kit_version},
        "started": report.started,
        "platform": report.platform,
        "checklist": report.checklist,
        "kubernetesVersion": report.facts.version if report.facts else "",
        "summary": report.summary.value,
        "simulated": report.simulated,
    }


def dump(digests: Mapping[str, str], report: Report) -> bytes:
    """Return a statement over a run folder's files as JSON."""
    subjects = [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(digests.items())]
    whole = {"_type": TYPE, "subject": subjects, "predicateType": PREDICATE, "predicate": predicate(report)}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def load(payload: bytes) -> Statement:
    """Return the statement that a payload holds.

    Raises:
        AttestationError: it is not one over a run folder, or names what cannot be a file in it.
    """
    plain = read_json(payload, "The statement")
    if plain.get("_type") != TYPE:
        raise AttestationError(f"What was signed is no in-toto statement of version 1: {_short(plain.get('_type'))}.")
    if plain.get("predicateType") != PREDICATE:
        kind = _short(plain.get("predicateType"))
        raise AttestationError(f"What was signed is a statement about something else than a run: {kind}.")
    subjects, said = plain.get("subject"), plain.get("predicate")
    if not isinstance(subjects, list) or not subjects or not isinstance(said, dict):
        raise AttestationError("The statement lacks its subjects or its predicate.")
    digests: dict[str, str] = {}
    for each in subjects:
        name, digest = _subject(each)
        if name in digests:
            raise AttestationError(f"The statement names the file {_short(name)} twice.")
        digests[name] = digest
    return Statement(digests, said)


def _subject(subject: Any) -> tuple[str, str]:
    name = subject.get("name") if isinstance(subject, dict) else None
    digests = subject.get("digest") if isinstance(subject, dict) else None
    digest = digests.get("sha256") if isinstance(digests, dict) else None
    if not isinstance(name, str) or not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise AttestationError(f"A subject of the statement has no name or no SHA-256: {_short(name)}.")
    if not is_plain(name):
        raise AttestationError(f"The statement names {_short(name)}, which is no path inside a run folder.")
    return name, digest


def _short(word: Any) -> str:
    return repr(word)[:120]
