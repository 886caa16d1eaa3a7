"""From observations to outcomes, verdicts and a summary. Pure: no cluster, no clock, no files.

Because nothing but observations decides, saved evidence can be judged again without a cluster.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clusterproof.model import (
    CheckResult,
    Declaration,
    Kind,
    Level,
    Observation,
    Outcome,
    Reason,
    Requirement,
    Status,
    Summary,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SIMULATED = "SIMULATED"
NO_ANSWER = "This MUST applies everywhere, so that N/A does not answer it."

_UNANSWERED = frozenset({Outcome.SKIP, Outcome.UNKNOWN, Outcome.ERROR})


def outcome(observations: Sequence[Observation]) -> tuple[Outcome, Reason, str]:
    """Return what the observations of a check that ran to its end amount to.

    PASS needs a positive observation and a negative or control one: seeing only what should be there does not show
    that the check could have noticed its absence.
    """
    if not observations:
        return Outcome.ERROR, Reason.NO_OBSERVATIONS, "The check ended without a single observation."
    false = first_false(observations)
    if false is not None:
        message = f"Not so: {false.claim} (expected {false.expected}, seen {false.actual})."
        return Outcome.FAIL, Reason.CLAIM_FALSE, message
    kinds = {seen.kind for seen in observations}
    if Kind.POSITIVE not in kinds:
        return Outcome.ERROR, Reason.NO_POSITIVE, "Nothing was seen to work, so nothing is proved."
    if not kinds & {Kind.NEGATIVE, Kind.CONTROL}:
        return Outcome.ERROR, Reason.NO_NEGATIVE, "No negative or control was observed, so a pass would prove nothing."
    return Outcome.PASS, Reason.CLAIMS_HOLD, f"All {len(observations)} claims hold."


def imported(result: CheckResult) -> tuple[Outcome, Reason, str]:
    """Return what the tests of another suite amount to: its own word, since nobody knows what each of them shows."""
    tests, says = result.observations, f"says the programme's suite ({result.source})"
    false = first_false(tests)
    if false is not None:
        return Outcome.FAIL, Reason.CLAIM_FALSE, f"Not so: {false.claim} (seen {false.actual}), {says}."
    if not tests:
        return Outcome.SKIP, Reason.NOT_REQUESTED, f"No test of it ran, {says}."
    count = "The one test of it" if len(tests) == 1 else f"All {len(tests)} tests of it"
    return Outcome.PASS, Reason.CLAIMS_HOLD, f"{count} passed, {says}; the kit has not seen it itself."


def first_false(observations: Iterable[Observation]) -> Observation | None:
    """Return the first observation that does not hold."""
    return next((seen for seen in observations if seen.holds is not True), None)


def conclude(result: CheckResult) -> CheckResult:
    """Return the result with its outcome decided anew from its observations.

    A stored SKIP, UNKNOWN or ERROR stays, because observations cannot undo what stopped the check, unless a claim had
    been seen false before: nothing heals that.
    """
    decided, reason, message = imported(result) if result.source else outcome(result.observations)
    if result.outcome in _UNANSWERED and decided is not Outcome.FAIL:
        return result
    if decided is Outcome.PASS and result.not_looked_at:
        message = f"{message} Not looked at: {'; '.join(result.not_looked_at)}."
    return replace(result, outcome=decided, reason=reason, message=message)


def verdict(
    requirement: Requirement,
    results: Sequence[CheckResult],
    declaration: Declaration | None = None,
    evidence: tuple[str, ...] = (),
) -> Verdict:
    """Return the answer to one requirement from what was measured and what a human declares."""
    decided = worst([conclude(result) for result in results]) or _no_result(requirement)
    measured = Verdict(
        requirement=requirement,
        status=_measured_status(decided.outcome),
        notes=_notes(decided),
        outcome=decided.outcome,
        reason=decided.reason,
        message=decided.message,
        simulated=any(result.simulated for result in results),
        declaration=declaration,
        evidence=evidence,
        results=tuple(conclude(result) for result in results),
    )
    return _declared(measured, declaration) if declaration else measured


def worst(results: Sequence[CheckResult]) -> CheckResult | None:
    """Return the result that decides: a FAIL before an ERROR before anything unanswered before a PASS."""
    order = [Outcome.FAIL, Outcome.ERROR, Outcome.UNKNOWN, Outcome.SKIP, Outcome.NOT_APPLICABLE, Outcome.PASS]
    return min(results, key=lambda result: order.index(result.outcome), default=None)


def _no_result(requirement: Requirement) -> CheckResult:
    message = "The check was asked for and left no result."
    return CheckResult(requirement.id, requirement.id, Outcome.ERROR, Reason.NO_RESULT, message)


def _measured_status(decided: Outcome) -> Status:
    # NOT_APPLICABLE is left out on purpose: only a human can say that a requirement does not apply.
    return {Outcome.PASS: Status.IMPLEMENTED, Outcome.FAIL: Status.NOT_IMPLEMENTED}.get(decided, Status.BLANK)


def _notes(result: CheckResult) -> str:
    if result.outcome not in {Outcome.PASS, Outcome.FAIL}:
        return ""
    return f"{SIMULATED}: {result.message}" if result.simulated else result.message


def _declared(measured: Verdict, declaration: Declaration) -> Verdict:
    """Merge a declaration into a verdict; where the two disagree, show both and keep what was measured."""
    if declaration.status is Status.NOT_APPLICABLE and not declaration.notes.strip():
        return replace(measured, conflict="N/A is declared without notes, so it does not count.")
    if measured.status is not Status.BLANK:
        return _beside(measured, declaration)
    if declaration.status is Status.BLANK:
        return measured
    if declaration.status is Status.NOT_APPLICABLE and (there := _there(measured)):
        return replace(measured, conflict=f"Declared 'N/A', but there is {there}: the requirement applies.")
    by = f" (declared by {declaration.by})" if declaration.by else " (declared)"
    answered = replace(
        measured,
        status=declaration.status,
        notes=declaration.notes + by,
        evidence=measured.evidence + declaration.evidence,
    )
    if declaration.status is not Status.NOT_APPLICABLE:
        return answered  # the outcome still says that nothing was measured
    message = declaration.notes if answers(answered) else f"{declaration.notes.rstrip('.')}. {NO_ANSWER}"
    return replace(answered, outcome=Outcome.NOT_APPLICABLE, reason=Reason.DECLARED, message=message)


def _there(measured: Verdict) -> str:
    """Return what was found of what a conditional requirement is about: a check that found it names its backend."""
    found = (result.backend for result in measured.results if result.backend)
    return next(found, "") if measured.requirement.condition else ""


def _beside(measured: Verdict, declaration: Declaration) -> Verdict:
    if declaration.status in {Status.BLANK, measured.status}:
        return measured
    conflict = f"Declared {declaration.status.value!r}, measured {measured.status.value!r}: the measurement stands."
    return replace(measured, conflict=conflict)


def answers(verdict: Verdict) -> bool:
    """Return whether a verdict answers its requirement; N/A does so for a MUST only where that has a condition."""
    unconditional = verdict.requirement.level is Level.MUST and not verdict.requirement.condition
    return verdict.status is not Status.BLANK and not (verdict.status is Status.NOT_APPLICABLE and unconditional)


def summary(verdicts: Sequence[Verdict]) -> Summary:
    """Return the report in one word: a MUST that fails outweighs a MUST without an answer."""
    must = [verdict for verdict in verdicts if verdict.requirement.level is Level.MUST]
    if any(v.outcome is Outcome.FAIL or v.status in {Status.NOT_IMPLEMENTED, Status.PARTIAL} for v in must):
        return Summary.NONCONFORMANT
    if not must or not all(map(answers, must)):
        return Summary.PARTIAL
    return Summary.CONFORMANT
