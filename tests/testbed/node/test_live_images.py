"""A check whose image no node can pull ends with the image's name, long before its patience does."""

from __future__ import annotations

from functools import partial

import pytest

from clusterproof import parameters, testbed
from clusterproof.bench import bench as workbench
from clusterproof.bench.values import fragments
from clusterproof.checklist import requirements
from clusterproof.cluster.waiting import Patience
from clusterproof.model import Level, Outcome, Reason
from clusterproof.notebook.session import Session
from real_nodes import needs_real_nodes, pod, says, watched_until

pytestmark = [pytest.mark.live, pytest.mark.slow, needs_real_nodes]

MUST = [
    each.id
    for each in requirements("1.37")
    if each.level is Level.MUST and each.id != "cluster_autoscaling"  # there is no autoscaler of real nodes
]
FOREVER = 1e6  # seconds: a check that waits for all of it never ends
MISSING = "registry.example/nothing:1"


@pytest.fixture(scope="module")
def full(state):
    """Start real nodes with everything that the MUST requirements need there."""
    spec = testbed.Spec(name="full", tier="node", addons=tuple(testbed.addons_for(MUST, "node")))
    yield testbed.up(spec, progress=lambda _line: None)
    testbed.down("full")


def run(bed, requirement, **changes):
    values = parameters.merge(parameters.load("testbed-node"), changes)
    session = Session.open(values=values, kubeconfig=str(bed.kubeconfig))
    result = session.run(requirement)
    assert session.close() == ()
    return result


@pytest.mark.parametrize("requirement", [*MUST, "workload_sandboxing"])
def test_an_image_that_no_node_can_pull_is_said_by_whichever_check_meets_it(full, monkeypatch, requirement):
    monkeypatch.setattr(workbench, "Patience", partial(Patience, start=FOREVER, pull=1.0))
    result = run(full, requirement, probe_image=MISSING, load_image=MISSING, picker_image=MISSING)
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.IMAGE_UNAVAILABLE), result.message
    assert f"The image {MISSING} cannot be pulled" in result.message
    assert "image_registry_prefix" in result.message


def ended(seen):
    """Return how the container of a pod has ended; empty while it runs."""
    statuses = seen["status"].get("containerStatuses") or [{}]
    return (statuses[0].get("state") or {}).get("terminated") or {}


def test_a_container_that_only_is_there_goes_as_soon_as_it_is_told_to(bed, cluster):
    item = pod("idle", "")
    item["spec"]["terminationGracePeriodSeconds"] = 3600
    *python, script = fragments()["idle"]
    spoken = script.replace("signal.pause()", "print('there', flush=True); signal.pause()")
    item["spec"]["containers"][0]["command"] = [*python, spoken]
    cluster.create(item)
    assert says(bed.kubeconfig, "idle", "there")
    cluster.delete(cluster.resource("v1", "Pod"), "idle", "default")
    assert ended(watched_until(cluster, "idle", ended))["exitCode"] == 143
