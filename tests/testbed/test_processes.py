"""Processes are known by pid and start time, and nothing else is ever ended."""

from __future__ import annotations

import signal
import subprocess
import sys

import psutil
import pytest

from clusterproof.errors import TestbedError
from clusterproof.testbed import processes, state
from clusterproof.testbed.state import Testbed

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


BUSY = """
import threading, time
for _ in range(4):
    threading.Thread(target=lambda: [each for each in iter(int, 1)], daemon=True).start()
print("busy", flush=True)
time.sleep(60)
"""


def test_no_thread_of_a_stopped_process_goes_on(tmp_path):
    processes.spawn(tmp_path, "busy", [sys.executable, "-c", BUSY])
    while not processes.last_lines(tmp_path, "busy"):
        assert processes.find(tmp_path, "busy")
    bed = Testbed("bed", tmp_path)
    bed.signal("busy", signal.SIGSTOP)
    process = processes.find(tmp_path, "busy")
    used = process.cpu_times()
    assert all(psutil.Process(each.id).status() == psutil.STATUS_STOPPED for each in process.threads())
    assert process.cpu_times() == used
    processes.stop(tmp_path)


def test_a_killed_process_has_ended_when_the_signal_was_sent(tmp_path):
    processes.spawn(tmp_path, "sleeper", SLEEPER)
    Testbed("bed", tmp_path).signal("sleeper", signal.SIGKILL)
    assert processes.find(tmp_path, "sleeper") is None


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
def test_a_process_that_goes_on_in_spite_of_a_signal_is_an_error(tmp_path, monkeypatch, number):
    processes.spawn(tmp_path, "sleeper", SLEEPER)
    monkeypatch.setattr(psutil.Process, "send_signal", lambda _self, _number: None)
    monkeypatch.setattr(state, "HEEDED_WITHIN", 0.05)
    with pytest.raises(TestbedError, match=f"goes on after {number.name}"):
        Testbed("bed", tmp_path).signal("sleeper", number)
    monkeypatch.undo()
    processes.stop(tmp_path)
