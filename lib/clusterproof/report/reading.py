"""Read a run folder's report back."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clusterproof import serial
from clusterproof.errors import UsageError
from clusterproof.model import Report
from clusterproof.report.digests import WITHOUT, digests, has_digests
from clusterproof.report.store import MANIFEST
from clusterproof.report.unsaid import unsaid
from clusterproof.report.wholeness import flaw
from clusterproof.submission.composing import Stop
from clusterproof.submission.reading import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = 1
FILE = "report.json"
LARGEST = 64 * 1024 * 1024  # bytes; a whole evaluation has 150 KB


class ReportMissingError(UsageError):
    """The folder holds no report."""


class ReportCorruptError(UsageError):
    """The file is there, but it is not a whole report of the kit's."""


class ReportTooNewError(UsageError):
    """A later version of the kit wrote the report, in a form that this one does not know."""


def load_report(folder: Path) -> Report:
    """Return the report that lies in a run folder.

    Raises:
        ReportMissingError: there is no ``report.json``.
        ReportCorruptError: it is cut, not JSON, or not of the report's form.
        ReportTooNewError: its schema is later than this kit's.
    """
    return _loaded(folder, _content(folder))


def load_unchanged(folder: Path) -> Report:
    """Return the report of a run folder as the run wrote it: what somebody has edited is no observation.

    Raises:
        UsageError: as ``load_report``, or the report is not the one whose digest the folder holds, or it holds none.
    """
    content = _content(folder)
    _refuse_changed(folder, content)
    return _loaded(folder, content)


def load_to_judge(folder: Path) -> Report:
    """Return the report of a run folder as ``load_unchanged``; one without digests says from now on that it had none.

    Raises:
        UsageError: as ``load_unchanged``, but not where there are no digests: a run may have been killed before them.
    """
    if has_digests(folder):
        return load_unchanged(folder)
    report = load_report(folder)
    return replace(report, notes=tuple(dict.fromkeys((*report.notes, WITHOUT))))


def _refuse_changed(folder: Path, content: bytes) -> None:
    """Refuse to work with observations that somebody has changed."""
    if digests(folder).get(FILE) != hashlib.sha256(content).hexdigest():
        raise UsageError(
            f"{folder / FILE} is not what the run wrote: {MANIFEST} does not hold its digest.",
            next_step="Bring the file back, or run the evaluation again. To judge it as it is now, remove "
            f"{MANIFEST} first; the report says so from then on.",
        )


def _loaded(folder: Path, content: bytes) -> Report:
    data = _object(folder, content)
    schema = data.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise ReportTooNewError(
            f"The report in {folder} has schema {schema}; this kit reads up to {SCHEMA}.",
            next_step=f"Use clusterproof {data.get('kit_version', 'of a later version')} or later.",
        )
    from pydantic import ValidationError  # noqa: PLC0415 - only reading needs it

    try:
        report = serial.load(Report, data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _corrupt(folder, f"{where}: {first['msg']}") from error
    if wrong := flaw(report) or unsaid(report):
        raise _corrupt(folder, wrong)
    return report


def _content(folder: Path) -> bytes:
    """Read it whatever it is: a link to a device or a pipe in a folder of others neither fills the memory nor hangs."""
    file = folder / FILE
    try:
        return read_bytes(file, LARGEST)
    except Stop as stop:
        if os.path.lexists(file):  # never raises, whatever the name
            raise ReportCorruptError(f"{file} cannot be used. {stop.problem.message}") from None
    raise ReportMissingError(
        f"There is no {FILE} in {folder}.", next_step="Give the folder of a run, for instance reports/<run id>."
    )


def _object(folder: Path, content: bytes) -> dict[str, Any]:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _corrupt(folder, "it is not JSON") from error
    if not isinstance(data, dict):
        raise _corrupt(folder, "it is not a JSON object")
    return data


def _corrupt(folder: Path, why: str) -> ReportCorruptError:
    return ReportCorruptError(
        f"{folder / FILE} is not a whole report: {why}.",
        next_step="Compare it with MANIFEST.sha256 (sha256sum -c), or run the evaluation again.",
    )
