"""A wheel works alone: with its notebooks, platform files, manifests and pages, far from any checkout."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from clusterproof import paths
from clusterproof.checklist import ids
from containerfile import tracked

ROOT = paths.PACKAGE.parents[1]

SHIPPED = {"lib/clusterproof/": "clusterproof/", "notebooks/": "clusterproof/_shipped/notebooks/",
           "parameters/": "clusterproof/_shipped/parameters/"}  # fmt: skip


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Give a function that runs `clusterproof` as installed from the wheel, elsewhere, and gives how it ended.

    The environment is a new one; the packages that the kit depends on are borrowed from ours, and no checkout is.
    """
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    uv = [Path(sys.executable).with_name("uv"), "pip", "install", "--quiet", "--python", python]
    subprocess.run([*uv, "--no-deps", wheel], check=True)
    own = next((folder / "venv" / "lib").glob("python*/site-packages"))
    (own / "borrowed.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    work = folder / "work"
    work.mkdir()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CLUSTERPROOF", "KUBE"))}
    env |= {"HOME": str(folder), "COLUMNS": "200", "CLUSTERPROOF_STATE": str(folder / "state")}
    env["JUPYTER_PATH"] = f"{sys.prefix}/share/jupyter"  # of the borrowed packages too

    def run(*words, program="clusterproof"):
        return subprocess.run(
            [python.with_name(program), *words], cwd=work, env=env, capture_output=True, text=True, check=False
        )

    run.work = work
    return run


def names(wheel):
    return set(zipfile.ZipFile(wheel).namelist())


def test_every_file_of_the_kit_is_in_the_wheel(wheel):
    there = names(wheel)
    wanted = {
        place + name.removeprefix(folder)
        for name in tracked(ROOT)
        for folder, place in SHIPPED.items()
        if name.startswith(folder)
    }
    assert len(wanted) > 500
    assert sorted(wanted - there) == []


def test_nothing_else_is(wheel):
    tops = {name.split("/")[0] for name in names(wheel)}
    assert {top.split("-")[0] for top in tops} == {"clusterproof"}
    assert not [name for name in names(wheel) if name.endswith((".pyc", ".ipynb_checkpoints")) or "/reports/" in name]
    assert wheel.stat().st_size < 3_000_000


def test_it_is_the_wheel_that_is_tried(installed):
    said = installed("-c", "import clusterproof; print(clusterproof.__file__)", program="python")
    assert "site-packages/clusterproof/__init__.py" in said.stdout
    assert str(ROOT) not in said.stdout


def test_it_knows_its_checks_and_platforms(installed):
    assert installed("--version").stdout.startswith("clusterproof ")
    rows = json.loads(installed("list", "--json").stdout)["requirements"]
    assert {row["id"] for row in rows} >= set(ids())
    assert "--in-cluster" in installed("run", "--help").stdout
    assert installed("plan", "--platform", "cluster", "--roles").stdout.count("kind: ClusterRole\n") == 1


def test_it_runs_its_notebooks_and_writes_its_pages(installed, api, tmp_path):
    config = tmp_path / "kubeconfig"
    entries = {"apiVersion": "v1", "kind": "Config", "current-context": "x", "users": [{"name": "u", "user": {}}]}
    entries |= {"clusters": [{"name": "c", "cluster": {"server": api.url}}]}
    entries |= {"contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}]}
    config.write_text(json.dumps(entries), encoding="utf-8")
    said = installed("run", "--kubeconfig", config, "--json", "--only", "robust_controller,ai_inference")
    assert said.returncode == 0, said.stderr
    data = json.loads(said.stdout)
    assert data["problems"] == []
    folder = installed.work / "reports" / data["run_id"]
    assert data["folder"] == str(folder)
    assert {"index.html", "report.json", "PRODUCT.yaml", "20_inference.ipynb", "inference.html"} <= {
        each.name for each in folder.iterdir()
    }
    assert (folder / "evidence" / "ai_inference.html").is_file()
