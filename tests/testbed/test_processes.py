"""Processes are known by pid and start time, and nothing else is ever ended."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from clusterproof.testbed import processes

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
]


@pytest.fixture
def bystander():
    with subprocess.Popen(SLEEPER) as process:
        yield process
        process.kill()


def test_a_spawned_process_is_found_and_stopped(tmp_path):
    pid = processes.spawn(tmp_path, "sleeper", SLEEPER)
    assert processes.find(tmp_path, "sleeper").pid == pid
    processes.stop(tmp_path)
    assert not psutil.pid_exists(pid)


def test_a_reused_pid_is_not_killed(tmp_path, bystander):
    processes.record(tmp_path, "old", bystander.pid)
    note = tmp_path / "processes" / "old"
    pid, started = note.read_text().split()
    note.write_text(f"{pid} {float(started) - 1000}")
    assert processes.find(tmp_path, "old") is None
    processes.stop(tmp_path)
    assert bystander.poll() is None


def test_a_note_that_was_cut_short_is_no_process(tmp_path):
    (tmp_path / "processes").mkdir()
    (tmp_path / "processes" / "torn").write_text("12")
    assert processes.find(tmp_path, "torn") is None
    processes.stop(tmp_path)


def test_a_process_that_was_gone_before_it_was_noted_counts_as_missing(tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    processes.record(tmp_path, "brief", process.pid)
    assert processes.names(tmp_path) == ["brief"]
    assert processes.find(tmp_path, "brief") is None


def test_a_process_that_ignores_the_request_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "GRACE", 0.1)
    pid = processes.spawn(tmp_path, "deaf", DEAF)
    log = tmp_path / "logs" / "deaf.log"
    while "deaf" not in log.read_text():
        psutil.Process(pid)  # raises if it died instead
    processes.stop(tmp_path)
    assert not psutil.pid_exists(pid)


def test_a_log_ends_with_the_last_lines(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "x.log").write_text("1\n2\n3\n")
    assert processes.last_lines(tmp_path, "x", 2) == "2\n3"
    assert processes.last_lines(tmp_path, "none") == ""
