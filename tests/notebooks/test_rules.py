"""Notebooks are prose with calls: what a file under notebooks/ may hold."""

from __future__ import annotations

import ast
import json
import re
import sys

import nbformat
import pytest

from clusterproof import paths, registry
from clusterproof.checklist import ids
from clusterproof.parameters import Values
from clusterproof.runner.source import NEEDED, own_notebooks, read

LINES = 8
LOGIC = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Try, ast.For, ast.While, ast.If, ast.IfExp,
    ast.With, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp,
)  # fmt: skip
NOTEBOOKS = own_notebooks()
READERS = tuple(sorted(paths.notebooks().glob("90*.ipynb")))
"""Notebooks that read finished runs: no run executes them, and they open no bench."""
OTHERS = tuple(sorted(paths.notebooks().glob("91*.ipynb")))
"""Notebooks with a question of their own: no run executes them either."""
PAIRED = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
EVERY = pytest.mark.parametrize("path", NOTEBOOKS + READERS + OTHERS, ids=lambda path: path.stem)
IMPORTS = {
    "from clusterproof.notebook import open_bench": NOTEBOOKS,
    "from clusterproof.compare import open_runs": READERS,
    "from clusterproof.notebook import my_job, open_bench": OTHERS,
    "from clusterproof.panel import panel": [path for path in NOTEBOOKS if path.name == "00_start_here.ipynb"],
}


def cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def text(cell):
    return "".join(cell["source"])


def code(path):
    return [cell for cell in cells(path) if cell["cell_type"] == "code"]


def test_the_kit_has_its_four_notebooks_and_every_file_is_one_of_them():
    assert [path.stem for path in NOTEBOOKS] == ["00_start_here", "10_training", "20_inference", "30_mlops"]
    assert [path.stem for path in READERS + OTHERS] == ["90_compare", "91_my_job"]
    there = [path for path in paths.notebooks().iterdir() if not path.name.startswith(".")]  # Jupyter's checkpoints
    assert sorted(there) == sorted(NOTEBOOKS + READERS + OTHERS)


@EVERY
def test_a_notebook_is_valid_and_every_cell_keeps_an_id_of_its_own(path):
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) >= (4, 5)
    assert len({cell["id"] for cell in notebook.cells}) == len(notebook.cells)


@EVERY
def test_a_notebook_is_stripped(path):
    assert [cell["id"] for cell in code(path) if cell["outputs"] or cell["execution_count"] is not None] == []


@EVERY
def test_metadata_says_nothing_but_the_kernel_and_the_parameters_tag(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    assert notebook["metadata"]["language_info"] == {"name": "python"}, "a version would change with every editor"
    assert [cell["metadata"] for cell in notebook["cells"] if cell["metadata"]] == [{"tags": ["parameters"]}]


@PAIRED
def test_the_parameters_cell_sets_what_a_run_hands_over_in_that_order_and_comes_first(path):
    assert tuple(read(path).parameters) == NEEDED
    assert code(path)[0]["metadata"] == {"tags": ["parameters"]}


@PAIRED
def test_the_parameters_are_the_same_in_every_notebook(path):
    assert text(code(path)[0]) == text(code(NOTEBOOKS[0])[0])


@EVERY
def test_code_is_short_and_holds_no_logic(path):
    for cell in code(path):
        source = text(cell)
        assert len(source.splitlines()) <= LINES, source
        found = [type(node).__name__ for node in ast.walk(ast.parse(source)) if isinstance(node, LOGIC)]
        assert found == [], source


@EVERY
def test_a_text_cell_stands_before_each_code_cell_and_a_title_before_all(path):
    kinds = [cell["cell_type"] for cell in cells(path)]
    assert text(cells(path)[0]).startswith("# ")
    assert [kinds[at - 1] for at, kind in enumerate(kinds) if kind == "code"] == ["markdown"] * kinds.count("code")


@EVERY
def test_only_the_kit_is_imported(path):
    for cell in code(path):
        for node in ast.walk(ast.parse(text(cell))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert path in IMPORTS[ast.unparse(node)]


@PAIRED
def test_a_notebook_opens_the_bench_with_every_parameter_and_ends_with_cleaning_up(path):
    [opened] = [
        node
        for cell in code(path)
        for node in ast.walk(ast.parse(text(cell)))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "open_bench"
    ]
    handed = [ast.unparse(each) for each in opened.args] + [str(word.arg) for word in opened.keywords]
    assert handed == list(NEEDED)
    assert all(ast.unparse(word.value) == word.arg for word in opened.keywords)
    assert text(code(path)[-1]) == "bench.close()"


@pytest.mark.parametrize("path", READERS, ids=lambda path: path.stem)
def test_a_reader_of_runs_begins_with_its_parameters_and_touches_no_cluster(path):
    assert code(path)[0]["metadata"] == {"tags": ["parameters"]}
    assert text(code(path)[0]).startswith("runs = []")
    assert "bench" not in "".join(map(text, code(path)))


def test_the_notebook_about_a_job_hands_over_what_its_first_cell_sets_and_ends_with_cleaning_up():
    [path] = OTHERS
    assert code(path)[0]["metadata"] == {"tags": ["parameters"]}
    names = [line.split(" = ")[0] for line in text(code(path)[0]).splitlines()]
    assert names == ["platform", "kubeconfig", "context", "values", "job"]
    used = {node.id for cell in code(path)[1:] for node in ast.walk(ast.parse(text(cell))) if isinstance(node, ast.Name)}
    assert set(names) <= used
    assert text(code(path)[-1]) == "bench.close()"


def test_every_check_of_the_kit_is_run_by_exactly_one_notebook_and_nothing_else_is():
    run = [name for path in NOTEBOOKS for name in read(path).requirements]
    assert sorted(run) == sorted({check.requirement for check in registry.declared()})


@EVERY
def test_every_word_in_code_marks_that_looks_like_an_id_is_one(path):
    known = {*ids(), *NEEDED, *Values.model_fields}
    words = [word for cell in cells(path) for word in re.findall(r"`([^`]+)`", text(cell))]
    assert [word for word in words if re.fullmatch(r"[a-z]+_[a-z_]+", word) and word not in known] == []


@EVERY
def test_links_lead_to_files(path):
    links = [link for cell in cells(path) for link in re.findall(r"\]\(([^)#]+)", text(cell))]
    assert [link for link in links if "://" not in link and not (path.parent / link).is_file()] == []


def test_the_check_for_logic_sees_logic():
    found = [node for node in ast.walk(ast.parse("x = [y for y in z]\nif x:\n    pass")) if isinstance(node, LOGIC)]
    assert len(found) == 2, sys.version
