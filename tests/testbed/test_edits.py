"""A program whose source is changed before it is built: the change is checked, and the module stays as it is."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from clusterproof.errors import TestbedError
from clusterproof.testbed import build
from clusterproof.testbed.programs import Program, program, table

SOURCE = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Print(":8080", ":8080") }\n'
EDIT = {"file": "main.go", "replace": '":8080"', "by": '"127.0.0.1"', "times": 2}
MADE_UP = Program("made-up", "v1.0.0", module="made-up", package="example.org/made-up", edits=(EDIT,))
EDITED = [name for name in table() if program(name).edits]


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Give a module of one file as Go keeps it, read-only, and a folder that pins it."""
    source, pin = tmp_path / "source", tmp_path / "pin"
    for folder, name in ((source, "example.org/made-up"), (pin, "pin")):
        folder.mkdir()
        (folder / "go.mod").write_text(f"module {name}\n\ngo 1.26\n")
        (folder / "go.sum").touch()
    (pin / "go.mod").write_text("module pin\n\ngo 1.26\n\nrequire example.org/made-up v1.0.0\n")
    (source / "main.go").write_text(SOURCE)
    (source / "main.go").chmod(0o444)
    monkeypatch.setattr(build, "module_dir", lambda _module: source)
    monkeypatch.setattr(build, "module_folder", lambda _module: pin)
    monkeypatch.setattr(build, "main_module", lambda _module: "example.org/made-up")
    return source


def quiet(_line):
    """Take a line of progress and keep it to oneself."""


@pytest.mark.live
def test_what_is_built_is_the_changed_source(module, tmp_path):
    built = tmp_path / "bin" / "made-up"
    build.build([MADE_UP], [built], progress=quiet)
    assert subprocess.run([built], capture_output=True, text=True, check=True).stdout == "127.0.0.1127.0.0.1"
    assert (module / "main.go").read_text() == SOURCE


@pytest.mark.parametrize("times", [1, 3])
def test_an_edit_that_does_not_fit_the_source_is_refused(module, tmp_path, times):
    program = replace(MADE_UP, edits=({**EDIT, "times": times},))
    with pytest.raises(TestbedError, match=rf"not {times} times"):
        build.build([program], [tmp_path / "bin" / "made-up"], progress=quiet)
    assert [each.name for each in (tmp_path / "bin").iterdir()] == []


def test_a_changed_program_is_never_taken_for_one_that_was_changed_in_another_way():
    other = replace(MADE_UP, edits=({**EDIT, "by": '":0"'},))
    assert len({MADE_UP.key, other.key, replace(MADE_UP, edits=()).key}) == 3


@pytest.mark.parametrize("name", EDITED)
def test_a_changed_program_is_not_taken_from_a_release(name):
    assert program(name).release == {}
    assert program(name).wheel == {}


def test_there_is_a_changed_program():
    assert EDITED
