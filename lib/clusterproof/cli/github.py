"""What GitHub Actions reads: annotations, and a summary of the job. Texts of a cluster's never become commands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from clusterproof import redact
from clusterproof.cli.harmless import in_actions, raw
from clusterproof.model import Level, Outcome
from clusterproof.render import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from clusterproof.errors import KitError
    from clusterproof.model import Verdict
    from clusterproof.runner import Ending

LARGEST = 1024 * 1024  # bytes of a step's summary; GitHub takes none of a larger one
SUMMARY = "GITHUB_STEP_SUMMARY"
ERROR, WARNING = "error", "warning"
TITLE = "title"
_TOLD = {Outcome.FAIL: ERROR, Outcome.ERROR: ERROR, Outcome.UNKNOWN: WARNING}
_WORST = (Outcome.FAIL, Outcome.ERROR, Outcome.UNKNOWN)


def command(name: str, about: dict[str, str], text: str) -> str:
    """Return a workflow command; no text of somebody else's can end it or begin another."""
    where = ",".join(f"{key}={_property(value)}" for key, value in about.items())
    return f"::{name}{' ' if where else ''}{where}::{_message(text)}"


def tell(ending: Ending, problems: Iterable[str]) -> None:
    """Annotate what has no good answer, and add a summary to the job's; nothing elsewhere than in GitHub Actions.

    On standard error: standard output may be JSON. A summary that cannot be written is a warning and no failure.
    """
    if not in_actions():
        return
    said = list(problems)
    for line in [*_answers(ending.report.verdicts), *(command(ERROR, {TITLE: "clusterproof"}, each) for each in said)]:
        raw(line, err=True)
    from clusterproof.report.markdown import summary  # noqa: PLC0415 - only a job needs it

    _summarise(lambda room: summary(ending.report, room, said))


def tell_broken(error: KitError, *, summed_up: bool) -> None:
    """Annotate that a command could not do what it was asked for, and say so in the job's summary if wanted."""
    if not in_actions():
        return
    said = redact.text(" ".join(error.diagnostics()))
    raw(command(ERROR, {TITLE: "clusterproof"}, said), err=True)
    if summed_up:
        from clusterproof.report.markdown import not_evaluated  # noqa: PLC0415

        _summarise(lambda room: not_evaluated(said, room))


def _answers(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Yield an annotation for each, the worst ones first: GitHub shows ten errors and ten warnings of a step."""
    told = [verdict for verdict in verdicts if verdict.outcome in _TOLD]
    for verdict in sorted(
        told, key=lambda each: (each.requirement.level is not Level.MUST, _WORST.index(each.outcome))
    ):
        must = verdict.requirement.level is Level.MUST
        title = f"{verdict.outcome.value} {verdict.requirement.id} ({verdict.requirement.level.value})"
        yield command(_TOLD[verdict.outcome] if must else WARNING, {TITLE: title}, verdict.message)


def _summarise(write: Callable[[int], str]) -> None:
    name = os.environ.get(SUMMARY)
    if not name:
        return
    file = Path(name)
    try:
        there = file.stat().st_size if file.exists() else 0  # the step may have written there before
        with file.open("a", encoding="utf-8") as out:
            out.write(write(LARGEST - there))
    except OSError as error:
        raw(command(WARNING, {}, f"The summary of the job cannot be written: {error.strerror}."), err=True)


def _message(text: str) -> str:
    return clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
