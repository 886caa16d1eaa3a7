"""From one version of the checklist to another: what changes, what the last run already answers, what remains."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from clusterproof.checklist import ids, requirements, versions
from clusterproof.errors import UsageError
from clusterproof.model import Level, Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.model import Report, Requirement, Verdict


class Step(StrEnum):
    """What becomes of an item."""

    NEW = "new"
    RAISED = "raised"
    LOWERED = "lowered"
    GONE = "gone"
    REWORDED = "reworded"
    SAME = "same"


@dataclass(frozen=True)
class Item:
    """One requirement in both versions."""

    requirement: Requirement
    """As the later version has it; of one that is gone, as the earlier had it."""
    before: Level | None
    after: Level | None
    step: Step
    answer: Verdict | None
    """What the last run says of it."""
    remains: str
    """What is to be done, in a sentence; empty where nothing is."""


@dataclass(frozen=True)
class Gap:
    """The way from one version to another, for a product."""

    before: str
    after: str
    items: tuple[Item, ...]
    """In the order of ``Step``, MUST first."""
    report: Report | None = None

    @property
    def remaining(self) -> tuple[Item, ...]:
        """What is still to be done."""
        return tuple(item for item in self.items if item.remains)

    @property
    def product(self) -> str:
        """Name of the product; empty where no run tells it."""
        return self.report.metadata.get("platformName", "") if self.report else ""


def gap(before: str, after: str, report: Report | None = None) -> Gap:
    """Return the way from one version of the checklist to another.

    Raises:
        UsageError: a version is unknown, or both are the same.
    """
    old = {item.id: item for item in requirements(before)}
    new = {item.id: item for item in requirements(after)}
    if before == after:
        raise UsageError(f"From {before} to {after} nothing changes.", next_step=f"Known are {', '.join(versions())}.")
    answers = {verdict.requirement.id: verdict for verdict in report.verdicts} if report else {}
    found = (_item(old.get(name), new.get(name), answers.get(name), report) for name in ids() if name in old | new)
    order = list(Step)
    return Gap(before, after, tuple(sorted(found, key=lambda each: (order.index(each.step), _should(each)))), report)


def counts(way: Gap) -> list[tuple[Step, int]]:
    """Return how many items there are of each kind, without zeros."""
    return [(step, count) for step in Step if (count := sum(item.step is step for item in way.items))]


def said(verdict: Verdict | None) -> str:
    """Return what a run says of an item, in words."""
    if verdict is None:
        return "not in that run"
    answer = verdict.status.value or "no answer"
    return f"{answer}{', SIMULATED' if verdict.simulated and verdict.status.value else ''}"


def _should(item: Item) -> bool:
    return (item.after or item.before) is not Level.MUST


def _item(old: Requirement | None, new: Requirement | None, answer: Verdict | None, report: Report | None) -> Item:
    step, some = _step(old, new), new or old
    assert some is not None  # noqa: S101 - an id comes from one of the two
    remains = "" if new is None else _remains(new, answer, report)
    return Item(some, old.level if old else None, new.level if new else None, step, answer, remains)


def _step(old: Requirement | None, new: Requirement | None) -> Step:
    if old is None:
        return Step.NEW
    if new is None:
        return Step.GONE
    if old.level is not new.level:
        return Step.RAISED if new.level is Level.MUST else Step.LOWERED
    return Step.SAME if old.sha256 == new.sha256 else Step.REWORDED


def _remains(  # noqa: PLR0911 - one sentence each
    new: Requirement, answer: Verdict | None, report: Report | None
) -> str:
    """Return what is to be done for an item of the later version; a SHOULD may stay without an answer."""
    may = "" if new.level is Level.MUST else ", or leave it blank: it is a SHOULD"
    if answer is None:
        asked = "No run was given that answers it" if report is None else "The run was not asked for it"
        return f"{asked}: measure it{may}."
    if answer.simulated and answer.status is not Status.BLANK:
        return f"Answered on simulated nodes only: measure it on the product's own cluster{may}."
    if answer.outcome is Outcome.FAIL:
        return f"It failed: {answer.message}"
    if answer.status is Status.BLANK:
        return f"No answer ({answer.outcome.value}): {answer.message.rstrip('.')}; measure it or declare it{may}."
    if answer.status is Status.NOT_APPLICABLE and new.level is Level.MUST:
        return "Declared N/A: look whether the rules of the later version still take that for a MUST."
    if answer.status is not Status.IMPLEMENTED and new.level is Level.MUST:
        return f"A MUST, and {answer.status.value}."
    return ""


def lines(way: Gap) -> Iterable[tuple[str, str, str, str, str]]:
    """Yield the items in words: what becomes of it, id, levels, what the run says, what remains."""
    for item in way.items:
        levels = " → ".join(level.value if level else "-" for level in (item.before, item.after))
        level = levels if item.before is not item.after else item.requirement.level.value
        answer = said(item.answer) if way.report else ""
        yield item.step.value, item.requirement.id, level, answer, item.remains
