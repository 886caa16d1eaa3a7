"""What GitHub Actions reads: annotations, and a summary of the job. Texts of a cluster's never become commands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from clusterproof.model import Level, Outcome
from clusterproof.render import clean

if TYPE_CHECKING:
    from clusterproof.runner import Ending

LARGEST = 1_000_000  # bytes of a summary; GitHub takes none of a larger one
ACTIONS, SUMMARY = "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"
_TOLD = {Outcome.FAIL: "error", Outcome.ERROR: "error", Outcome.UNKNOWN: "warning"}


def command(name: str, about: dict[str, str], text: str) -> str:
    """Return a workflow command; no text of somebody else's can end it or begin another."""
    where = ",".join(f"{key}={_property(value)}" for key, value in about.items())
    return f"::{name}{' ' if where else ''}{where}::{_message(text)}"


def tell(ending: Ending) -> None:
    """Annotate what has no good answer, and add a summary to the job's; nothing elsewhere than in GitHub Actions.

    On standard error: standard output may be JSON. A summary that cannot be written is a warning and no failure.
    """
    if os.environ.get(ACTIONS) != "true":
        return
    for verdict in ending.report.verdicts:
        kind = _TOLD.get(verdict.outcome)
        if kind:
            must = verdict.requirement.level is Level.MUST
            title = f"{verdict.outcome.value} {verdict.requirement.id} ({verdict.requirement.level.value})"
            typer.echo(command(kind if must else "warning", {"title": title}, verdict.message), err=True)
    if file := os.environ.get(SUMMARY):
        _summarise(ending, Path(file))


def _summarise(ending: Ending, file: Path) -> None:
    from clusterproof.report.markdown import summary  # noqa: PLC0415 - only a job needs it

    try:
        with file.open("a", encoding="utf-8") as out:
            out.write(summary(ending.report, LARGEST))
    except OSError as error:
        typer.echo(command("warning", {}, f"The summary of the job cannot be written: {error.strerror}."), err=True)


def _message(text: str) -> str:
    return clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
