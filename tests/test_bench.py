"""What a check holds: objects with the run's labels, room that is really there, and claims decided by what was seen."""

from __future__ import annotations

import pytest

from clusterproof.bench import Bench
from clusterproof.bench.ledger import Ledger
from clusterproof.cluster import labels
from clusterproof.errors import ClusterError, Inconclusive
from clusterproof.manifest import Backend
from clusterproof.model import EvidenceKind, Facts, Kind, Outcome, Reason
from clusterproof.parameters import Values
from clusterproof.redact import evidence
from fakes import Kind as Served
from fakes import pod

pytestmark = pytest.mark.usefixtures("quick")

DEVICE = "testbed.clusterproof.dev/accelerator"
SPEC = {"containers": [{"name": "c", "image": "${image}", "args": ["${word}"]}], "tolerations": "${tolerations}"}
FACTS = Facts("v1.37.0")
BACKEND = Backend(
    "made-up",
    "for tests",
    {
        "pod": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "${name}"}, "spec": SPEC}],
        "two": [
            {"apiVersion": "v1", "kind": kind, "metadata": {"name": "${name}"}, "data": {"n": "${namespace}"}}
            for kind in ("ConfigMap", "Service")
        ],
    },
    settings={"word": "pause"},
)


@pytest.fixture
def make(cluster):
    """Give a function that makes a bench with some parameters and facts."""
    made = []

    def make(facts=FACTS, **values):
        ledger = Ledger(cluster, "gang_scheduling", "run-1", "clusterproof", "restricted")
        said = []
        bench = Bench(cluster, "gang_scheduling", Values(**{"window": 0.02, **values}), facts, ledger, said.append)
        bench.backend, bench.said = BACKEND, said
        made.append(ledger)
        return bench

    yield make
    for ledger in made:
        ledger.stop()


@pytest.fixture
def bench(make):
    return make()


def stopped(caught):
    return caught.value.outcome, caught.value.reason


NAMESPACE = "clusterproof-gang-scheduling-run-1"
MARKS = {
    "app.kubernetes.io/managed-by": "clusterproof",
    "clusterproof.dev/run-id": "run-1",
    "clusterproof.dev/requirement": "gang_scheduling",
}


def test_a_template_becomes_objects_with_the_runs_labels_in_the_checks_namespace(api, bench):
    thing = bench.apply("two", name="pair", word="x")
    assert [item["kind"] for item in thing.objects] == ["ConfigMap", "Service"]
    for item in thing.objects:
        assert item["metadata"]["namespace"] == item["data"]["n"] == NAMESPACE
        assert item["metadata"]["labels"] == {**MARKS, labels.NAME: "pair"}
    assert bench.said == ["creating pair"]


def test_the_namespace_is_made_once_and_with_the_pod_security_asked_for(api, make):
    bench = make(pod_security="restricted")
    bench.apply("pod", name="a")
    bench.apply("pod", name="b")
    [namespace] = api.store.items("namespaces")
    assert len(api.asked("POST", "/namespaces\\?")) == 1
    levels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    assert namespace["metadata"]["labels"] == {**MARKS, **levels}


def test_a_further_place_is_a_namespace_of_its_own(api, bench):
    near, far = bench.apply("pod", name="a"), bench.apply("pod", name="b", place="other")
    assert near.objects[0]["metadata"]["namespace"] == NAMESPACE
    assert far.objects[0]["metadata"]["namespace"] == f"{NAMESPACE}-other"
    bench.waiter.refresh()
    assert [len(thing.pods()) for thing in (near, far)] == [1, 1]


def test_values_of_the_call_go_before_defaults_and_these_before_the_backends_settings(bench):
    def word(**values):
        return bench.apply("pod", name=f"p{len(bench.said)}", **values).objects[0]["spec"]["containers"][0]["args"]

    assert word() == ["pause"]
    bench.ledger.defaults["word"] = "default"
    assert word() == ["default"]
    assert word(word="call") == ["call"]


@pytest.mark.parametrize(
    ("free", "wanted", "chosen"),
    [
        ((("a/x", 1), ("b/y", 4)), "", "b/y"),
        ((("a/x", 4), ("b/y", 4)), "", "a/x"),
        ((("a/x", 0),), "", "a/x"),
        ((("a/x", 9),), "b/y", "b/y"),
        ((), "b/y", "b/y"),
    ],
)
def test_the_accelerator_is_the_one_asked_for_or_the_one_with_most_free_devices(make, free, wanted, chosen):
    assert make(Facts("v1.37.0", accelerators_free=free), resource_name=wanted).accelerator() == chosen


def test_without_an_accelerator_the_check_is_skipped_and_says_how_to_name_one(bench):
    with pytest.raises(Inconclusive) as caught:
        bench.accelerator()
    assert stopped(caught) == (Outcome.SKIP, Reason.NO_ACCELERATOR)
    assert "resource_name" in caught.value.message


TAINT = {"key": "accelerator", "effect": "NoSchedule"}
NODE = {
    "apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}, "spec": {"taints": [TAINT]},
    "status": {"allocatable": {DEVICE: "2"}, "conditions": [{"type": "Ready", "status": "True"}]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("own", "tolerations"),
    [(None, [{**TAINT, "operator": "Equal"}]), ([], []), ([{"operator": "Exists"}], [{"operator": "Exists"}])],
)
def test_pods_tolerate_what_the_nodes_ask_for_or_what_the_user_says(api, make, own, tolerations):
    api.store.put(NODE)
    bench = make(resource_name=DEVICE, tolerations=own)
    assert bench.room().free() == {"n": 2}
    assert bench.apply("pod", name="a").objects[0]["spec"]["tolerations"] == tolerations


def test_what_is_accepted_is_no_refusal(api, bench):
    assert bench.refused("pod", name="a") is None
    assert [item["metadata"]["name"] for item in api.store.items("pods")] == ["a"]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
@pytest.mark.parametrize("message", ["spec.x: no", "exceeded quota: small", 'admission webhook "a" denied the request'])
def test_a_refusal_is_returned_whatever_its_reason(api, bench, status, message):
    api.answer(status, {"message": message}, method="POST", path="/pods")
    refused = bench.refused("pod", name="a")
    assert (refused.status, str(refused)) == (status, message)


def test_a_try_without_a_trace_makes_nothing(api, bench):
    assert bench.refused("pod", name="a", dry_run=True) is None
    assert api.store.items("pods") == []


def test_a_namespace_that_is_refused_is_no_refusal_of_the_object(api, bench):
    api.answer(403, {"message": "may not make namespaces"}, method="POST", path="/namespaces\\?")
    with pytest.raises(Inconclusive) as caught:
        bench.refused("pod", name="a")
    assert stopped(caught) == (Outcome.SKIP, Reason.FORBIDDEN)


def test_a_claim_that_becomes_true_in_time_holds(api, bench):
    thing = bench.apply("pod", name="a")
    item = thing.objects[0]
    api.store.put({**item, "spec": {"nodeName": "n"}})
    seen = bench.eventually("It is bound", thing.bound, equals=1)
    assert (seen.claim, seen.expected, seen.actual, seen.holds, seen.kind) == ("It is bound", 1, 1, True, Kind.POSITIVE)
    assert seen.evidence[0].body == "a: n, ?"
    assert bench.said[-1] == "waiting: It is bound"


def test_a_claim_that_does_not_become_true_in_time_does_not_hold(bench):
    seen = bench.eventually("It is bound", lambda: 3, accept=lambda count: count > 5, expected="more", within=0.02)
    assert (seen.expected, seen.actual, seen.holds) == ("more", 3, False)
    assert seen.took >= 0.02


@pytest.mark.parametrize(("kind", "skipped"), [(Kind.POSITIVE, True), (Kind.CONTROL, True), (Kind.NEGATIVE, False)])
def test_an_image_that_cannot_be_pulled_excuses_what_should_happen_and_no_negative(api, bench, kind, skipped):
    thing = bench.apply("pod", name="a")
    waiting = {"image": "x", "state": {"waiting": {"reason": "ErrImagePull"}}}
    api.store.put({**thing.objects[0], "status": {"containerStatuses": [waiting]}})
    if not skipped:
        assert not bench.eventually("It runs", thing.running, equals=1, within=0.05, kind=kind).holds
        return
    with pytest.raises(Inconclusive) as caught:
        bench.eventually("It runs", thing.running, equals=1, within=0.05, kind=kind)
    assert stopped(caught) == (Outcome.SKIP, Reason.IMAGE_UNAVAILABLE)


def test_an_obstacle_does_not_excuse_a_claim_that_holds(api, bench):
    bench.apply("pod", name="a")
    event = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": NAMESPACE}}
    api.store.put({**event, "reason": "FailedCreate", "message": "exceeded quota: small"})
    assert bench.eventually("It is so", lambda: 1, equals=1, within=0.02).holds
    with pytest.raises(Inconclusive) as caught:
        bench.eventually("It is so", lambda: 2, equals=1, within=0.02)
    assert stopped(caught) == (Outcome.SKIP, Reason.QUOTA)


@pytest.mark.parametrize(("value", "holds"), [(0, True), (1, False)])
def test_a_claim_about_a_window_is_a_negative_one(bench, value, holds):
    seen = bench.throughout("It never happens", lambda: value, equals=0)
    assert (seen.expected, seen.actual, seen.holds, seen.kind) == (0, value, holds, Kind.NEGATIVE)
    assert bench.said[-1] == "watching: It never happens"


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        ({"expected": 1, "actual": 1}, True),
        ({"expected": 1, "actual": 2}, False),
        ({"expected": 1, "actual": 1, "holds": False}, False),
        ({"expected": "at least one", "actual": ["a"], "holds": True}, True),
    ],
)
def test_one_look_holds_if_it_shows_what_was_expected_or_the_check_says_so(bench, given, holds):
    assert bench.observe("It is so", **given).holds is holds


def test_an_observation_keeps_its_evidence_and_hides_secrets(bench):
    piece = evidence("Answer", EvidenceKind.LOG, "ok")
    seen = bench.observe("It is so", expected=1, actual={"token": "s3cr3t-s3cr3t"}, evidence=(piece,))
    assert seen.evidence[0] == piece
    assert "s3cr3t" not in repr(seen)


def test_patience_follows_the_parameters(make):
    bench = make(timeout_scale=2.0, window=9.0)
    assert (bench.patience.start, bench.patience.window) == (240.0, 9.0)


def test_what_the_tables_do_not_know_is_unknown(bench):
    with pytest.raises(Inconclusive) as caught:
        bench.unknown("never seen")
    assert stopped(caught) == (Outcome.UNKNOWN, Reason.UNKNOWN_DEVICE)


def test_a_kind_is_watched_in_the_version_that_the_backend_uses(api, bench):
    api.store.kinds += [Served("a.example/v1", "Thing", "things"), Served("a.example/v2", "Thing", "things")]
    item = {"apiVersion": "a.example/auto", "kind": "Thing", "metadata": {"name": "t"}}
    bench.backend = Backend("b", "", {"one": [item]}, {"a.example": ["v2", "v1"]})
    assert bench.resource_of("Thing").api_version == "a.example/v2"
    bench.watch("Thing")
    api.store.put({**item, "apiVersion": "a.example/v2", "metadata": {"name": "t", "namespace": NAMESPACE}})
    assert bench.eventually("It is there", lambda: len(bench.ledger.items("Thing")), equals=1).holds


def test_a_things_pods_are_those_with_its_name_that_are_not_being_deleted(api, bench):
    thing = bench.apply("pod", name="mine")
    others = [
        pod("gone", "n", namespace=NAMESPACE, labels={labels.NAME: "mine"}),
        pod("over", "n", namespace=NAMESPACE, labels={labels.NAME: "mine"}),
        pod("theirs", "n", namespace=NAMESPACE, labels={labels.NAME: "theirs"}),
        pod("bare", "n", namespace=NAMESPACE),
    ]
    others[0]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    others[0]["status"]["phase"] = "Running"
    others[1]["status"]["phase"] = "Succeeded"
    for item in others:
        api.store.put(item)
    bench.waiter.refresh()
    assert sorted(item["metadata"]["name"] for item in thing.pods()) == ["mine", "over"]
    assert (thing.bound(), thing.running(), thing.left()) == (1, 0, 2)


def test_a_thing_is_deleted_from_its_end_and_twice_without_harm(api, bench):
    thing = bench.apply("two", name="pair")
    thing.delete()
    thing.delete()
    kinds = [request.path.split("/")[-2] for request in api.asked("DELETE")]
    assert kinds == ["services", "configmaps"] * 2


def test_a_thing_as_last_seen_is_its_own_object_of_that_kind(api, bench):
    thing = bench.apply("two", name="pair")
    conditions = [{"type": "Ready", "status": "True"}]
    api.store.put({**thing.objects[1], "status": {"conditions": conditions}})
    api.store.put({**thing.objects[1], "metadata": {"name": "another", "namespace": NAMESPACE}})
    bench.waiter.refresh()
    assert thing.now("Service")["metadata"]["name"] == "pair"
    assert thing.condition("Service", "Ready") == "True"
    assert thing.condition("Service", "Other") == ""
    assert thing.now("Pod") == {}


def test_objects_are_read_changed_and_gone(api, bench):
    [item] = bench.apply("pod", name="a").objects
    assert bench.objects.read(item)["metadata"]["name"] == "a"
    changed = bench.objects.change(item, {"metadata": {"labels": {"x": "y"}}})
    assert changed["metadata"]["labels"]["x"] == "y"
    api.answer(403, {"message": "may not"}, method="PATCH")
    assert str(bench.objects.refused_change(item, {})) == "may not"
    assert bench.objects.refused_change(item, {}) is None
    bench.objects.delete(item)
    assert bench.objects.read(item) is None
    bench.objects.delete(item)


def test_an_object_whose_kind_is_gone_is_gone_and_an_error_is_no_absence(api, bench):
    [item] = bench.apply("pod", name="a").objects
    unserved = {**item, "apiVersion": "gone.example/v1"}
    assert bench.objects.read(unserved) is None
    bench.objects.delete(unserved)
    for verb in (bench.objects.read, bench.objects.delete):
        api.answer(500, {"message": "etcd is gone"}, path="/pods/a")
        with pytest.raises(ClusterError, match="etcd is gone"):
            verb(item)
