"""Two phases do their own work and are scaled apart, and the check tells such a stack from others and from a toy."""

from __future__ import annotations

import pytest

from clusterproof import parameters, testbed
from clusterproof.model import Outcome, Reason
from clusterproof.notebook.session import Session
from proofs import false_claims, own_state

pytestmark = pytest.mark.live

REQUIREMENT = "disaggregated_inference"
MUTANTS = ("work_recomputed", "work_monolith", "scaling_before_it_comes_back")
WITHOUT = "Without the first phase requests fail, or the second phase is seen to take them in itself"
AGAIN = "Requests are answered again once the first phase is back"


def test_a_toy_passes_every_claim_and_is_no_evidence(proved):
    assert (proved.good.result.outcome, proved.good.result.reason) == (Outcome.SKIP, Reason.NEEDS_KUBELET)
    assert "toy" in proved.good.result.message
    assert false_claims(proved.good) == []


def test_a_failure_without_the_first_phase_counts_only_since_it_works_with_it_again(proved):
    assert WITHOUT in proved.negatives
    assert proved.after(WITHOUT) == [AGAIN]


def test_nothing_is_left(proved):
    assert proved.good.left == ()


@pytest.mark.parametrize(
    ("mutant", "claim"),
    [
        ("work_recomputed", "The second phase has not taken them in once more"),
        ("work_monolith", "Both phases have worked on every one of these requests"),
        ("scaling_before_it_comes_back", AGAIN),
    ],
)
def test_a_stack_that_is_not_two_phases_fails(proved, mutant, claim):
    trial = proved.on(mutant)
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [claim]


@pytest.fixture(scope="module")
def bed(tmp_path_factory):
    """Give a testbed with the toy."""
    with own_state(tmp_path_factory.mktemp("state")):
        try:
            yield testbed.up(testbed.Spec(name="phases", addons=("phases",)), progress=lambda _line: None)
        finally:
            testbed.down("phases")


def session(bed, **values):
    hurried = parameters.merge(parameters.load("testbed"), {"timeout_scale": 0.07, **values})
    return Session.open(values=hurried, kubeconfig=str(bed.kubeconfig))


def replicas(session):
    deployments = session.cluster.resource("apps/v1", "Deployment")
    return {each["metadata"]["name"]: each["spec"]["replicas"] for each in session.cluster.pages(deployments)}


def test_without_leave_to_disturb_nothing_is_scaled(bed):
    own = session(bed, allow_disruptive=False)
    result = own.run(REQUIREMENT)
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.NOT_REQUESTED)
    assert result.observations[-1].claim == "Each phase has a number of replicas of its own"


def test_the_numbers_of_replicas_are_restored_also_where_the_check_is_cut_short(bed):
    def stop(event, payload):
        if event == "observation" and payload.claim == WITHOUT:
            assert replicas(own)["prefill"] == 0
            raise KeyboardInterrupt

    own = session(bed)
    own._emit = stop
    with pytest.raises(KeyboardInterrupt):
        own.run(REQUIREMENT)
    assert replicas(own) == {"prefill": 1, "decode": 1}


def test_a_stack_of_which_nobody_is_there_is_not_measured(bed):
    result = session(bed, prefill_selector="app=nobody", decode_selector="app=nobody").run(REQUIREMENT)
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.NOT_INSTALLED)
