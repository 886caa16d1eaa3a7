"""Requests go where routes send them, and the check tells a gateway where that is so from others."""

from __future__ import annotations

import pytest

from clusterproof.model import Kind, Outcome
from clusterproof.stub.completion import WORDS
from proofs import false_claims

pytestmark = pytest.mark.live

REQUIREMENT = "ai_inference"
MUTANTS = ("weights_ignored", "grants_never_taken_back", "completions_streams_buffered", "headers_one_in_twenty_lost")
STREAMED = "Every word of a stream comes before the server sends the next one"
FORBIDDEN = "Requests into another namespace get an error without a grant"
GRANTED = "Requests reach the other namespace once it grants them"
TAKEN_BACK = "Requests into another namespace get an error again without the grant"


def test_a_good_gateway_passes(proved):
    assert proved.good.seen == "PASS"
    assert proved.good.result.simulated


def test_headers_and_weights_were_seen_to_decide(proved):
    assert "Every request with X-Model: b reaches the backend of that model" in proved.claims(Kind.POSITIVE)
    assert "No request with another name or value of X-Model reaches that backend" in proved.negatives
    shares = [claim for claim in proved.claims() if claim.startswith("Of ")]
    assert [claim.split(" of ")[-1].split(" reaches")[0] for claim in shares] == [
        "10 in 100",
        "50 in 100",
        "100 in 100",
    ]


def test_what_is_forbidden_works_with_a_grant_and_not_after_it(proved):
    assert FORBIDDEN in proved.negatives
    assert GRANTED in proved.after(FORBIDDEN)
    assert TAKEN_BACK in proved.after(GRANTED)


def test_completions_arrive_whole_and_streams_word_by_word(proved):
    seen = {each.claim: each.actual for each in proved.good.result.observations}
    assert seen["Every completion arrives at the server of its model as it was sent"] == {"b": 200}
    assert [each["came alone"] for each in seen[STREAMED]] == [len(WORDS)] * 3


@pytest.mark.parametrize(
    ("mutant", "claim"),
    [
        ("completions_streams_buffered", STREAMED),
        ("headers_one_in_twenty_lost", "Every request with X-Model: b reaches the backend of that model"),
    ],
)
def test_a_gateway_that_spoils_what_it_passes_on_fails(proved, mutant, claim):
    trial = proved.on(mutant)
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [claim]


def test_nothing_is_left(proved):
    assert proved.good.left == ()


def test_a_gateway_that_ignores_weights_fails_at_the_first_split(proved):
    trial = proved.on("weights_ignored")
    assert trial.result.outcome is Outcome.FAIL
    [false] = [seen for seen in trial.result.observations if not seen.holds]
    assert "a share of 10 in 100" in false.claim
    assert sum(false.actual.values()) == 500


def test_a_gateway_that_never_hears_of_a_grant_taken_back_fails(proved):
    trial = proved.on("grants_never_taken_back")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [TAKEN_BACK]
