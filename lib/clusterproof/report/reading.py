"""Read a run folder's report back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from clusterproof import serial
from clusterproof.errors import KitError, UsageError
from clusterproof.model import Report

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = 1
FILE = "report.json"


class ReportMissingError(UsageError):
    """The folder holds no report."""


class ReportCorruptError(KitError):
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
    data = _read(folder)
    schema = data.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise ReportTooNewError(
            f"The report in {folder} has schema {schema}; this kit reads up to {SCHEMA}.",
            next_step=f"Use clusterproof {data.get('kit_version', 'of a later version')} or later.",
        )
    from pydantic import ValidationError  # noqa: PLC0415 - only reading needs it

    try:
        return serial.load(Report, data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _corrupt(folder, f"{where}: {first['msg']}") from error


def _read(folder: Path) -> dict[str, Any]:
    try:
        data = json.loads((folder / FILE).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ReportMissingError(
            f"There is no {FILE} in {folder}.", next_step="Give the folder of a run, for instance reports/<run id>."
        ) from error
    except OSError as error:
        raise KitError(f"{folder / FILE} cannot be read: {error.strerror}.") from error
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
