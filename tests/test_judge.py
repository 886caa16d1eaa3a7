"""Every law of the judge, as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clusterproof import judge
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
)

POSITIVE, NEGATIVE, CONTROL = Kind.POSITIVE, Kind.NEGATIVE, Kind.CONTROL
MUST = Requirement("gang_scheduling", "schedulingOrchestration", Level.MUST, "title", "0" * 64)
CONDITIONAL = replace(MUST, condition="there is one")
SHOULD = Requirement("gpu_sharing", "accelerators", Level.SHOULD, "title", "0" * 64)


def seen(kind, *, holds=True):
    return Observation("A claim", 1, 1 if holds else 2, holds, kind, "2026-01-01T00:00:00.000Z", 0.1)


def result(*observations, outcome=Outcome.PASS, reason=Reason.CLAIMS_HOLD, simulated=False):
    return CheckResult("gang_scheduling", "check", outcome, reason, "said", tuple(observations), simulated=simulated)


def declared(status, notes="because", by="Ada"):
    return Declaration("gang_scheduling", status, notes, by)


GOOD = result(seen(POSITIVE), seen(NEGATIVE))
BAD = result(seen(POSITIVE), seen(NEGATIVE, holds=False))


@pytest.mark.parametrize(
    ("observations", "outcome", "reason"),
    [
        ([], Outcome.ERROR, Reason.NO_OBSERVATIONS),
        ([seen(POSITIVE)], Outcome.ERROR, Reason.NO_NEGATIVE),
        ([seen(NEGATIVE)], Outcome.ERROR, Reason.NO_POSITIVE),
        ([seen(CONTROL), seen(NEGATIVE)], Outcome.ERROR, Reason.NO_POSITIVE),
        ([seen(POSITIVE), seen(NEGATIVE)], Outcome.PASS, Reason.CLAIMS_HOLD),
        ([seen(POSITIVE), seen(CONTROL)], Outcome.PASS, Reason.CLAIMS_HOLD),
        ([seen(POSITIVE, holds=False)], Outcome.FAIL, Reason.CLAIM_FALSE),
        ([seen(POSITIVE), seen(NEGATIVE, holds=False)], Outcome.FAIL, Reason.CLAIM_FALSE),
        ([seen(CONTROL, holds=False), seen(POSITIVE), seen(NEGATIVE)], Outcome.FAIL, Reason.CLAIM_FALSE),
    ],
)
def test_observations_decide_the_outcome(observations, outcome, reason):
    assert judge.outcome(observations)[:2] == (outcome, reason)


def test_a_false_claim_names_what_was_expected_and_seen():
    *_, message = judge.outcome([seen(POSITIVE, holds=False)])
    assert "A claim" in message
    assert "expected 1" in message
    assert "seen 2" in message


@pytest.mark.parametrize("later", [Outcome.SKIP, Outcome.UNKNOWN, Outcome.ERROR, Outcome.PASS])
def test_nothing_later_heals_a_false_claim(later):
    broken = result(seen(POSITIVE, holds=False), outcome=later, reason=Reason.PROBE_BROKE)
    assert judge.conclude(broken).outcome is Outcome.FAIL


@pytest.mark.parametrize("outcome", [Outcome.SKIP, Outcome.UNKNOWN, Outcome.ERROR])
def test_observations_that_hold_do_not_make_a_pass_of_a_check_that_did_not_end(outcome):
    stopped = result(seen(POSITIVE), seen(NEGATIVE), outcome=outcome, reason=Reason.QUOTA)
    assert judge.conclude(stopped).outcome is outcome


def test_a_stored_pass_without_observations_is_an_error():
    assert judge.conclude(result()).outcome is Outcome.ERROR


def test_a_stored_not_applicable_that_nobody_declared_is_judged_by_its_observations():
    assert judge.conclude(result(outcome=Outcome.NOT_APPLICABLE, reason=Reason.DECLARED)).outcome is Outcome.ERROR


@pytest.mark.parametrize(
    ("results", "declaration", "status", "outcome"),
    [
        ([], None, Status.BLANK, Outcome.ERROR),
        ([GOOD], None, Status.IMPLEMENTED, Outcome.PASS),
        ([BAD], None, Status.NOT_IMPLEMENTED, Outcome.FAIL),
        ([GOOD, BAD], None, Status.NOT_IMPLEMENTED, Outcome.FAIL),
        ([GOOD, result(outcome=Outcome.ERROR)], None, Status.BLANK, Outcome.ERROR),
        ([result(outcome=Outcome.SKIP)], None, Status.BLANK, Outcome.SKIP),
        ([result(outcome=Outcome.UNKNOWN)], None, Status.BLANK, Outcome.UNKNOWN),
        (
            [result(outcome=Outcome.SKIP)],
            declared(Status.NOT_APPLICABLE),
            Status.NOT_APPLICABLE,
            Outcome.NOT_APPLICABLE,
        ),
        ([result(outcome=Outcome.SKIP)], declared(Status.NOT_APPLICABLE, notes=" "), Status.BLANK, Outcome.SKIP),
        ([result(outcome=Outcome.SKIP)], declared(Status.IMPLEMENTED), Status.IMPLEMENTED, Outcome.SKIP),
        ([BAD], declared(Status.IMPLEMENTED), Status.NOT_IMPLEMENTED, Outcome.FAIL),
        ([BAD], declared(Status.NOT_APPLICABLE), Status.NOT_IMPLEMENTED, Outcome.FAIL),
    ],
)
def test_verdicts(results, declaration, status, outcome):
    verdict = judge.verdict(MUST, results, declaration)
    assert (verdict.status, verdict.outcome) == (status, outcome)


@pytest.mark.parametrize("status", [Status.IMPLEMENTED, Status.NOT_APPLICABLE])
def test_a_declaration_that_contradicts_a_fail_is_shown_and_not_merged(status):
    verdict = judge.verdict(MUST, [BAD], declared(status))
    assert verdict.status is Status.NOT_IMPLEMENTED
    assert status.value in verdict.conflict


def test_not_applicable_without_notes_is_shown_as_not_counting():
    verdict = judge.verdict(MUST, [result(outcome=Outcome.SKIP)], declared(Status.NOT_APPLICABLE, notes=""))
    assert "without notes" in verdict.conflict


@pytest.mark.parametrize("observations", [GOOD.observations, BAD.observations])
def test_what_was_seen_on_simulated_nodes_says_so_in_the_notes(observations):
    verdict = judge.verdict(MUST, [result(*observations, simulated=True)])
    assert verdict.simulated
    assert verdict.notes.startswith(judge.SIMULATED)


def test_what_was_seen_on_real_nodes_is_not_called_simulated():
    verdict = judge.verdict(MUST, [GOOD])
    assert not verdict.simulated
    assert judge.SIMULATED not in verdict.notes


SKIPPED = result(outcome=Outcome.SKIP)
NA, NA_CONDITIONAL, NA_SHOULD = (
    judge.verdict(item, [SKIPPED], declared(Status.NOT_APPLICABLE)) for item in (MUST, CONDITIONAL, SHOULD)
)
PASS, FAIL, OPEN = (judge.verdict(MUST, [r]) for r in (GOOD, BAD, result(outcome=Outcome.SKIP)))
SHOULD_FAIL, SHOULD_OPEN = judge.verdict(SHOULD, [BAD]), judge.verdict(SHOULD, [result(outcome=Outcome.SKIP)])


@pytest.mark.parametrize(
    ("verdicts", "summary"),
    [
        ([PASS], Summary.CONFORMANT),
        ([PASS, NA_CONDITIONAL], Summary.CONFORMANT),
        ([PASS, NA_SHOULD], Summary.CONFORMANT),
        ([PASS, NA], Summary.PARTIAL),
        ([FAIL, NA], Summary.NONCONFORMANT),
        ([PASS, SHOULD_FAIL, SHOULD_OPEN], Summary.CONFORMANT),
        ([PASS, OPEN], Summary.PARTIAL),
        ([PASS, judge.verdict(MUST, [])], Summary.PARTIAL),
        ([PASS, FAIL], Summary.NONCONFORMANT),
        ([OPEN, FAIL], Summary.NONCONFORMANT),
        ([judge.verdict(MUST, [result(outcome=Outcome.SKIP)], declared(Status.PARTIAL))], Summary.NONCONFORMANT),
        ([SHOULD_OPEN], Summary.PARTIAL),
        ([], Summary.PARTIAL),
    ],
)
def test_summaries(verdicts, summary):
    assert judge.summary(verdicts) is summary


def test_not_applicable_where_the_requirement_applies_everywhere_stands_as_declared_and_says_that_it_answers_nothing():
    assert (NA.status, NA.outcome, NA.notes) == (
        Status.NOT_APPLICABLE,
        Outcome.NOT_APPLICABLE,
        "because (declared by Ada)",
    )
    assert NA.message == f"because. {judge.NO_ANSWER}"
    assert NA_CONDITIONAL.message == NA_SHOULD.message == "because"
    assert [judge.answers(each) for each in (NA, NA_CONDITIONAL, NA_SHOULD, OPEN, PASS)] == [
        False,
        True,
        True,
        False,
        True,
    ]


def test_not_applicable_contradicts_what_a_skipped_check_has_found_of_it():
    found = replace(SKIPPED, backend="karpenter")
    verdict = judge.verdict(CONDITIONAL, [found], declared(Status.NOT_APPLICABLE))
    assert (verdict.status, verdict.outcome) == (Status.BLANK, Outcome.SKIP)
    assert verdict.conflict == "Declared 'N/A', but there is karpenter: the requirement applies."
    assert judge.summary([PASS, verdict]) is Summary.PARTIAL


def test_the_backend_of_what_applies_everywhere_contradicts_nothing():
    """It may be one that every cluster has."""
    verdict = judge.verdict(SHOULD, [replace(SKIPPED, backend="core")], declared(Status.NOT_APPLICABLE))
    assert (verdict.status, verdict.conflict) == (Status.NOT_APPLICABLE, "")
