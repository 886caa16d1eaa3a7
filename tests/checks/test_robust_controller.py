"""An operator refuses nonsense and keeps what was asked for, and the check tells one that does from others."""

from __future__ import annotations

import pytest

from clusterproof.model import Kind, Outcome
from proofs import false_claims

pytestmark = pytest.mark.live

REQUIREMENT = "robust_controller"
MUTANTS = ("refused_by_somebody_else", "acts_once_after_the_first_repair", "webhook_takes_turns", "names_taken")
REFUSED = "A PyTorchJob that satisfies the schema and makes no sense is refused by the webhook"


def test_a_good_operator_passes(proved):
    assert proved.good.seen == "PASS"
    assert proved.good.result.backend == "training-operator"


def test_a_correct_object_is_admitted_and_a_wrong_one_is_not(proved):
    assert "A correct PyTorchJob is admitted" in proved.claims(Kind.CONTROL)
    assert REFUSED in proved.negatives
    assert "The operator creates the 3 pods of a correct PyTorchJob" in proved.after(REFUSED)


def test_lost_pods_come_back_and_all_go_at_the_end(proved):
    replaced = "A second pod that was deleted later is replaced too"
    assert replaced in proved.claims(Kind.POSITIVE)
    assert "Every pod of a deleted PyTorchJob is gone" in proved.after(replaced)


def test_nothing_is_left(proved):
    assert proved.good.left == ()


def test_a_refusal_that_only_quotes_the_webhook_does_not_count(proved):
    trial = proved.on("refused_by_somebody_else")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [REFUSED]


def test_a_controller_that_repairs_only_once_fails(proved):
    trial = proved.on("acts_once_after_the_first_repair")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == ["A second pod that was deleted later is replaced too"]


def test_a_webhook_that_refuses_every_other_time_fails(proved):
    trial = proved.on("webhook_takes_turns")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [REFUSED]
    [seen] = [each.actual for each in trial.result.observations if each.claim == REFUSED]
    assert seen[-1] == "accepted"


def test_a_definition_that_is_served_without_all_of_its_names_fails_by_that_alone(proved):
    trial = proved.on("names_taken")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == ["The definition of PyTorchJob is established"]
