"""Executed notebooks as pages: results shown, code folded, widgets replaced, nothing fetched."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from clusterproof.quick_import import block_uri_grammar

block_uri_grammar()

import nbformat  # noqa: E402 - after the grammar is blocked, as the runner does it

from clusterproof import report  # noqa: E402
from clusterproof.model import NotebookRun, Report  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

V4 = nbformat.v4
WIDGET = "application/vnd.jupyter.widget-view+json"
RESULT = "application/vnd.clusterproof.result+json"


def page(folder: Path, *outputs, text="# Title\n\n## One part\n\nWords.", simulated=False, run=None):
    cells = [V4.new_markdown_cell(text), V4.new_code_cell("page = '<b>bold</b>'", outputs=list(outputs))]
    state = {WIDGET.replace("view", "state"): {"state": {"x": {}}, "version_major": 2, "version_minor": 0}}
    nbformat.write(V4.new_notebook(cells=cells, metadata={"widgets": state}), folder / "10_training.ipynb")
    whole = Report(1, "r", "0.1", "1.37", "mine", "2026-11-24T14:30:00.000Z", 1.0, None, simulated=simulated,
                   notebooks=(run,) if run else ())  # fmt: skip
    report.write_report(whole, folder, notebooks={"10_training": folder / "10_training.ipynb"})
    return (folder / "training.html").read_text()


def shown(**data):
    return V4.new_output("display_data", {name.replace("__", "/"): value for name, value in data.items()})


def test_the_page_has_the_policy_and_no_script_of_its_own(tmp_path):
    text = page(tmp_path)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    assert "<script" not in text
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)
    assert len(text) < 60_000


def test_code_is_folded_away_and_escaped(tmp_path):
    text = page(tmp_path)
    assert re.search(r"<details><summary>Code.*?page = '&lt;b&gt;bold", text, re.DOTALL)


def test_the_last_expression_of_a_cell_is_not_lost(tmp_path):
    output = V4.new_output("execute_result", {"text/plain": "the last one"}, execution_count=1)
    assert "the last one" in page(tmp_path, output)


def test_a_widget_shows_its_static_fallback(tmp_path):
    data = {WIDGET: {"model_id": "x"}, "text/html": "<b>static</b>", "text/plain": "Widget()"}
    text = page(tmp_path, V4.new_output("display_data", data))
    assert "<b>static</b>" in text
    assert "Widget()" not in text


def test_a_result_bundle_shows_its_html_and_not_its_json(tmp_path):
    data = {RESULT: {"hidden": 1}, "text/html": "<b>result</b>", "text/plain": "plain"}
    text = page(tmp_path, V4.new_output("display_data", data))
    assert "<b>result</b>" in text
    assert "hidden" not in text


def test_pictures_are_inside_the_page(tmp_path):
    svg = V4.new_output("display_data", {"image/svg+xml": "<svg id='s'/>"})
    text = page(tmp_path, shown(image__png="aGVsbG8=\n"), svg)
    assert 'src="data:image/png;base64,aGVsbG8="' in text
    assert re.search(r"<svg id=.s.", text)


def test_printed_words_are_escaped(tmp_path):
    stream = V4.new_output("stream", name="stdout", text="<script>alert(1)</script>\x1b[31mred\x1b[0m")
    text = page(tmp_path, stream, shown(text__plain="<i>no</i>"))
    assert "&lt;script&gt;" in text
    assert "&lt;i&gt;no" in text
    assert "\x1b" not in text


def test_an_error_is_announced(tmp_path):
    error = V4.new_output("error", ename="ValueError", evalue="<b>bad</b>", traceback=["\x1b[31mTrace\x1b[0m"])
    text = page(tmp_path, error, run=NotebookRun("10_training", "10_training.ipynb", ok=False, error="Cell 2 <raised>"))
    assert text.count('role="alert"') == 2
    assert "ValueError" in text
    assert "&lt;b&gt;bad" in text
    assert "Cell 2 &lt;raised&gt;" in text


def test_headings_can_be_reached_from_the_top(tmp_path):
    text = page(tmp_path)
    anchor = re.search(r'<a href="#([^"]+)">One part</a>', text)
    assert anchor
    assert f'id="{anchor[1]}"' in text


def test_simulation_is_told(tmp_path):
    assert "SIMULATED" in page(tmp_path, simulated=True)


def test_hostile_names_of_the_run_are_escaped(tmp_path):
    whole = Report(1, "<script>", "<script>", "1.37", "m", "<script>", 1.0, None)
    nbformat.write(V4.new_notebook(), tmp_path / "a.ipynb")
    report.write_report(whole, tmp_path, notebooks={"<script>": tmp_path / "a.ipynb"})
    assert "<script" not in (tmp_path / "_script_.html").read_text()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"cells": 1}', None])
def test_a_notebook_that_cannot_be_read_gives_a_page_that_says_so(tmp_path, content):
    if content is not None:
        (tmp_path / "20_inference.ipynb").write_bytes(content)
    whole = Report(1, "r", "0.1", "1.37", "mine", "", 1.0, None)
    report.write_report(whole, tmp_path, notebooks={"20_inference": tmp_path / "20_inference.ipynb"})
    assert "cannot be read" in (tmp_path / "inference.html").read_text()
    assert (tmp_path / "report.json").is_file()


def test_no_notebook_page_can_take_the_place_of_the_index(tmp_path):
    nbformat.write(V4.new_notebook(), tmp_path / "index.ipynb")
    whole = Report(1, "r", "0.1", "1.37", "mine", "", 1.0, None)
    report.write_report(whole, tmp_path, notebooks={"index": tmp_path / "index.ipynb"})
    assert "evidence report" in (tmp_path / "index.html").read_text()


def test_reports_without_notebooks_load_no_notebook_tools():
    code = "import clusterproof.report, sys; sys.exit('nbconvert' in sys.modules or 'nbformat' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_grammar_is_not_built_once_it_is_blocked():
    code = (
        "from clusterproof.quick_import import block_uri_grammar; block_uri_grammar(); import nbformat, sys;"
        "sys.exit('lark' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
