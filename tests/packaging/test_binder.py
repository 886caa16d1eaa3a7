"""A Binder: its environment made from scratch by a plain user, and notebooks executed there against the testbed.

What this does not show: Conda itself, which is not here (a virtual environment of this machine's Python stands in for
its Python and pip), and Go building the testbed's programs, which tests of their own show; they come from the cache.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import nbformat
import pytest
from ruamel.yaml import YAML

from clusterproof import paths, testbed
from clusterproof.testbed import addons
from containerfile import tracked
from rootfs import PATH, Root

ROOT = paths.PACKAGE.parents[1]
USER, HOME, PROGRAMS = 1000, "/home/user", "/programs"
STEPS = ("postBuild", "start")  # of binder/, in the order in which Binder runs them


def test_the_environment_names_what_the_kit_needs():
    wanted = YAML(typ="safe").load((ROOT / "binder" / "environment.yml").read_text(encoding="utf-8"))
    names = [each.split(">")[0].split("=")[0] for each in wanted["dependencies"]]
    assert names == ["python", "pip", "go"]
    assert "python=3.11" in wanted["dependencies"]
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_what_binder_runs_can_be_run():
    there = [each.name for each in (ROOT / "binder").iterdir()]
    assert set(there) <= {"environment.yml", *STEPS}
    assert all(os.access(ROOT / "binder" / name, os.X_OK) for name in STEPS if name in there)


@pytest.fixture(scope="module")
def binder(tmp_path_factory):
    """Give a function that runs a command as a Binder's user does, in a clone whose postBuild has been run."""
    found = testbed.fetch(testbed.Spec(addons=addons.names()), progress=lambda _line: None)
    folder = tmp_path_factory.mktemp("binder")
    root = Root.made(folder, mounts=_sources())
    home, programs = folder / HOME.lstrip("/"), folder / PROGRAMS.lstrip("/")
    programs.mkdir()
    for name, path in found.items():
        if path.is_relative_to(paths.cache()):  # the others come with their wheels
            _linked(path, programs / name)
    cache = home / ".cache" / "clusterproof"
    cache.mkdir(parents=True)
    shutil.copy2(paths.cache() / "modules.json", cache)
    for name in tracked(ROOT):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, home / name)
    for path in (home, *home.rglob("*")):
        os.chown(path, USER, USER)
    env = {"HOME": HOME, "PATH": f"{HOME}/env/bin:{PATH}", "CLUSTERPROOF_BIN": PROGRAMS, "GOPROXY": "off"}

    def run(*words):
        return root.run(words, user=USER, env=env, cwd=HOME)

    made = run("python", "-m", "venv", f"{HOME}/env")
    assert made.returncode == 0, made.stderr
    built = run("./binder/postBuild")
    assert built.returncode == 0, f"{built.stdout[-2000:]}{built.stderr[-2000:]}"
    run.home = home
    yield run
    shutil.rmtree(folder, ignore_errors=True)


def _sources():
    """Return where the sources of the add-ons lie, to be seen inside in the same place."""
    known = json.loads((paths.cache() / "modules.json").read_text(encoding="utf-8"))
    return {path: Path(path) for path in known.values() if Path(path).is_dir()}


def _linked(path, target):
    try:
        os.link(path, target)
    except OSError:  # another disk
        shutil.copy2(path, target)


@pytest.mark.live
@pytest.mark.slow
def test_the_first_notebook_and_a_check_run_on_the_testbed_without_root(binder):
    script = """
        set -e
        jupyter nbconvert --to notebook --execute --output-dir out notebooks/00_start_here.ipynb
        clusterproof run --only gang_scheduling -p window 2 --json > out/run.json
        clusterproof testbed down
        id -u > out/user
        cat /proc/[0-9]*/comm > out/left
    """
    said = binder("bash", "-c", script)
    assert said.returncode == 0, said.stderr[-3000:]
    out = binder.home / "out"
    assert (out / "user").read_text() == f"{USER}\n"
    outcomes = {each["id"]: each for each in json.loads((out / "run.json").read_text())["requirements"]}
    assert outcomes["gang_scheduling"]["outcome"] == "PASS"
    assert outcomes["gang_scheduling"]["simulated"] is True
    shown = str(nbformat.read(out / "00_start_here.ipynb", as_version=4))
    assert "simulated" in shown
    assert "'ename'" not in shown
    assert not {"etcd", "kube-apiserver"} & set((out / "left").read_text().split())
