"""A testbed is lost if and only if the run that started it is gone."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from clusterproof import testbed
from clusterproof.runner import orphans


@pytest.fixture
def beds(tmp_path, monkeypatch):
    """Give a function that makes folders of testbeds and tells which of them are left after the orphans are gone."""
    monkeypatch.setenv("CLUSTERPROOF_STATE", str(tmp_path))

    def left(*names):
        for name in names:
            (tmp_path / "testbeds" / name).mkdir(parents=True)
        removed = orphans.remove(lambda _line: None)
        assert set(removed) == set(names) - {bed.name for bed in testbed.statuses()}
        return [bed.name for bed in testbed.statuses()]

    return left


def gone():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        started = int(psutil.Process(process.pid).create_time())
    return f"run-{process.pid}-{started}"


def test_the_testbed_of_a_run_that_goes_on_stays(beds):
    assert beds(orphans.name_of_ours()) == [orphans.name_of_ours()]


def test_the_testbed_of_a_run_that_is_gone_is_removed(beds):
    assert beds(gone()) == []


def test_the_testbed_of_a_run_whose_process_id_has_another_owner_now_is_removed(beds):
    _, pid, started = orphans.name_of_ours().split("-")
    assert beds(f"run-{pid}-{int(started) - 60}") == []


def test_a_start_that_the_system_reckons_a_second_later_is_the_same_process(beds):
    _, pid, started = orphans.name_of_ours().split("-")
    name = f"run-{pid}-{int(started) - 1}"
    assert beds(name) == [name]


@pytest.mark.parametrize("name", ["default", "mine", "run-1", "run-x-y", "run-999999-1-1", "xrun-999999-1"])
def test_a_testbed_that_no_run_has_started_stays(beds, name):
    assert beds(name) == [name]
    assert Path.cwd()


def test_folders_of_runs_that_are_gone_are_removed_and_no_others(tmp_path, monkeypatch):
    monkeypatch.setattr(orphans, "_place", lambda: str(tmp_path))
    ours = Path(orphans.folder())
    lost, others = tmp_path / f"clusterproof-{gone()}-abc123", tmp_path / "clusterproof-report-abc123"
    for folder in (lost, others):
        folder.mkdir()
    (lost / "kernel-1").touch()
    orphans.remove_folders()
    assert sorted(tmp_path.iterdir()) == sorted([ours, others])


@pytest.mark.parametrize("deep", [False, True], ids=["as it is", "deep"])
def test_the_folder_of_a_run_is_private_and_leaves_room_for_the_address_of_a_socket(tmp_path, monkeypatch, deep):
    if deep:
        place = tmp_path / ("x" * 90)
        place.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(place))
    folder = Path(orphans.folder())
    try:
        assert folder.stat().st_mode & 0o077 == 0
        with socket.socket(socket.AF_UNIX) as there:
            there.bind(str(folder / "kernel-65535"))
    finally:
        shutil.rmtree(folder)
