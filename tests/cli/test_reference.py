"""The reference says something of everything that there is, and is a page that renders."""

from __future__ import annotations

import re

import pytest
import typer

from clusterproof import registry
from clusterproof.cli.main import app
from clusterproof.model import Reason
from clusterproof.parameters import Values


@pytest.fixture
def page(cli):
    said = cli("reference")
    assert said.code == 0, said.err
    return said.out


def commands(command, name=""):
    yield name, command
    for sub, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{name} {sub}".strip())


def test_every_command_and_option_is_there_with_its_meaning(page):
    parts = re.split(r"^### clusterproof ?", page.split("## Parameters")[0], flags=re.MULTILINE)[1:]
    told = {re.sub(r"( [^ a-z]+)*$", "", part.splitlines()[0]): part for part in parts}
    for name, command in commands(typer.main.get_command(app)):
        assert command.help.split()[0] in told[name], name
        for option in (each for each in command.params if each.param_type_name == "option" and not each.hidden):
            rows = [line for line in told[name].splitlines() if line.startswith("|")]
            [row] = [line for line in rows if f"`{option.opts[0]}`" in line.split("|")[1]]
            assert len(row.split("|")[2].strip()) > 5, (name, option.opts)


def test_every_parameter_check_and_reason_is_there_with_its_meaning(page):
    rows = {line.split("|")[1].strip(" `"): line for line in page.splitlines() if line.startswith("| `")}
    wanted = [
        *Values.model_fields,
        *(check.requirement for check in registry.declared()),
        *(each.value for each in Reason),
    ]
    assert [name for name in wanted if len(rows.get(name, "").rpartition("|")[0].rpartition("|")[2].strip()) < 5] == []


def test_the_tables_are_whole(page):
    """A bar or the end of a line in some text would tear a row apart."""
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        bars = [len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()]
        assert len(set(bars)) == 1, table[:200]
