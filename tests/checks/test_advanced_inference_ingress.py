"""Requests follow the queues of model servers, and the check tells such a gateway from others and from a toy."""

from __future__ import annotations

import pytest

from clusterproof import parameters, testbed
from clusterproof.model import Outcome, Reason
from clusterproof.notebook.session import Session
from proofs import false_claims, own_state

pytestmark = pytest.mark.live

REQUIREMENT = "advanced_inference_ingress"
MUTANTS = ("requests_queues_ignored", "requests_never_forgiven", "status_always_resolved")
AVOIDED = "Requests avoid the one server whose queue is long"
BACK = "Requests go to the same server once all other queues are long"


def test_a_toy_passes_every_claim_and_is_no_evidence(proved):
    assert (proved.good.result.outcome, proved.good.result.reason) == (Outcome.SKIP, Reason.NEEDS_KUBELET)
    assert "toy" in proved.good.result.message
    assert false_claims(proved.good) == []
    assert proved.good.result.backend == "inference-pool"


def test_a_server_is_avoided_only_as_long_as_its_queue_is_long(proved):
    assert BACK in proved.after(AVOIDED)
    seen = {each.claim: each.actual for each in proved.good.result.observations}
    assert sum(seen[AVOIDED]) == sum(seen[BACK]) == 100


def test_nothing_is_left(proved):
    assert proved.good.left == ()


@pytest.mark.parametrize(
    ("mutant", "claim"),
    [
        ("requests_queues_ignored", AVOIDED),
        ("requests_never_forgiven", BACK),
        (
            "status_always_resolved",
            "A pool whose endpoint picker does not exist says that its references do not resolve",
        ),
    ],
)
def test_a_gateway_that_does_something_else_fails(proved, mutant, claim):
    trial = proved.on(mutant)
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [claim]


@pytest.fixture
def bed(request, tmp_path):
    """Give a testbed with the add-ons that a test names; they may bring the same definitions."""
    with own_state(tmp_path):
        try:
            yield testbed.up(testbed.Spec(name="pools", addons=request.param), progress=lambda _line: None)
        finally:
            testbed.down("pools")


@pytest.mark.parametrize("bed", [("pools", "traefik")], indirect=True)
def test_a_real_gateway_beside_the_toy_is_chosen_by_name_only_and_serves_no_pools(bed):
    hurried = parameters.merge(parameters.load("testbed"), {"timeout_scale": 0.07})
    mine = Session.open(values=hurried, kubeconfig=str(bed.kubeconfig))
    assert mine.run(REQUIREMENT).reason is Reason.NEEDS_KUBELET
    changes = {"timeout_scale": 0.07, "inference_gateway_class": "traefik"}
    named = parameters.merge(parameters.load("testbed"), changes)
    result = Session.open(values=named, kubeconfig=str(bed.kubeconfig)).run(REQUIREMENT)
    assert (result.outcome, false_claims_of(result)) == (Outcome.FAIL, ["The pool is accepted for its Gateway"])


def false_claims_of(result):
    return [seen.claim for seen in result.observations if not seen.holds]


@pytest.mark.parametrize("bed", [("traefik",)], indirect=True)
def test_a_cluster_without_pools_is_not_measured(bed):
    hurried = parameters.merge(parameters.load("testbed"), {"timeout_scale": 0.07})
    result = Session.open(values=hurried, kubeconfig=str(bed.kubeconfig)).run(REQUIREMENT)
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.NOT_INSTALLED)
    assert "InferencePool" in result.message
