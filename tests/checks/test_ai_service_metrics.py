"""A monitoring system that collects exactly what was told passes; one that collects too much or too little fails."""

from __future__ import annotations

import pytest

from clusterproof.model import Kind, Outcome
from clusterproof.stub.completion import WORDS
from proofs import false_claims

pytestmark = pytest.mark.live

REQUIREMENT = "ai_service_metrics"
MUTANTS = ("collection_everything", "replicas_new_ones_not_found")
SILENT = "Nothing is collected from a server that does not ask for it"
FOUND = "A second replica is found and collected from by itself"


def test_a_good_cluster_passes(proved):
    assert proved.good.seen == "PASS"
    assert proved.good.result.backend == "scrape-annotations"


def test_what_was_sent_is_what_was_counted(proved):
    counted = {claim: seen for seen in proved.good.result.observations for claim in [seen.claim]}
    assert counted["The server answers as it was asked to"].actual == {200: 17, 500: 3}
    assert counted["As many good answers are collected as were given"].actual == [17.0]
    assert counted["As many failures are collected as there were"].actual == [3.0]
    assert counted["As many tokens of answers are collected as they have"].actual == [17.0 * len(WORDS)]
    assert counted["A time is collected for every further token"].actual == [17.0 * (len(WORDS) - 1)]


def test_the_twin_tells_the_same_and_stays_unknown(proved):
    assert SILENT in proved.negatives
    assert "The server that does not ask to be collected from tells its metrics too" in proved.claims(Kind.CONTROL)
    assert FOUND in proved.after(SILENT)


def test_nothing_is_left(proved):
    assert proved.good.left == ()


def test_a_system_that_collects_from_everybody_fails(proved):
    trial = proved.on("collection_everything")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [SILENT]


def test_a_system_that_does_not_find_a_new_replica_fails(proved):
    trial = proved.on("replicas_new_ones_not_found")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [FOUND]
