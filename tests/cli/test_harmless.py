"""What others' words hold is never a command of GitHub Actions', wherever it is printed, and stays the same data."""

from __future__ import annotations

import io
import json
import re
import sys

import pytest
import typer
from rich.console import Console

from clusterproof.cli import harmless
from clusterproof.cli.words import as_json_text

COMMANDS = [
    "::error::it",
    "   ::add-mask::x",
    "fine\n::stop-commands::pause",
    "fine\r::warning file=a::b",
    "fine\u2028\u00a0::debug::b",
    "why ##[error]not me",
    "###[group]x",
    "##[##[warning]x",
]
PLAIN = ["a::b", "https://[::1]:6443", "# [x]", "## Title", "std::vector"]


def commands(text):
    """Return what the runner would take for commands, by its own rules: see its class ActionCommand."""
    found = [line for line in re.split(r"[\r\n\u2028\x85]", text) if line.lstrip().startswith("::")]
    return found + re.findall(r"##\[\w", text)


@pytest.fixture
def actions(monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")


@pytest.mark.parametrize("text", COMMANDS)
def test_a_command_in_a_text_is_none_any_more(text):
    assert commands(text), "the test itself"
    said = harmless.harmless(text)
    assert commands(said) == []
    assert said.replace("\u200b", "") == text


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_command_stays_as_it_is(text):
    assert harmless.harmless(text) == text


def test_a_text_of_a_megabyte_takes_no_time():
    assert len(harmless.harmless("\n" * 500_000 + " " * 500_000)) == 1_000_000


def test_all_that_is_printed_is_guarded_but_for_our_own_commands(actions, capsys):
    with harmless.guarded():
        typer.echo("::error::from a cluster")
        typer.echo("::error::from a cluster", err=True)
        Console(width=20).print("a word or two, and  ::error::where the line is broken")
        harmless.raw("::error::ours", err=True)
    said = capsys.readouterr()
    assert commands(said.out) == []
    assert commands(said.err) == ["::error::ours"]


def test_elsewhere_nothing_is_changed(monkeypatch, capsys):
    monkeypatch.setenv("GITHUB_ACTIONS", "")
    with harmless.guarded():
        typer.echo("::error::x ##[error]y")
    assert capsys.readouterr().out == "::error::x ##[error]y\n"


def test_streams_are_given_back_after_an_error(actions):
    before = sys.stdout, sys.stderr
    with pytest.raises(ValueError, match="x"), harmless.guarded():
        raise ValueError("x")
    assert (sys.stdout, sys.stderr) == before


def test_there_is_no_way_around_the_guard():
    stream = harmless.Harmless(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert not hasattr(stream, "buffer")
    assert stream.encoding == "utf-8"


def test_json_holds_no_command_and_means_the_same():
    data = {"message": "a ##[error]b", "more": ["::error::c", "#\u200b#["]}
    text = as_json_text(data)
    assert commands(text) == []
    assert harmless.harmless(text) == text, "the guard would change data"
    assert json.loads(text) == data
