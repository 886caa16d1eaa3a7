"""Gangs that queues keep together instead of the scheduler: the same check, by another backend and on mutants of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterproof.model import Kind, Outcome
from clusterproof.prove.bed import Bed, Gate, run_on
from clusterproof.prove.mutant import mutants
from proofs import false_claims, own_state

pytestmark = pytest.mark.live

MUTANTS = {each.name: each for each in mutants(["gang_scheduling"], folder=Path(__file__).parents[1] / "mutants")}


@pytest.fixture(scope="module")
def on(tmp_path_factory):
    """Give a function that runs the check on a testbed with queues, broken as a mutant says."""

    def on(name):
        return run_on(Bed(name.replace("_", "-"), "gang_scheduling", MUTANTS[name]), Gate())

    with own_state(tmp_path_factory.mktemp("state")):
        yield on


def test_queues_that_keep_gangs_together_pass_by_their_own_backend(on):
    result = on("kueue_as_it_should_be").result
    assert result.outcome is Outcome.PASS, result.message
    assert result.backend == "kueue"
    negatives = [seen.claim for seen in result.observations if seen.kind is Kind.NEGATIVE]
    assert negatives[0] == MUTANTS["kueue_quota_beyond_the_nodes"].caught_by


@pytest.mark.parametrize("name", sorted(MUTANTS.keys() - {"kueue_as_it_should_be"}))
def test_queues_that_do_not_fail_by_the_claim_named(on, name):
    ran = on(name)
    assert ran.result.outcome is Outcome.FAIL
    assert false_claims(ran) == [MUTANTS[name].caught_by]
