"""What the pods of a gang say of themselves, and where the check stays."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from clusterproof.bench.album import Album
from clusterproof.cluster.allocation import PLUGIN
from clusterproof.cluster.inventory import Capacity
from clusterproof.cluster.labels import NAME
from clusterproof.cluster.waiting import Waiter
from clusterproof.errors import Inconclusive
from clusterproof.instruments import gangs, jobs
from clusterproof.model import Reason

DEVICE = "testbed.clusterproof.dev/accelerator"


def pod(uid, node="", *, at="", owner="", devices=1, name="waits"):  # noqa: PLR0913
    """Return a pod of a gang, bound at a time if it has a node."""
    scheduled = {"type": "PodScheduled", "status": "True", "lastTransitionTime": f"2026-01-01T00:{at}Z"}
    resources = {"limits": {DEVICE: str(devices)}} if devices else {}
    owners = [{"uid": owner, "controller": True}] if owner else []
    return {
        "metadata": {"uid": uid, "labels": {NAME: name}, "ownerReferences": owners},
        "spec": {"nodeName": node, "containers": [{"resources": resources}]},
        "status": {"conditions": [scheduled] if at else []},
    }


def gang(*pods, uid="job"):
    return SimpleNamespace(name="waits", pods=lambda: list(pods), objects=({"metadata": {"uid": uid}},))


@pytest.mark.parametrize(
    ("moments", "seconds"),
    [
        (["00:07"], 0),
        (["00:07", "00:07"], 0),
        (["00:09", "00:07", "01:07"], 60),
        (["00:07", ""], None),  # one has no node yet
        ([], None),
    ],
)
def test_the_spread_is_that_of_the_first_and_the_last_pod_once_all_have_a_node(moments, seconds):
    assert gangs.spread(gang(*(pod(str(number), at=at) for number, at in enumerate(moments)))) == seconds


def test_a_refusal_is_no_moment_of_binding():
    refused = pod("a", at="00:07")
    refused["status"]["conditions"][0]["status"] = "False"
    assert gangs.spread(gang(refused)) is None


def test_what_a_gang_holds_is_read_from_its_pods_and_counted_where_they_are():
    pods = [pod("a", "n1"), pod("b", "n1"), pod("c", "n2", devices=0), pod("d")]
    assert gangs.holding(gang(*pods), DEVICE) == {"n1": 2, "n2": 0}


def test_a_pod_that_was_bound_and_taken_away_was_bound():
    there = [pod("a", "n1"), pod("b"), pod("c", "n1", name="another")]
    bench = SimpleNamespace(ledger=SimpleNamespace(ever=lambda _kind: there))
    assert (gangs.ever_bound(bench, gang()), gangs.ever_created(bench, gang())) == (1, 2)


def test_pods_that_waited_are_known_and_those_that_took_their_place_are_not():
    before = gangs.marks(gang(pod("a", owner="job"), pod("b", owner="job")))
    same = [pod("a", "n", owner="job"), pod("b", owner="job")]
    assert gangs.known(gang(*same), before) == 1
    assert gangs.known(gang(pod("new", "n", owner="job"), pod("newer", "n", owner="job")), before) == 0


def test_where_no_pod_waited_those_of_the_same_object_are_known():
    before = gangs.marks(gang(uid="job"))
    assert gangs.known(gang(pod("a", "n", owner="job"), pod("b", "n", owner="another")), before) == 1


def capacity(free, used=()):
    allocatable = Counter({node: count + dict(used).get(node, 0) for node, count in free.items()})
    modes = dict.fromkeys(free, PLUGIN)
    return Capacity(allocatable, Counter(dict(used)), Counter(dict.fromkeys(free, 110)), modes=modes)


@pytest.mark.parametrize(
    ("free", "used", "wanted", "chosen"),
    [
        ({"a": 2, "b": 2, "c": 2, "d": 2, "e": 2}, {}, 0, "abcd"),
        ({"a": 8, "b": 8, "c": 8}, {}, 0, "ab"),  # a gang that fits on one node shows less
        ({"a": 8}, {}, 0, "a"),
        ({"a": 8, "b": 8}, {}, 4, "a"),
        ({"a": 1, "b": 8, "c": 8}, {"a": 7}, 0, "bc"),  # others are less likely to disturb it there
        ({"a": 1, "b": 1}, {"a": 7}, 0, "ab"),
        ({"a": 0, "b": 2}, {}, 0, "b"),
    ],
)
def test_nodes_are_chosen_that_nobody_uses_the_small_ones_first_and_two_where_there_are(free, used, wanted, chosen):
    stays = {}
    ledger = SimpleNamespace(defaults={}, neighbours=SimpleNamespace(stay_on=stays.update))
    seen = capacity(free, used)
    bench = SimpleNamespace(room=lambda: seen, values=SimpleNamespace(gang_size=wanted), ledger=ledger)
    room = gangs.choose_room(bench)
    assert room.nodes == {node: free[node] for node in chosen}
    assert room.size == sum(free[node] for node in chosen)
    assert stays == {node: seen.allocatable[node] for node in chosen}
    assert gangs.free_now(bench, room) == room.nodes


def skip(reason, message):
    raise Inconclusive("SKIP", reason, message)


@pytest.mark.parametrize(
    ("template", "suspended", "stops"), [("plain", True, True), ("plain", None, False), ("gang", True, False)]
)
def test_a_queue_that_suspends_every_job_leaves_nothing_to_measure(template, suspended, stops):
    made = SimpleNamespace(objects=({"spec": {"suspend": suspended}},), bound=lambda: 0)
    templates = {"plain": [{"spec": {}}], "gang": [{"spec": {"suspend": True}}]}
    bench = SimpleNamespace(
        album=Album(Waiter()),
        apply=lambda *_args, **_values: made,
        backend=SimpleNamespace(templates=templates),
        skip=skip,
    )
    with pytest.raises(Inconclusive) if stops else nullcontext() as caught:
        jobs.start(bench, template, "filler", "a pod", size=1)
    assert not stops or caught.value.reason == Reason.POLICY_DENIED


@pytest.mark.parametrize(("free", "wanted"), [(1, 0), (1, 1), (8, 9), (8, 900)])
def test_there_is_no_gang_of_one_and_none_smaller_than_was_asked_for(free, wanted):
    bench = SimpleNamespace(room=lambda: capacity({"a": free}), values=SimpleNamespace(gang_size=wanted), skip=skip)
    with pytest.raises(Inconclusive) as caught:
        gangs.choose_room(bench)
    assert caught.value.reason == Reason.NOT_ENOUGH_ACCELERATORS


@pytest.mark.parametrize("start", [8.4, 120.0])
def test_a_gang_that_did_not_fit_is_waited_for_at_least_as_long_as_a_scheduler_backs_off(start):
    """Ten seconds at most, and a second until it looks; a hurried run must not call that a failing of the cluster."""
    asked = {}
    bench = SimpleNamespace(
        patience=SimpleNamespace(start=start),
        eventually=lambda claim, probe, **words: asked.update(words),  # noqa: ARG005 - named by the bench
    )
    gangs.starts(bench, SimpleNamespace(bound=lambda: 2), 2, "It starts")
    assert asked["within"] >= max(11.0, start)
