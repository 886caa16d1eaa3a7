"""What the API server and the scheduler decide about accelerators is measured; what they cannot show is left open."""

from __future__ import annotations

import pytest

from clusterproof.model import Kind, Outcome, Reason
from proofs import false_claims

pytestmark = pytest.mark.live

REQUIREMENT = "secure_accelerator_access"
MUTANTS = (
    "books_ignored", "claims_administrators_everywhere", "claimed_books_ignored", "admission_nothing", "strangers_logs",
)  # fmt: skip
HELD = "No pod gets an accelerator that another one holds"
ADMIN = "A claim of devices that others use is refused"


def test_simulated_nodes_leave_open_what_a_container_sees(proved):
    result = proved.good.result
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.NEEDS_KUBELET)
    assert proved.good.ok
    assert all(seen.holds for seen in result.observations)


def test_each_refusal_stands_beside_a_request_that_is_accepted(proved):
    accepted = [claim for claim in proved.claims(Kind.CONTROL) if "is accepted" in claim]
    refused = [claim for claim in proved.negatives if claim.endswith("is refused")]
    assert (len(accepted), len(refused)) == (4, 5)
    assert "The waiting pod gets the accelerator that is given back" in proved.after(HELD)


def test_who_asks_for_nothing_runs_and_has_nothing(proved):
    claims = proved.claims()
    held = claims.index("A pod that asks for no accelerator runs on the node whose accelerators are all held")
    assert claims[held + 1] == "Nothing that is or brings a device has been put into that pod"


def test_a_scheduler_that_makes_no_claims_on_devices_fails(proved):
    assert false_claims(proved.on("claimed_books_ignored")) == [HELD]


def test_what_accounts_of_other_namespaces_may_do_is_named(proved):
    [seen] = [each for each in proved.on("strangers_logs").result.observations if not each.holds]
    assert seen.actual == ["get pods/log"]


def test_nothing_is_left(proved):
    assert proved.good.left == ()


def test_a_scheduler_that_does_not_count_accelerators_fails(proved):
    trial = proved.on("books_ignored")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [HELD]


def test_claims_of_other_peoples_devices_that_are_admitted_fail(proved):
    trial = proved.on("claims_administrators_everywhere")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [ADMIN]
