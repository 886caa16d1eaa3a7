"""A Binder: its environment made from scratch by a plain user, and notebooks executed there against the testbed.

What this does not show: Conda itself, which is not here (a virtual environment of this machine's Python stands in for
its Python and pip), and Go building the testbed's programs, which tests of their own show; they come from the cache.
"""

from __future__ import annotations

import os

from ruamel.yaml import YAML

from clusterproof import paths

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
