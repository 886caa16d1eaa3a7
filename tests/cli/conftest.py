"""A place of its own for each command: state, reports and working directory."""

from __future__ import annotations

from functools import partial

import psutil
import pytest

import command
from clusterproof import paths


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Give an empty folder in which everything that a command creates would lie."""
    folder = tmp_path / "place"
    folder.mkdir()
    monkeypatch.setenv("CLUSTERPROOF_STATE", str(folder / "state"))
    monkeypatch.setattr(paths, "reports", lambda: folder / "reports")
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def cli(place, capsys):
    """Give the command line."""
    return partial(command.main, capsys)


@pytest.fixture
def created(place):
    """Give a function that tells what there is: files in the place, and processes of this one's."""
    before = set(psutil.Process().children(recursive=True))

    def look():
        processes = set(psutil.Process().children(recursive=True)) - before
        return sorted(str(path.relative_to(place)) for path in place.rglob("*")) + sorted(map(str, processes))

    return look
