"""The questions that a job puts to a cluster, and its answers in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Word(StrEnum):
    """An answer in a word; the worst of a job's answers comes last."""

    YES = "yes, today"
    CARE = "yes, with care"
    UNKNOWN = "not known"
    WAITS = "would have to wait"
    MISSING = "missing"


HEAD = {Word.CARE: "Yes", Word.UNKNOWN: "As far as can be seen, yes", Word.WAITS: "Not now", Word.MISSING: "No"}


@dataclass(frozen=True)
class Answer:
    """One question, what the cluster says, and what would help."""

    question: str
    word: Word
    seen: str
    helps: str = ""


def answers(found: Iterable[Answer | None]) -> tuple[Answer, ...]:
    """Return the answers to the questions that a job really asks."""
    return tuple(each for each in found if each is not None)


def conclusion(found: Sequence[Answer]) -> tuple[Word, str]:
    """Return the worst answer, and a sentence that names each question with it."""
    worst = max((each.word for each in found), key=list(Word).index)
    if worst is Word.YES:
        return worst, "Yes: this cluster has what the job asks for, today."
    said = {word: "; ".join(each.question for each in found if each.word is word) for word in Word}
    bad = [word for word in reversed(Word) if word is not Word.YES and said[word]]
    parts = [f"{word.value.capitalize()}: {said[word]}." for word in bad]
    return worst, " ".join([f"{HEAD[worst]}.", *parts])
