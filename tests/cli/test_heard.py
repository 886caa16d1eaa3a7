"""What cannot be printed ends a command in one sentence, and never with the code of an answer."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from clusterproof.cli.main import main

FULL = Path("/dev/full")
full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
commands = pytest.mark.parametrize(
    "words", [["list"], ["list", "--json"], ["--help"], ["gap", "1.36", "1.37"]], ids=str
)


def ended(words):
    with pytest.raises(SystemExit) as end:
        main(words)
    return end.value.code


@full
@commands
@pytest.mark.parametrize("actions", ["", "true"])
def test_a_full_disk_behind_standard_output_is_said_in_a_sentence(monkeypatch, capsys, words, actions):
    monkeypatch.setenv("GITHUB_ACTIONS", actions)
    with FULL.open("w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert ended(words) == 3
        assert sys.stdout is stdout
    assert capsys.readouterr().err == "Standard output cannot be written: No space left on device.\n"


@commands
def test_a_reader_that_has_gone_is_told_nothing_and_is_no_answer(monkeypatch, capsys, words):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert ended(words) == 3
    assert capsys.readouterr().err == ""


@full
def test_an_error_that_nobody_can_read_keeps_its_code(monkeypatch):
    stderr = FULL.open("w")
    monkeypatch.setattr(sys, "stderr", stderr)
    try:
        assert ended(["gap", "1.36", "1.36"]) == 2
    finally:
        with suppress(OSError):
            stderr.close()


def test_a_command_without_standard_output_ends_as_it_would(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert ended(["--version"]) == 0
