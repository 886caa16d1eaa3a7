"""The notebooks run in every way that people run notebooks."""

from __future__ import annotations

import json
import subprocess
import sys

import nbclient
import nbformat
import pytest

from clusterproof import paths
from clusterproof.notebook.bench import MIME

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("clean")]


def recorded(path_or_notebook):
    """Return requirement and outcome of every result that an executed notebook holds."""
    notebook = path_or_notebook
    if not isinstance(notebook, nbformat.NotebookNode):
        notebook = nbformat.read(path_or_notebook, as_version=4)
    data = [out["data"] for cell in notebook.cells for out in cell.get("outputs", []) if "data" in out]
    return {each[MIME]["result"]["requirement"]: each[MIME]["result"]["outcome"] for each in data if MIME in each}


def shown(notebook):
    data = [out["data"] for cell in notebook.cells for out in cell.get("outputs", []) if "data" in out]
    return " ".join(each.get("text/plain", "") for each in data)


def test_papermill_alone_executes_a_notebook(kubeconfig, tmp_path):
    target = tmp_path / "out.ipynb"
    words = [paths.notebooks() / "10_training.ipynb", target, "-p", "kubeconfig", kubeconfig]
    words += ["-y", "only: [dra_support]"]
    said = subprocess.run(
        [sys.executable, "-m", "papermill", *map(str, words)], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    assert "unknown parameter" not in said.stderr
    assert recorded(target) == {"dra_support": "PASS"}
    assert "gang_scheduling: not asked for in this run." in shown(nbformat.read(target, as_version=4))
    assert "Nothing of this run is left" in shown(nbformat.read(target, as_version=4))


def test_a_notebook_runs_cell_by_cell_without_parameters_on_the_testbed_that_runs(kubeconfig, state, monkeypatch):
    monkeypatch.setenv("CLUSTERPROOF_STATE", state["CLUSTERPROOF_STATE"])
    notebook = nbformat.read(paths.notebooks() / "20_inference.ipynb", as_version=4)
    client = nbclient.NotebookClient(notebook, resources={"metadata": {"path": str(paths.notebooks())}}, timeout=300)
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
    assert recorded(notebook)["ai_inference"] == "PASS"
    assert "The testbed 'default' runs." in shown(notebook)
    assert "Nothing of this run is left" in shown(notebook)


def test_a_notebook_of_ones_own_gets_its_own_parameters_as_what_they_are(on_shared, notebook, tmp_path):
    path = notebook("bench.run('ai_inference')", "assert (name, count, flag) == ('x: y', 3, True), (name, count, flag)")
    mine = json.loads(path.read_text())
    mine["cells"][0]["source"] += "\nname = 'nobody'\ncount = 1\nflag = False\n"
    path.write_text(json.dumps(mine))
    run, _ = on_shared
    said = run(
        path, "--json", "-p", "name", "x: y", "-p", "count=3", "-p", "flag", "true", "-p", "gateway_requests=100"
    )
    assert said.code == 0, said.out
    assert said.data["problems"] == []
    assert said.outcomes["ai_inference"] == "PASS"
    assert said.outcomes["gang_scheduling"] == "SKIP"
    assert (tmp_path / "out" / "mine.ipynb").is_file()
    assert (tmp_path / "out" / "mine.html").is_file()
