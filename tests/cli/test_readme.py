"""Every command that a document or a message tells people to type is one."""

from __future__ import annotations

import re
import shlex

import pytest
import typer.main

from clusterproof import paths
from clusterproof.cli.main import app, paired

ROOT = paths.PACKAGE.parents[1]
PAGES = (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("docs/ci/*.yaml"))
DOCUMENTS = [file for file in (*PAGES, ROOT / "reports" / "README.md", ROOT / "Makefile") if file.is_file()]
SOURCES = [file for file in paths.PACKAGE.rglob("*.py") if file.is_file()]
NAMES = {
    "judge",
    "testbed",
    "plan",
    "fill",
    "gap",
    "renew",
    "diff",
    "import",
    "attest",
    "verify",
    "catalog",
    "checklist",
}
_FENCED = re.compile(r"^[ \t]*(?:- )?(?:\.venv/bin/|\$\(BIN\)/)?clusterproof ((?:[a-z]).*)$", re.MULTILINE)
_MAKE = re.compile(r"\$\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")  # what make fills in
_MARKED = re.compile(r"`clusterproof ([^`]+)`")


def commands(file):
    text = file.read_text(encoding="utf-8")
    for line in [*_FENCED.findall(text), *_MARKED.findall(text)]:
        words = re.split("[#|>]", line)[0].strip()
        if words not in NAMES:  # the name of a command, not a whole one
            yield words


TOLD = sorted({(str(file.relative_to(ROOT)), line) for file in DOCUMENTS + SOURCES for line in commands(file)})


def parse(words):
    """Have a command line parsed as it would be, and run nothing."""
    command = typer.main.get_command(app)
    context = None
    while True:
        context = command.make_context(words[0] if words else "", list(words), parent=context, resilient_parsing=False)
        rest = [*context._protected_args, *context.args] if hasattr(context, "_protected_args") else context.args
        if not hasattr(command, "resolve_command"):
            return context.params
        _, command, words = command.resolve_command(context, rest)


@pytest.mark.parametrize(("file", "line"), TOLD, ids=lambda word: word)
def test_a_command_that_people_are_told_to_type_is_understood(file, line):
    words = shlex.split(_MAKE.sub("", line).replace("…", ""))
    if words and not re.fullmatch(r"[\w-]+", words[0]):
        pytest.skip("a command in general")
    parse(paired(words))


def test_there_are_such_commands_and_a_wrong_one_is_noticed():
    assert len([file for file, _ in TOLD if file == "README.md"]) > 8
    with pytest.raises(Exception, match="No such option"):
        parse(["run", "--nothing"])
    with pytest.raises(Exception, match="No such command"):
        parse(["walk"])


def test_the_exit_codes_in_the_readme_are_those_of_the_command():
    from clusterproof.errors import KitError, UsageError

    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    codes = {int(code): words for code, words in re.findall(r"\*\*(\d)\*\* (.*?)(?= ·|\. |$)", text)}
    assert sorted(codes) == [0, 1, 2, 3]
    assert (UsageError.exit_code, KitError.exit_code) == (2, 3)
    assert "nothing was created" in codes[2]
