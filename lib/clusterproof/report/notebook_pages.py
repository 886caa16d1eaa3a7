"""Executed notebooks as pages: prose and results to read, code folded away, no script."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from clusterproof.quick_import import block_uri_grammar
from clusterproof.render import moment
from clusterproof.report import pages
from clusterproof.report.shorter import styles_once

if TYPE_CHECKING:
    from pathlib import Path

    from clusterproof.model import Report

# No widget type: a widget without its script is blank, and each of ours also has text/html.
_SHOWN = ["text/html", "image/svg+xml", "image/png", "image/jpeg", "text/markdown", "text/plain"]


def page(report: Report, name: str, path: Path) -> str:
    """Return one executed notebook as a page; one that cannot be read gives a page that says so."""
    block_uri_grammar()
    notebook = _read(name, path)
    run = next((run for run in report.notebooks if run.name == name), None)
    about: dict[str, Any] = {
        "style": pages.style(), "report": report, "name": name, "run": run, "headings": _headings(notebook),
        "started": moment(report.started),
    }  # fmt: skip
    text, _ = _exporter().from_notebook_node(notebook, {"clusterproof": about})
    return styles_once(str(text))


def _read(name: str, path: Path) -> Any:
    import nbformat  # noqa: PLC0415 - with nbconvert half a second, and only reports with notebooks need it

    nb: Any = nbformat  # half of its functions are typed
    try:
        text = path.read_text("utf-8")
        # The version is given, or the library would take a file without one for its first version and trip over it.
        nb.validate(json.loads(text), version=4)
        return nb.v4.reads(text)
    except (OSError, ValueError, RecursionError, nb.ValidationError) as error:
        note = f"# {name}\n\nThe executed notebook cannot be read: {type(error).__name__}."
        return nb.v4.new_notebook(cells=[nb.v4.new_markdown_cell(note)])


@cache
def _exporter() -> Any:
    """Return the one exporter that all pages share: loading its templates costs more than a page."""
    import nbconvert  # noqa: PLC0415
    from traitlets.config import Config  # noqa: PLC0415

    config = Config()
    config.NbConvertBase.display_data_priority = _SHOWN
    config.HTMLExporter.preprocessors = []
    library: Any = nbconvert  # half of its functions are typed
    return library.HTMLExporter(config=config, extra_template_basedirs=[str(pages.TEMPLATES)], template_name="evidence")


def _headings(notebook: Any) -> list[tuple[str, str]]:
    """Return words and anchors of the second-level headings, with the anchors that nbconvert gives them."""
    lines = (line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines())
    words = [line.removeprefix("## ").strip() for line in lines if line.startswith("## ")]
    return [(text, text.replace(" ", "-")) for text in words]
