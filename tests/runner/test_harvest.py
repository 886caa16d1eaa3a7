"""Only a whole record of this very run counts as a result."""

from __future__ import annotations

import json

import pytest

from clusterproof import serial
from clusterproof.notebook.bench import MIME, SCHEMA
from clusterproof.runner.harvest import results
from measured import RUN, result

RECORD = {"schema": SCHEMA, "run_id": RUN, "result": serial.dump(result("ai_inference"))}


def notebook(*records, **cell):
    outputs = [{"output_type": "display_data", "metadata": {}, "data": {MIME: each}} for each in records]
    return json.dumps({"cells": [{"cell_type": "code", "outputs": outputs, "metadata": {}, **cell}]})


def test_results_are_read_in_their_order():
    second = {**RECORD, "result": serial.dump(result("dra_support"))}
    assert [each.requirement for each in results(notebook(RECORD, second), RUN)] == ["ai_inference", "dra_support"]


def test_a_result_is_read_back_as_it_was():
    assert results(notebook(RECORD), RUN) == (result("ai_inference"),)


@pytest.mark.parametrize(
    "record",
    [
        {**RECORD, "run_id": "20260101-000000-000000"},
        {**RECORD, "run_id": ""},
        {**RECORD, "schema": SCHEMA + 1},
        {**RECORD, "result": {**RECORD["result"], "outcome": "PERFECT"}},
        {**RECORD, "result": {"requirement": "ai_inference", "outcome": "PASS"}},
        {**RECORD, "result": None},
        {},
        [],
        "PASS",
        None,
    ],
)
def test_anything_else_is_no_result(record):
    assert results(notebook(record, RECORD), RUN) == (result("ai_inference"),)


def test_what_papermill_says_of_a_cell_is_no_result():
    completed = {"papermill": {"status": "completed", "exception": None}}
    assert results(notebook(metadata=completed), RUN) == ()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"cells": 1}', '{"cells": [1, {"outputs": 2}]}', notebook()[:40]]
)
def test_a_text_that_is_no_notebook_holds_no_result(text):
    assert results(text, RUN) == ()
