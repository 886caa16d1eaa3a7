"""On real nodes: what a trial has done inside them is undone or seen, and nothing of a node is started beside it."""

from __future__ import annotations

import signal

import pytest

from clusterproof.prove import inside
from clusterproof.prove.case import Case
from clusterproof.prove.gate import Gate
from clusterproof.prove.mutant import Mutant
from clusterproof.prove.stand import Stand
from proofs import own_state
from real_nodes import needs_real_nodes

pytestmark = [pytest.mark.live, pytest.mark.slow, needs_real_nodes]

REQUIREMENT, DEVICES = "workload_sandboxing", "clusterproof.testbed.node.devices"


@pytest.fixture(scope="module")
def stand(tmp_path_factory):
    with own_state(tmp_path_factory.mktemp("state")):
        found = Stand.start("prove-0-0", Case(REQUIREMENT, tier="node"), Gate(), for_others=True)
        yield found
        found.remove()


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    monkeypatch.setattr("clusterproof.prove.stand.SETTLED_WITHIN", 6.0)


def test_only_what_begins_with_the_same_nodes_is_tried_here(stand):
    stand.used = 1
    for changes, served in (({"tier": "node"}, True), ({"tier": "node", "node_options": {"plugin": "all"}}, False)):
        mutant = Mutant(REQUIREMENT, "m", "about", "claim", changes)
        assert stand.serves(Case(REQUIREMENT, mutant, "node")) is served


def test_what_a_mutant_has_stopped_goes_on_and_the_nodes_are_as_they_were(stand):
    stand.sabotage({"signal": {"component": "real-0-kubelet", "signal": "STOP"}})
    stand.sabotage({"inside": {"words": DEVICES, "signal": "STOP"}})
    assert stand.restore() == ""


def test_what_stays_stopped_inside_is_seen(stand):
    told = inside.signal(stand.started, DEVICES, signal.SIGSTOP, node="real-1")
    seen = stand.restore()
    inside.go_on(told)
    assert "process real-1/stopped: " in seen
    assert stand.restore() == ""


def test_a_kubelet_that_was_killed_is_missed_and_not_started_beside_its_node(stand):
    stand.started.signal("real-0-kubelet", signal.SIGKILL)
    assert stand.restore().startswith("real-0-kubelet has ended")
    assert "real-0-kubelet" not in stand.started.pids()
