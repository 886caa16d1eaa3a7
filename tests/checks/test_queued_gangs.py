"""Gangs that queues keep together instead of the scheduler: the same check, by another backend and on mutants of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterproof import parameters, testbed
from clusterproof.model import Kind, Outcome
from clusterproof.notebook.session import Session
from clusterproof.prove.case import Case
from clusterproof.prove.gate import Gate
from clusterproof.prove.mutant import mutants
from clusterproof.prove.stand import run_on
from clusterproof.prove.tiers import tier
from proofs import false_claims, own_state

pytestmark = pytest.mark.live

MUTANTS = {each.name: each for each in mutants(["gang_scheduling"], folder=Path(__file__).parents[1] / "mutants")}
HELD_BACK = "No pod of a gang that cannot fit is ever bound"


@pytest.fixture(scope="module", autouse=True)
def state(tmp_path_factory):
    with own_state(tmp_path_factory.mktemp("state")):
        yield


@pytest.fixture(scope="module")
def good(state):
    """Run the check where queues are as they should be; return what came of it and what is left of it."""
    values = parameters.merge(parameters.load("testbed"), {**tier("sim").values, "gang_backend": "kueue"})
    try:
        bed = testbed.up(testbed.Spec("queues", addons=("kueue",)), progress=lambda _line: None)
        session = Session.open(values=values, kubeconfig=str(bed.kubeconfig))
        return session.run("gang_scheduling"), session.close()
    finally:
        testbed.down("queues")


def test_queues_that_keep_gangs_together_pass_by_their_own_backend(good):
    result, _ = good
    assert result.outcome is Outcome.PASS, result.message
    assert result.backend == "kueue"
    claims = [seen.claim for seen in result.observations]
    assert claims.index(HELD_BACK) < claims.index("The waiting gang starts whole once there is room")
    assert next(seen for seen in result.observations if seen.claim == HELD_BACK).kind is Kind.NEGATIVE


def test_nothing_is_left_of_queues_flavours_and_jobs(good):
    _, left = good
    assert left == ()


def test_a_picture_shows_each_job(good):
    [picture] = good[0].pictures
    lines = {line.name: [value for _, value in line.points] for line in picture.series}
    assert max(lines["a gang that fits"]) == 8
    assert max(lines["the same pods without a gang"]) == 7
    waits = dict(next(line.points for line in picture.series if line.name == "a gang that has to wait"))
    assert max(waits.values()) == 8


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_queues_that_do_not_fail_by_the_claim_named(name):
    ran = run_on(name.replace("_", "-"), Case("gang_scheduling", MUTANTS[name]), Gate())
    assert ran.result.outcome is Outcome.FAIL
    assert false_claims(ran) == [MUTANTS[name].caught_by]
