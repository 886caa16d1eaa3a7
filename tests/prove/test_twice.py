"""Tests try once more what a busy machine may have spoilt, and never a mutant that got away."""

from __future__ import annotations

from clusterproof.model import CheckResult, Kind, Observation, Outcome, Reason
from clusterproof.prove.proof import GOOD, Proof, Trial
from proofs import twice


def trial(mutant, outcome, *claims, expected="claim"):
    seen = tuple(Observation(claim, 1, 1, holds, kind, "now", 0.1) for claim, holds, kind in claims)
    result = CheckResult("gang_scheduling", "x", outcome, Reason.CLAIMS_HOLD, "why", seen)
    return Trial("gang_scheduling", mutant, "about", "" if mutant == GOOD else expected, result)


PASSED = (("a", True, Kind.POSITIVE), ("b", True, Kind.NEGATIVE))
GOOD_ONE = trial(GOOD, Outcome.PASS, *PASSED)
CAUGHT = trial("m", Outcome.FAIL, ("claim", False, Kind.POSITIVE))
OTHERWISE = trial("m", Outcome.FAIL, ("another", False, Kind.POSITIVE))
AWAY = trial("m", Outcome.PASS, *PASSED)


def tried(*trials, again=()):
    asked = []

    def once_more(names):
        asked.append(names)
        return Proof(tuple(again), ("gang_scheduling",))

    return twice(Proof(trials, ("gang_scheduling",)), once_more), asked


def test_what_is_as_expected_is_not_tried_again():
    proof, asked = tried(GOOD_ONE, CAUGHT)
    assert (proof.ok, asked) == (True, [])


def test_a_mutant_that_got_away_stays_so():
    proof, asked = tried(GOOD_ONE, AWAY, again=[GOOD_ONE, CAUGHT])
    assert (proof.ok, asked) == (False, [])


def test_another_claim_is_looked_at_once_more_and_counts_if_it_stays():
    assert tried(GOOD_ONE, OTHERWISE, again=[GOOD_ONE, CAUGHT])[0].ok
    proof, asked = tried(GOOD_ONE, OTHERWISE, again=[GOOD_ONE, OTHERWISE])
    assert (proof.ok, asked) == (False, [["m"]])


def test_a_good_one_that_failed_is_tried_again_beside_a_mutant():
    failed = trial(GOOD, Outcome.FAIL, ("a", False, Kind.POSITIVE))
    proof, asked = tried(failed, CAUGHT, again=[GOOD_ONE, AWAY])
    assert (proof.ok, asked) == (True, [["m"]])
