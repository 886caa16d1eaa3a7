"""Others who take or give back accelerators while a gang is measured make a SKIP of it, never a FAIL or a PASS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from clusterproof import parameters, testbed
from clusterproof.cluster import labels
from clusterproof.cluster.client import Cluster
from clusterproof.model import Outcome, Reason
from clusterproof.notebook.session import Session
from clusterproof.prove.tiers import tier
from proofs import own_state

pytestmark = pytest.mark.live

DEVICE = "nvidia.com/gpu"
BEFORE_IT_WAITS = "Every accelerator of 'loose' is given back"
WHILE_IT_WAITS = "A scheduler has decided on every pod of a gang that cannot fit"
AT_THE_END = "The other gang starts whole after the first one is gone"


@dataclass
class Place:
    """A testbed, and what somebody else does there."""

    bed: Any
    cluster: Any

    def __post_init__(self):
        nodes = list(self.cluster.pages(self.cluster.resource("v1", "Node")))
        offering = [node for node in nodes if DEVICE in node["status"]["allocatable"]]
        self.node = min(node["metadata"]["name"] for node in offering)

    def come(self, *, devices=1):
        """Start a pod of somebody's on an accelerator node, past every scheduler."""
        limits = {DEVICE: str(devices)} if devices else {}
        spec = {
            "nodeName": self.node,
            "terminationGracePeriodSeconds": 0,
            "tolerations": [{"operator": "Exists"}],
            "containers": [{"name": "c", "image": "none", "resources": {"limits": limits}}],
        }
        metadata = {"name": "somebodys", "namespace": "default"}
        self.cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})

    def go(self):
        self.cluster.delete(self.cluster.resource("v1", "Pod"), "somebodys", "default")

    def take_away_the_filler(self):
        jobs = self.cluster.resource("batch/v1", "Job")
        [job] = self.cluster.pages(jobs, labels=f"{labels.NAME}=filler")
        self.cluster.delete(jobs, job["metadata"]["name"], job["metadata"]["namespace"])

    def cordon(self, *, unschedulable=True):
        nodes = self.cluster.resource("v1", "Node")
        self.cluster.patch(nodes, self.node, "", {"spec": {"unschedulable": unschedulable or None}})

    def tidy(self):
        self.go()
        self.cordon(unschedulable=False)

    def run(self, after, what):
        """Run the check, do something once a claim was seen, and return the result."""

        def heard(event, payload):
            if event == "observation" and payload.claim == after:
                what()

        values = parameters.merge(parameters.load("testbed"), tier("sim").values)
        session = Session.open(values=values, kubeconfig=str(self.bed.kubeconfig), emit=heard)
        result = session.run("gang_scheduling")
        self.tidy()
        assert session.close() == ()
        return result


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with own_state(tmp_path_factory.mktemp("state")):
        try:
            bed = testbed.up(testbed.Spec("disturbed"), progress=lambda _line: None)
            yield Place(bed, Cluster.connect(str(bed.kubeconfig)))
        finally:
            testbed.down("disturbed")


def skipped(result, said):
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.DISTURBED), result.message
    assert said in result.message
    return all(seen.holds for seen in result.observations)


def test_a_pod_that_comes_where_the_gang_would_start_is_no_failure_of_the_scheduler(place):
    assert skipped(place.run(BEFORE_IT_WAITS, place.come), "default/somebodys came")


def test_a_pod_that_goes_and_makes_room_is_none_either(place):
    place.come()
    assert skipped(place.run(WHILE_IT_WAITS, place.go), "default/somebodys went")


def test_what_passes_beside_a_pod_that_comes_proves_nothing(place):
    result = place.run(AT_THE_END, lambda: (place.come(), place.go()))
    assert skipped(result, "default/somebodys came and went")


def test_a_node_that_takes_no_pods_any_more_is_no_failure_of_the_scheduler(place):
    assert skipped(place.run(BEFORE_IT_WAITS, place.cordon), f"the node {place.node} takes no pods any more")


def test_a_place_that_is_free_again_too_early_holds_nothing_back(place):
    result = place.run(WHILE_IT_WAITS, place.take_away_the_filler)
    assert skipped(result, "Something took away the pod that was to fill the place.")


def test_whoever_takes_no_accelerator_disturbs_nobody(place):
    result = place.run(BEFORE_IT_WAITS, lambda: place.come(devices=0))
    assert result.outcome is Outcome.PASS, result.message
