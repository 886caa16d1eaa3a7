"""Processes are put back as they were: continued, started again by the same words, and what is new is ended."""

from __future__ import annotations

import os
import signal
import sys

import psutil
import pytest

from clusterproof.errors import TestbedError
from clusterproof.prove.components import RESTARTABLE, Components
from clusterproof.testbed import processes
from clusterproof.testbed.state import Testbed

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]


@pytest.fixture
def bed(tmp_path):
    yield Testbed("bed", tmp_path)
    processes.stop(tmp_path)


@pytest.fixture
def components(bed):
    processes.spawn(bed.folder, "sleeper", SLEEPER, env={"OWN": "1"})
    while not bed.logs("sleeper"):
        assert bed.pids()
    return Components.of(bed)


def put_back(components):
    touched = components.put_back()
    while differs := list(components.differences()):  # the system fills in a new process' words a moment later
        assert differs == ["sleeper runs otherwise"]
    return touched


def test_what_runs_as_it_did_is_left_alone(bed, components):
    pid = bed.pids()["sleeper"]
    assert put_back(components) is False
    assert bed.pids() == {"sleeper": pid}


def test_what_was_stopped_goes_on_as_the_same_process(bed, components):
    pid = bed.pids()["sleeper"]
    bed.signal("sleeper", signal.SIGSTOP)
    assert list(components.differences()) == ["sleeper runs otherwise"]
    assert put_back(components) is True
    assert bed.pids() == {"sleeper": pid}


def test_a_scheduler_that_slept_is_started_again_since_it_may_have_missed_what_went_on(bed, components, monkeypatch):
    monkeypatch.setitem(RESTARTABLE, "sleeper", ("scheduler", "/readyz"))
    monkeypatch.setattr(Components, "_serves", lambda _self, _name: True)
    pid = bed.pids()["sleeper"]
    bed.signal("sleeper", signal.SIGSTOP)
    assert put_back(components) is True
    assert not psutil.pid_exists(pid)
    assert psutil.Process(bed.pids()["sleeper"]).cmdline() == SLEEPER


def test_what_ended_is_started_again_by_the_same_words_and_environment(bed, components):
    processes.kill([psutil.Process(bed.pids()["sleeper"])])
    assert list(components.differences()) == ["sleeper has ended"]
    assert put_back(components) is True
    again = psutil.Process(bed.pids()["sleeper"])
    assert again.cmdline() == SLEEPER
    assert again.environ()["OWN"] == "1"


def test_what_was_started_with_other_words_is_started_again_without_them(bed, components):
    bed.restart("sleeper", {"more": "words"})
    assert list(components.differences()) == ["sleeper runs otherwise"]
    assert put_back(components) is True
    assert psutil.Process(bed.pids()["sleeper"]).cmdline() == SLEEPER


def test_what_is_new_is_ended(bed, components):
    pid = processes.spawn(bed.folder, "another", SLEEPER)
    assert list(components.differences()) == ["another is new"]
    assert put_back(components) is True
    assert not psutil.pid_exists(pid)
    assert processes.names(bed.folder) == ["sleeper"]


def test_what_ended_on_a_real_node_is_not_started_beside_it(bed, components, monkeypatch):
    monkeypatch.setattr(processes, "is_elsewhere", lambda _process: True)
    with pytest.raises(TestbedError, match="runs on a real node"):
        bed.restart("sleeper")
    there = Components.of(bed)
    processes.kill([psutil.Process(bed.pids()["sleeper"])])
    with pytest.raises(TestbedError, match="sleeper has ended"):
        there.put_back()
    assert bed.pids() == {}


@pytest.mark.skipif(not (sys.platform == "linux" and os.geteuid() == 0), reason="NOT TESTED: namespaces need root")
def test_a_process_in_namespaces_of_its_own_is_elsewhere(bed):
    for name, words in (("here", []), ("there", ["unshare", "--net"])):
        processes.spawn(bed.folder, name, [*words, *SLEEPER])
        while not bed.logs(name):
            assert bed.pids()
    found = {name: processes.is_elsewhere(psutil.Process(pid)) for name, pid in bed.pids().items()}
    assert found == {"here": False, "there": True}
