"""A build that is interrupted ends its compiler and leaves nothing half done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil
import pytest

from clusterproof.errors import Interrupted
from clusterproof.stopping import SIGNALS, Stopping
from clusterproof.testbed import processes
from clusterproof.testbed.build import build
from clusterproof.testbed.programs import program

# Instead of Go: says that it is new enough, then compiles for a minute in a child of its own.
SLOW = """#!/bin/sh
[ "$1" = version ] && { echo go version go1.26.0 linux/amd64; exit; }
/bin/sleep 60 &
echo $$ $! > "$FAKE_GO_PIDS.draft"
/bin/mv "$FAKE_GO_PIDS.draft" "$FAKE_GO_PIDS"
wait
"""
BUILDS = """#!/bin/sh
[ "$1" = version ] && { echo go version go1.26.0 linux/amd64; exit; }
while [ "$1" != -o ]; do shift; done
echo "$PWD" > "$2"
"""


@pytest.fixture
def fake_go(tmp_path, monkeypatch):
    """Give a function that puts a script in the place of Go."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("CLUSTERPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CLUSTERPROOF_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("FAKE_GO_PIDS", str(tmp_path / "pids"))
    monkeypatch.delenv("CLUSTERPROOF_BIN", raising=False)

    def fake_go(text):
        script = tmp_path / "bin" / "go"
        script.parent.mkdir(exist_ok=True)
        script.write_text(text)
        script.chmod(0o755)

    return fake_go


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_an_interrupted_build_ends_its_compiler_and_leaves_no_draft(fake_go, tmp_path, number):
    fake_go(SLOW)
    absent = (tmp_path / "nowhere").as_uri()
    command = [sys.executable, "-m", "clusterproof", "testbed", "fetch", "--mirror", absent]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not (tmp_path / "pids").exists():
            assert process.poll() is None
        compilers = [psutil.Process(int(word)) for word in (tmp_path / "pids").read_text().split()]
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 3
    assert f"Stopped by {number.name}." in said
    assert processes.wait(compilers, 10) == []
    assert [file.name for file in (tmp_path / "cache" / "bin").iterdir()] == [".lock"]


def test_a_build_happens_in_its_modules_folder_and_its_program_goes_to_the_cache(fake_go, tmp_path):
    fake_go(BUILDS)
    told = []
    target = tmp_path / "cache" / "bin" / "etcd"
    build([program("etcd")], [target], progress=told.append)
    assert target.read_text().rstrip().endswith(f"modules{os.sep}etcd")
    assert told[0].startswith("building etcd v")
    assert told[-1].startswith("built etcd in ")
    assert [file.name for file in target.parent.iterdir()] == ["etcd"]


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_while_the_compiler_is_being_started_ends_it_too(fake_go, tmp_path, monkeypatch, number):
    fake_go(SLOW)
    started = []

    class Interrupting(subprocess.Popen):
        def __init__(self, command, **options):
            super().__init__(command, **options)
            if command[1] == "build":
                started.append(self)
                signal.raise_signal(number)  # before anybody has got hold of the process

    monkeypatch.setattr(subprocess, "Popen", Interrupting)
    with Stopping(), pytest.raises(Interrupted, match=number.name):
        build([program("etcd")], [tmp_path / "cache" / "bin" / "etcd"], progress=lambda _line: None)
    assert [process.returncode for process in started] == [-signal.SIGKILL]
