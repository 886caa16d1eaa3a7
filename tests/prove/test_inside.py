"""What is on real nodes beside objects is compared too, and can be sent signals by the words that it runs by."""

from __future__ import annotations

import json
import signal
import sys

import psutil
import pytest

from clusterproof.errors import TestbedError
from clusterproof.prove import inside, snapshot
from clusterproof.testbed import processes
from clusterproof.testbed.state import Testbed

NODE = """
import subprocess, sys, time
for word in ("kubelet", "container"):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", word])
print("up", flush=True)
time.sleep(60)
"""
ALONE = "time.sleep(60) container"  # not the one that starts it, among whose words it stands too
OUTERMOST = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {NODE!r}])"


@pytest.fixture
def bed(tmp_path, monkeypatch):
    """Give a testbed with one node, whose processes are children of one that is known, as with real ones."""
    monkeypatch.setattr(inside, "LASTING", 0.0)
    (tmp_path / "nodes" / "real-0" / "addresses" / "pods").mkdir(parents=True)
    (tmp_path / "spec.json").write_text(json.dumps({"tier": "node"}))
    processes.spawn(tmp_path, "real-0", [sys.executable, "-c", OUTERMOST])
    bed = Testbed("bed", tmp_path)
    while not bed.logs("real-0"):
        assert bed.pids()
    yield bed
    for child in psutil.Process(bed.pids()["real-0"]).children(recursive=True):
        child.kill()
    processes.stop(tmp_path)


def by(bed, word):
    children = psutil.Process(bed.pids()["real-0"]).children(recursive=True)
    return [each for each in children if inside._words(each).endswith(f") {word}")]


def differences(bed, before):
    return snapshot.differences(before, inside.take(bed))


def test_nothing_differs_where_nothing_has_happened(bed):
    before = inside.take(bed)
    assert {what.split()[-1] for _, kind, _, what in before if kind == "process"} >= {"kubelet", "container"}
    assert differences(bed, before) == []


def test_a_process_that_has_ended_is_missed(bed):
    before = inside.take(bed)
    [container] = by(bed, "container")
    container.kill()
    processes.wait([container], 5.0)
    [seen] = [each for each in differences(bed, before) if "container" in each]
    assert seen.startswith("process real-0/runs: ")
    assert seen.endswith("is gone")


def test_a_process_that_was_stopped_is_seen_until_it_goes_on(bed):
    before = inside.take(bed)
    told = inside.signal(bed, ALONE, signal.SIGSTOP, node="real-0")
    assert told == by(bed, "container")
    assert any("stopped: " in each for each in differences(bed, before))
    inside.go_on(told)
    while by(bed, "container")[0].status() == psutil.STATUS_STOPPED:
        pass
    assert differences(bed, before) == []


def test_what_is_killed_has_ended_and_the_others_have_not(bed):
    inside.signal(bed, ALONE, signal.SIGKILL)
    assert len(by(bed, "kubelet")) == 1
    assert by(bed, "container") == []


@pytest.mark.parametrize(("words", "node"), [("nobody runs by this", ""), ("container", "real-1")])
def test_that_there_is_nobody_to_send_a_signal_to_is_said(bed, words, node):
    with pytest.raises(TestbedError, match="Nothing on the real nodes heeds SIGSTOP"):
        inside.signal(bed, words, signal.SIGSTOP, node=node)


@pytest.mark.parametrize("name", ["cdi/claim.json", "addresses/pods/10.1.2.3"])
def test_a_device_that_stays_prepared_and_an_address_that_stays_given_are_seen(bed, name):
    before = inside.take(bed)
    file = bed.folder / "nodes" / "real-0" / name
    file.parent.mkdir(exist_ok=True)
    file.touch()
    assert differences(bed, before) == [f"file real-0/{name} is new"]


def test_which_address_is_given_next_is_nothing_that_was_left(bed):
    before = inside.take(bed)
    (bed.folder / "nodes" / "real-0" / "addresses" / "pods" / "last_reserved_ip.0").touch()
    assert differences(bed, before) == []


def test_simulated_nodes_have_no_inside(bed):
    (bed.folder / "spec.json").write_text(json.dumps({"tier": "sim"}))
    assert inside.take(bed) == {}
