"""Pods of others that take or give back accelerators while a check runs are noticed, and named, and nothing else is."""

from __future__ import annotations

import pytest

from clusterproof.cluster import labels
from clusterproof.cluster.neighbours import Neighbours, devices, kept, sentence
from clusterproof.model import Outcome, Reason
from fakes import Kind, pod
from fakes.checks import negative, positive

pytestmark = pytest.mark.usefixtures("quick")

DEVICE = "testbed.clusterproof.dev/accelerator"
NODE = {
    "apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"},
    "status": {"allocatable": {DEVICE: "2"}, "conditions": [{"type": "Ready", "status": "True"}]},
}  # fmt: skip


def holder(name, node="n", *, device=DEVICE, phase="Running", **more):
    item = pod(name, node, **{"namespace": "theirs", **more})
    item["spec"]["containers"] = [{"name": "c", "resources": {"limits": {device: "1"}}}]
    return item | {"status": {"phase": phase}}


@pytest.fixture(autouse=True)
def leases(api):
    api.store.kinds.append(Kind("coordination.k8s.io/v1", "Lease", "leases"))


@pytest.fixture
def neighbours(cluster):
    made = Neighbours(cluster, "run-1", "gang_scheduling")
    made.resource, made.turns = DEVICE, frozenset({DEVICE})
    yield made
    made.stop()


def changes(neighbours):
    return neighbours.changes({"n"}, {"ours"})


def test_what_stays_is_no_change(api, neighbours):
    api.store.put(holder("a"))
    neighbours.begin()
    assert changes(neighbours) == []


def test_nothing_is_said_before_anybody_looks(api, neighbours):
    api.store.put(holder("a"))
    assert changes(neighbours) == []


def test_a_pod_that_comes_and_one_that_goes_are_named(api, neighbours):
    api.store.put(holder("a"))
    neighbours.begin()
    api.store.put(holder("b"))
    api.store.remove(holder("a"))
    assert changes(neighbours) == ["theirs/a went", "theirs/b came"]


def test_a_pod_that_came_and_went_between_two_lists_is_seen_by_the_watch(api, neighbours):
    neighbours.begin()
    api.store.put(holder("b"))
    waiter = neighbours._waiter
    waiter.eventually(lambda: len(neighbours._watch.ever()), lambda seen: seen == 1, within=5)
    api.store.remove(holder("b"))
    assert changes(neighbours) == ["theirs/b came and went"]


def test_a_pod_that_is_bound_only_later_comes_then(api, neighbours):
    api.store.put(holder("b", "", phase="Pending"))
    neighbours.begin()
    assert changes(neighbours) == []
    api.store.put(holder("b"))
    assert changes(neighbours) == ["theirs/b came"]


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_is_over_has_given_back_what_it_held(api, neighbours, phase):
    api.store.put(holder("a"))
    neighbours.begin()
    api.store.put(holder("a", phase=phase))
    assert changes(neighbours) == ["theirs/a went"]


@pytest.mark.parametrize(
    "item",
    [
        holder("elsewhere", "other"),
        holder("another-device", device="example.com/fuse"),
        pod("nothing", "n", namespace="theirs"),
        holder("of-this-run", labels={labels.RUN: "run-1"}),
        holder("of-an-operator-of-ours", namespace="ours"),
    ],
    ids=lambda item: item["metadata"]["name"],
)
def test_what_takes_nothing_on_these_nodes_or_is_our_own_is_no_change(api, neighbours, item):
    neighbours.begin()
    api.store.put(item)
    assert changes(neighbours) == []


def test_an_accelerator_of_the_table_counts_whatever_the_check_takes(api, neighbours):
    neighbours.resource = "example.com/other"
    neighbours.begin()
    api.store.put(holder("b", device="amd.com/gpu"))
    assert changes(neighbours) == ["theirs/b came"]


def test_another_run_that_does_not_heed_the_lease_is_a_stranger(api, neighbours):
    neighbours.begin()
    api.store.put(holder("b", labels={labels.RUN: "run-2"}))
    assert changes(neighbours) == ["theirs/b came"]


def test_what_changed_before_the_room_was_counted_is_no_change(api, neighbours):
    api.store.put(holder("a"))
    neighbours.begin()
    api.store.put(holder("b"))
    api.store.remove(holder("a"))
    neighbours._waiter.refresh()
    neighbours.settle(0)
    assert changes(neighbours) == []
    api.store.remove(holder("b"))
    neighbours.settle(0)  # counted once: what stays is compared with the first time
    assert changes(neighbours) == ["theirs/b went"]


def test_what_an_earlier_check_of_this_run_held_is_waited_for(api, neighbours):
    mine = {labels.RUN: "run-1"}
    earlier = holder("earlier", labels={**mine, labels.REQUIREMENT: "dra_support"})
    api.store.put(earlier)
    api.store.put(holder("own", labels={**mine, labels.REQUIREMENT: "gang_scheduling"}))
    neighbours.begin()
    said = []
    neighbours._waiter.listen(lambda: said.append(len(neighbours._earlier())))
    api.store.play([(api.store.remove, earlier)])
    neighbours.settle(60)
    assert api.store.get("pods", "theirs", "earlier") is None
    assert neighbours._earlier() == []


def test_what_another_check_of_this_run_holds_of_something_else_is_not_waited_for(api, neighbours):
    """It runs at the same time, maybe for minutes."""
    marks = {labels.RUN: "run-1", labels.REQUIREMENT: "cluster_autoscaling"}
    api.store.put(holder("beside", labels=marks, device="amd.com/gpu"))
    neighbours.begin()
    neighbours.settle(3600)
    assert changes(neighbours) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"spec": {"unschedulable": True}}, "takes no pods any more"),
        (
            {"status": {"allocatable": {DEVICE: "1"}, "conditions": NODE["status"]["conditions"]}},
            "offers 1 instead of 2",
        ),
        ({"status": {"allocatable": {DEVICE: "2"}, "conditions": []}}, "takes no pods any more"),
    ],
)
def test_a_node_that_offers_something_else_has_changed(api, neighbours, change, said):
    api.store.put(NODE)
    neighbours.begin()
    neighbours.stay_on({"n": 2})
    assert changes(neighbours) == []
    api.store.put({**NODE, **change})
    assert changes(neighbours) == [f"the node n {said}"]


def test_a_node_that_is_gone_takes_no_pods(api, neighbours):
    neighbours.begin()
    neighbours.stay_on({"n": 2})
    assert changes(neighbours) == ["the node n takes no pods any more"]


def test_of_a_pod_no_more_is_kept_than_names_it():
    item = holder("a")
    item["spec"]["containers"][0] |= {"env": ["much"], "image": "long"}
    assert kept(item)["spec"] == {
        "nodeName": "n",
        "containers": [{"resources": {"limits": {DEVICE: "1"}}}],
        "initContainers": [],
    }
    assert "status" not in kept(item)


def test_devices_are_what_has_a_domain_in_its_name():
    wants = [
        {"resources": {"requests": {"cpu": "1", "a/b": "1"}}},
        {"resources": {"limits": {"hugepages-2Mi": "1"}}},
        {},
    ]
    item = {"spec": {"containers": wants, "initContainers": [{"resources": {"limits": {"c/d": "1"}}}]}}
    assert devices(item) == {"a/b", "c/d"}


def test_a_sentence_names_three_and_counts_the_rest():
    assert "a, b, c and 2 more." in sentence(list("abcde"))
    assert "a, b, c." in sentence(list("abc"))


def disturbed(api, *, holds):
    """Return a check during which somebody else's pod comes to the node of its own."""

    def check(bench):
        bench.ledger.neighbours.resource = DEVICE
        bench.ledger.neighbours.stay_on({"n": 2})
        yield positive(bench)
        api.store.put(holder("b"))
        yield negative(bench, holds=holds)

    return check


@pytest.mark.parametrize("holds", [True, False])
def test_neither_a_pass_nor_a_fail_is_built_on_sand(api, run, holds):
    api.store.put(NODE)
    result = run(disturbed(api, holds=holds), exclusive=True)
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.DISTURBED)
    assert "theirs/b came" in result.message


@pytest.mark.parametrize(("holds", "outcome"), [(True, Outcome.PASS), (False, Outcome.FAIL)])
def test_a_check_that_shares_does_not_care(api, run, holds, outcome):
    api.store.put(NODE)
    assert run(disturbed(api, holds=holds), exclusive=False).outcome is outcome


def test_a_claim_that_was_false_before_anybody_came_stays_false(api, run):
    def check(bench):
        bench.ledger.neighbours.resource = DEVICE
        bench.ledger.neighbours.stay_on({"n": 2})
        yield positive(bench)
        try:
            yield negative(bench, holds=False)
        finally:
            api.store.put(holder("b"))

    api.store.put(NODE)
    assert run(check, exclusive=True).outcome is Outcome.FAIL
