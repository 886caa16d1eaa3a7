"""Whether the programme's validator can load a file at all, by the rules of ``lint``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.submission.document import Trouble
from clusterproof.submission.finding import RULES, Severity
from clusterproof.submission.lint import finding
from clusterproof.submission.official import Official
from clusterproof.submission.submission import Submission

if TYPE_CHECKING:
    from clusterproof.submission.document import Document

_OF_LOADING = (*(trouble.value for trouble in Trouble), "wrong-type", "no-metadata", "no-spec")


def obstacle(document: Document) -> str:
    """Return the first reason for which a file cannot be loaded, with its line; empty where it can be."""
    if not document.readable and not document.problems:
        return "It is empty."
    submission = Submission(document, Official())
    for rule in (RULES[name] for name in _OF_LOADING):
        hit = next(iter(rule.look(submission)), None)
        if hit is not None and rule.severity is Severity.REJECTED:
            found = finding(rule, hit, document)
            return found.reason if found.line == 1 else f"Line {found.line}: {found.reason}"
    return ""
