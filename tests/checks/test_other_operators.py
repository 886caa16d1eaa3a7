"""The same check with other operators, all of them real: they pass, listen on loopback only, and their mutants fail."""

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
from clusterproof.testbed import processes
from proofs import false_claims, own_state

pytestmark = pytest.mark.live

REQUIREMENT = "robust_controller"
OPERATORS = ("jobset", "trainer", "kuberay")
ALL = ("training-operator", *OPERATORS)
MUTANTS = {each.name: each for each in mutants([REQUIREMENT], folder=Path(__file__).parents[1] / "mutants")}


@pytest.fixture(scope="module", autouse=True)
def state(tmp_path_factory):
    with own_state(tmp_path_factory.mktemp("state")):
        yield


@pytest.fixture(scope="module")
def bed(state):
    """Start one testbed with all operators."""
    try:
        yield testbed.up(testbed.Spec("operators", addons=ALL), progress=lambda _line: None)
    finally:
        testbed.down("operators")


@pytest.mark.parametrize("name", OPERATORS)
def test_a_good_operator_passes_and_nothing_of_it_is_left(bed, name):
    values = parameters.merge(parameters.load("testbed"), {**tier("sim").values, "operator": name})
    session = Session.open(values=values, kubeconfig=str(bed.kubeconfig))
    result = session.run(REQUIREMENT)
    left = session.close()
    false = [(seen.claim, seen.actual) for seen in result.observations if not seen.holds]
    assert (result.outcome, false) == (Outcome.PASS, []), result.message
    assert result.backend == name
    assert {seen.kind for seen in result.observations} == {Kind.POSITIVE, Kind.NEGATIVE, Kind.CONTROL}
    assert left == ()


@pytest.mark.parametrize("name", ALL)
def test_an_operator_listens_on_loopback_only(bed, name):
    process = processes.find(bed.folder, name)
    listening = {each.laddr.ip for each in process.net_connections(kind="inet") if each.status == "LISTEN"}
    assert listening == {"127.0.0.1"}


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_an_operator_that_is_broken_fails_by_the_claim_named(name):
    ran = run_on(name.replace("_", "-"), Case(REQUIREMENT, MUTANTS[name]), Gate())
    assert (ran.result.outcome, false_claims(ran)[:1]) == (Outcome.FAIL, [MUTANTS[name].caught_by])
