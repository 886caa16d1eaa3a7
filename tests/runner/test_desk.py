"""A notebook on the disk is always whole, and the last version survives a disk that refuses."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from clusterproof.runner.desk import Desk


@pytest.fixture
def full(monkeypatch):
    """Give a switch that fills the disk: half of what is written arrives."""
    real, state = Path.open, {"full": False}

    def write(path, *args, **kwargs):
        file = real(path, *args, **kwargs)
        if state["full"] and args[:1] == ("w",):
            through = file.write

            def half(text):
                through(text[: len(text) // 2])
                raise OSError(errno.ENOSPC, "No space left on device")

            file.write = half
        return file

    monkeypatch.setattr(Path, "open", write)
    return state


def test_each_version_replaces_the_one_before(tmp_path):
    desk = Desk("source", tmp_path / "a.ipynb")
    desk.write("one", "")
    desk.write("two", "")
    assert (tmp_path / "a.ipynb").read_text() == "two"
    assert desk.read("anything") == "source"
    assert desk.problem == ""
    assert [path.name for path in tmp_path.iterdir()] == ["a.ipynb"]


def test_a_full_disk_keeps_the_version_before_and_says_so(tmp_path, full):
    desk = Desk("source", tmp_path / "a.ipynb")
    desk.write("one", "")
    full["full"] = True
    desk.write("two, which is longer", "")
    assert (tmp_path / "a.ipynb").read_text() == "one"
    assert desk.text == "two, which is longer"
    assert "No space left on device" in desk.problem
    assert [path.name for path in tmp_path.iterdir()] == ["a.ipynb"]


def test_a_disk_that_has_room_again_gets_the_last_version(tmp_path, full):
    desk = Desk("source", tmp_path / "a.ipynb")
    with desk.address():
        full["full"] = True
        desk.write("one", "")
        full["full"] = False
    assert (tmp_path / "a.ipynb").read_text() == "one"
    assert desk.problem == ""


def test_papermill_finds_a_desk_only_while_its_address_is_in_use(tmp_path):
    from papermill.iorw import papermill_io

    one, two = Desk("1", tmp_path / "a.ipynb"), Desk("2", tmp_path / "{a}.ipynb")
    before = list(papermill_io._handlers)
    with one.address() as first, two.address() as second:
        assert papermill_io.get_handler(first) is one
        assert papermill_io.get_handler(second) is two
        assert "{" not in second
        assert str(tmp_path) not in first
    assert papermill_io._handlers == before
