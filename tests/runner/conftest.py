"""One testbed for all live tests of runs, and a way to make notebooks for them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import nbformat
import psutil
import pytest

import command
from clusterproof import parameters
from clusterproof.cluster.client import Cluster
from clusterproof.cluster.sweep import run_ids
from clusterproof.runner.source import own_notebooks

ADDONS = ",".join(parameters.load("testbed").testbed["addons"])  # so that a notebook without parameters finds it


@pytest.fixture(scope="session")
def state(tmp_path_factory):
    """Give the environment of commands whose testbeds are these tests' own; none is left at the end."""
    env = {"CLUSTERPROOF_STATE": str(tmp_path_factory.mktemp("state"))}
    yield env
    command.run("testbed", "down", "--all", env=env)


@pytest.fixture(scope="session")
def kubeconfig(state):
    """Give the kubeconfig of a running testbed."""
    said = command.run("testbed", "up", "--with", ADDONS, env=state)
    assert said.code == 0, said.err
    return Path(said.out.strip())


@pytest.fixture(scope="session")
def shared(kubeconfig):
    """Give a connection to the shared testbed."""
    return Cluster.connect(str(kubeconfig))


@pytest.fixture
def on_shared(state, kubeconfig, tmp_path):
    """Give the words and environment of a run on the shared testbed whose folder is `tmp_path / "out"`."""
    words = ["--platform", "testbed", "--kubeconfig", kubeconfig, "--out", tmp_path / "out"]
    return partial(command.run, "run", *words, env=state), partial(command.started, "run", *words, env=state)


@pytest.fixture
def clean(shared, state):
    """Check after a test that no run has left anything: in the cluster, or as a process."""
    yield
    assert run_ids(shared) == ()
    assert kernels(state["CLUSTERPROOF_STATE"]) == []


@pytest.fixture
def notebook(tmp_path):
    """Give a function that writes a notebook: the kit's beginning, and then these cells."""
    start = nbformat.read(own_notebooks()[0], as_version=4).cells

    def write(*sources, name="mine"):
        head = [cell for cell in start if cell.cell_type == "code"][:2]
        cells = [*head, *(nbformat.v4.new_code_cell(source) for source in sources)]
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return write


def kernels(state):
    """Return the command lines of kernels that runs with that state have started and that still run."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if "ipykernel_launcher" in line and process.status() != psutil.STATUS_ZOMBIE:
            found += [line] if owned(process, state) else []
    return found


def owned(process, state):
    try:
        return process.environ().get("CLUSTERPROOF_STATE") == state
    except psutil.Error:
        return False
