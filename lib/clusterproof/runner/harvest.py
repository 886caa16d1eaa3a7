"""Reading the results of a run back from an executed notebook: only a whole record of this very run counts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from clusterproof import serial
from clusterproof.model import CheckResult
from clusterproof.notebook.bench import MIME, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator


def results(text: str, run_id: str) -> tuple[CheckResult, ...]:
    """Return the results that a notebook shows, in their order; none from a text that is no notebook.

    papermill calls cells completed that never ran, so nothing is read from the cells' own state.
    """
    try:
        notebook = json.loads(text)
    except ValueError:
        return ()
    return tuple(result for record in _records(notebook) if (result := _result(record, run_id)))


def _records(notebook: Any) -> Iterator[Any]:
    for cell in _list(notebook, "cells"):
        for output in _list(cell, "outputs"):
            data = output.get("data") if isinstance(output, dict) else None
            if isinstance(data, dict) and MIME in data:
                yield data[MIME]


def _list(node: Any, key: str) -> list[Any]:
    found = node.get(key) if isinstance(node, dict) else None
    return found if isinstance(found, list) else []


def _result(record: Any, run_id: str) -> CheckResult | None:
    if not isinstance(record, dict) or record.get("schema") != SCHEMA or record.get("run_id") != run_id:
        return None
    try:
        return serial.load(CheckResult, record.get("result"))
    except ValidationError:
        return None
