"""A node that dies in the middle of a run makes an ERROR of what was running, and what the run made still goes."""

from __future__ import annotations

import signal

import pytest

from clusterproof import parameters, testbed
from clusterproof.cluster.client import Cluster
from clusterproof.cluster.sweep import run_ids
from clusterproof.cluster.waiting import Waiter
from clusterproof.cluster.watch import Watch
from clusterproof.model import Observation, Outcome, Reason
from clusterproof.notebook.session import Session
from real_nodes import needs_real_nodes

pytestmark = [pytest.mark.live, pytest.mark.slow, needs_real_nodes]

THEN = "Every pod of a gang that fits is bound"


@pytest.fixture
def bed(state):
    started = testbed.up(testbed.Spec(name="dying", tier="node"), progress=lambda _line: None)
    yield started
    testbed.down("dying")


def await_signs_of_life(cluster):
    """Wait until the kubelets have written their first Leases: nothing tells later that one without has died."""
    waiter = Waiter()
    leases = cluster.resource("coordination.k8s.io/v1", "Lease")
    watch = Watch(cluster, leases, "kube-node-lease", waiter.pulse, waiter.on_change)
    watch.start()
    waiter.watches.append(watch)
    seen = waiter.eventually(
        lambda: {lease["metadata"]["name"] for lease in watch.items()}, {"real-0", "real-1"}.issubset, within=60
    )
    watch.stop()
    assert seen.holds


@pytest.mark.parametrize("program", ["containerd", "kubelet"])
def test_a_check_whose_nodes_die_ends_with_an_error_and_leaves_nothing(bed, program):
    def heard(event, payload):
        if event == "observation" and isinstance(payload, Observation) and payload.claim == THEN:
            for node in ("real-0", "real-1"):
                bed.signal(f"{node}-{program}", signal.SIGKILL)

    values = parameters.merge(
        parameters.load("testbed-node"), {"timeout_scale": 0.5}
    )  # for a minute; a kubelet counts as silent after 40 s
    await_signs_of_life(Cluster.connect(str(bed.kubeconfig)))
    session = Session.open(values=values, kubeconfig=str(bed.kubeconfig), emit=heard)
    result = session.run("gang_scheduling")
    assert THEN in [seen.claim for seen in result.observations]
    assert (result.outcome, result.reason) == (Outcome.ERROR, Reason.NODE_LOST), result.message
    assert "the node real-" in result.message
    assert session.close() == ()
    assert run_ids(Cluster.connect(str(bed.kubeconfig))) == ()
