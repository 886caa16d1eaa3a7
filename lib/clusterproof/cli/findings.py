"""What `lint` found, for people, as JSON, and as annotations of GitHub."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from clusterproof.cli.github import command
from clusterproof.cli.harmless import raw
from clusterproof.cli.words import as_json_text
from clusterproof.render import clean
from clusterproof.submission.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterproof.submission.finding import Finding, Generation
    from clusterproof.submission.lint import Linted

REJECTED, QUESTIONED = Severity
SIGNS = {REJECTED: "[red]✗[/]", QUESTIONED: "[yellow]?[/]"}
COMMANDS = {REJECTED: "error", QUESTIONED: "warning"}
LONGEST = 400  # characters of a sentence on a terminal


class Form(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


@dataclass(frozen=True)
class Shown:
    """What is to be shown; with ``quiet`` only what will be rejected."""

    linted: Sequence[Linted]
    rules: Generation
    not_compared: Sequence[str]
    quiet: bool = False

    def findings(self, linted: Linted) -> list[Finding]:
        """Return the findings of a file that are to be shown."""
        return [each for each in linted.findings if not self.quiet or each.severity is REJECTED]


def show(shown: Shown, form: Form) -> None:
    """Write all findings to stdout."""
    {Form.TEXT: _text, Form.JSON: _json, Form.GITHUB: _github}[form](shown)


def _text(shown: Shown) -> None:
    console = Console(highlight=False, soft_wrap=True, emoji=False)
    for each in shown.linted:
        found = shown.findings(each)
        if found:
            counts = (f"{SIGNS[severity]} {each.count(severity)} {severity}" for severity in Severity)
            console.print(f"[bold]{escape(_line(_file(each.file)))}[/]  {' · '.join(counts)}")
            for finding in found:
                _print(console, finding)
    if len(shown.linted) > 1:
        console.print(_table(shown.linted))
    for note in [*(f"{_file(each.file)}: {note}" for each in shown.linted for note in each.remarks),
                 *shown.not_compared]:  # fmt: skip
        console.print(f"[dim]{escape(clean(note))}[/]")
    console.print(f"[bold]{escape(_sentence(shown))}[/]")


def _print(console: Console, finding: Finding) -> None:
    place = f"{finding.line}:{finding.column}"
    words = escape(_line(finding.reason))
    console.print(f"  {place:>8} {SIGNS[finding.severity]} {words} [dim]({finding.rule})[/]")
    console.print(f"           [dim]→ {escape(_line(finding.mend))}[/]")


def _table(linted: Sequence[Linted]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("", "submission", "checklist"):
        table.add_column(head)
    for severity in Severity:
        table.add_column(severity.value, justify="right")
    for each in linted:
        counts = [str(each.count(severity)) for severity in Severity]
        sign = SIGNS[REJECTED] if each.rejected else "[green]✓[/]" if each.looked_at else "[yellow]-[/]"
        name = escape(_line(each.product)) + ("" if each.looked_at else " [dim](not looked at)[/]")
        table.add_row(sign, name, escape(_line(each.version)), *counts)
    return table


def _sentence(shown: Shown) -> str:
    many, refused = len(shown.linted), sum(each.rejected for each in shown.linted)
    doubts = sum(each.count(QUESTIONED) for each in shown.linted)
    return (
        f"By the {shown.rules} rules {refused} of {_counted(many, 'submission')} will be rejected; "
        f"{_counted(doubts, 'finding')} will be questioned."
    )


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _json(shown: Shown) -> None:
    data: dict[str, Any] = {
        "rules": shown.rules.value,
        "rejected": sum(each.rejected for each in shown.linted),
        "not_compared": list(shown.not_compared),
        "submissions": [
            {
                "file": each.file, "product": each.product, "checklist": each.version, "rejected": each.rejected,
                "counts": {severity.value: each.count(severity) for severity in Severity},
                "remarks": list(each.remarks),
                "findings": [_row(finding) for finding in shown.findings(each)],
            }
            for each in shown.linted
        ],
    }  # fmt: skip
    typer.echo(as_json_text(data))


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule, "severity": finding.severity.value, "line": finding.line, "column": finding.column,
        "subject": finding.subject, "reason": finding.reason, "mend": finding.mend,
    }  # fmt: skip


def _github(shown: Shown) -> None:
    """Write workflow commands; a text of the file's must neither end one nor begin another."""
    for each in shown.linted:
        for finding in shown.findings(each):
            where = {"file": _file(each.file), "line": str(finding.line), "col": str(finding.column),
                     "title": f"{finding.severity} ({finding.rule})"}  # fmt: skip
            raw(command(COMMANDS[finding.severity], where, f"{finding.reason} {finding.mend}"))
    for note in shown.not_compared:
        raw(command("notice", {}, note))
    typer.echo(_sentence(shown))


def _file(path: str) -> str:
    """Return a path as people and GitHub want it: relative to where the command runs, if it lies below."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path
    return path if relative.startswith("..") else relative


def _line(text: str) -> str:
    return " ".join(clean(text, LONGEST).split())
