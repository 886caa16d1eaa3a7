"""What a check has made is on record before it is needed: watched, kept as evidence, and removed last one first."""

from __future__ import annotations

import pytest

from clusterproof.bench import record
from clusterproof.bench.ledger import Ledger
from clusterproof.cluster.waiting import Seen
from clusterproof.cluster.watch import Event
from clusterproof.errors import Inconclusive
from clusterproof.model import Kind, Reason
from fakes import Kind as Served
from fakes import pod

pytestmark = pytest.mark.usefixtures("quick")

SECRET = "s3cr3t-s3cr3t-s3cr3t"  # noqa: S105 - of nobody


@pytest.fixture
def ledger(cluster):
    made = Ledger(cluster, "gang_scheduling", "run-1", "clusterproof", "baseline")
    yield made
    made.stop()


def item(kind="ConfigMap", name="a", **more):
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **more}


def test_a_kind_is_watched_before_its_first_object_is_made(api, ledger):
    ledger.create(item(), name="a")
    order = [(each.method, each.path.rpartition("/")[2]) for each in api.requests if not each.is_watch]
    assert order.index(("GET", "configmaps")) < order.index(("POST", "configmaps"))


def test_a_kind_is_watched_once_in_each_place(api, ledger):
    for name in ("a", "b"):
        ledger.create(item(name=name), name=name)
        ledger.create(item(name=name), name=name, place="far")
    lists = [each.path for each in api.asked("GET", "limit=") if each.path.endswith("/configmaps")]
    assert len(lists) == len(set(lists)) == 2


def test_a_kind_that_cannot_be_watched_is_not_watched_and_can_be_made(api, ledger):
    api.store.kinds.append(Served("v1", "Quiet", "quiets", verbs=("create", "get", "delete")))
    assert ledger.create(item("Quiet"), name="a")["metadata"]["uid"]
    assert api.asked("GET", "/quiets") == []
    assert ledger.items("Quiet") == []


def test_what_is_cluster_wide_gets_no_namespace(api, ledger):
    made = ledger.create(item("Node", "n"), name="n")
    assert "namespace" not in made["metadata"]
    assert made["metadata"]["labels"]["clusterproof.dev/run-id"] == "run-1"
    assert api.store.items("namespaces") == []


def test_everything_is_removed_the_last_one_first(api, ledger):
    for name in ("a", "b"):
        ledger.create(item(name=name), name=name)
    assert ledger.clean_up() == []
    removed = [request.path.rpartition("/")[2] for request in api.asked("DELETE")]
    assert removed == ["b", "a", "clusterproof-gang-scheduling-run-1"]


def test_what_was_not_created_is_not_removed(api, ledger):
    api.answer(422, {"message": "no"}, method="POST", path="/configmaps")
    with pytest.raises(Exception, match="no"):
        ledger.create(item(), name="a")
    ledger.clean_up()
    assert [request.path for request in api.asked("DELETE", "configmaps")] == []


def test_a_clean_up_names_all_that_it_could_not_remove(api, ledger):
    for name in ("a", "b"):
        ledger.create(item(name=name), name=name)
    api.answer(403, {"message": "may not"}, method="DELETE", path="/configmaps", times=2)
    assert ledger.clean_up() == ["ConfigMap b: may not", "ConfigMap a: may not"]
    assert api.store.items("namespaces") == []


def test_a_clean_up_does_not_ask_a_server_that_is_away_again_and_again(api, ledger):
    for name in ("a", "b", "c"):
        ledger.create(item(name=name), name=name)
    api.down()
    [failed] = ledger.clean_up()
    assert "ConfigMap c" in failed


@pytest.mark.parametrize(
    ("message", "reason"), [("exceeded quota: x", Reason.QUOTA), ("violates PodSecurity", Reason.POLICY_DENIED)]
)
def test_a_refusal_that_is_no_failing_of_the_cluster_ends_the_check(api, ledger, message, reason):
    api.answer(403, {"message": message}, method="POST", path="/configmaps")
    with pytest.raises(Inconclusive) as caught:
        ledger.create(item(), name="a")
    assert caught.value.reason is reason
    assert caught.value.__cause__.status == 403


def test_evidence_holds_what_was_sent_what_was_read_last_and_all_that_happened(api, ledger):
    made = ledger.create({**item("Pod", "p"), "spec": {}}, name="p")
    bound = {**made, "spec": {"nodeName": "n1"}, "status": {"phase": "Running"}}
    bound["metadata"]["managedFields"] = [{"manager": "somebody"}]
    api.store.put(bound)
    api.store.remove(bound)
    ledger.waiter.eventually(lambda: ledger.items("Pod") == [] and ledger.nodes_used(), bool, within=5)
    event = item("Event", "e", reason="Scheduled", message=f"to n1 with token={SECRET} Bearer {SECRET}")
    api.store.put(
        {
            **event,
            "metadata": {"name": "e", "namespace": ledger.namespace()},
            "involvedObject": {"kind": "Pod", "name": "p"},
        }
    )
    bodies = {piece.title: piece.body for piece in ledger.evidence()}
    assert "nodeName" not in bodies["Objects as sent"]
    assert "nodeName: n1" in bodies["Objects as last read back"], "the last state of what is gone is kept"
    assert "managedFields" not in bodies["Objects as last read back"]
    assert [line.split()[1] for line in bodies["What the watches saw"].splitlines()] == ["ADDED", "MODIFIED", "DELETED"]
    assert "Scheduled Pod/p: to n1" in bodies["Events"]
    assert SECRET not in "".join(bodies.values())
    assert ledger.nodes_used() == {"n1"}


def test_events_that_may_not_be_read_are_no_reason_to_stop(api, ledger):
    ledger.namespace()
    api.answer(403, {"message": "may not"}, path="/events")
    assert ledger.events() == []


def test_an_observation_shows_the_pods_of_every_place(api, ledger):
    for place in ("", "far"):
        api.store.put(pod(f"p-{place or 'near'}", "n", namespace=ledger.namespace(place)))
    ledger.waiter.refresh()
    seen = ledger.observation("It is so", 1, Seen(1, True, 0.123456), Kind.POSITIVE)  # noqa: FBT003
    assert seen.took == 0.123
    assert seen.evidence[0].body == "p-far: n, Pending\np-near: n, Pending"


def test_nothing_seen_is_no_evidence():
    assert record.evidence([], [], [], []) == ()
    assert record.pods([]) == ()


def test_a_line_of_a_pod_says_where_it_is_and_how_it_is():
    going = pod("b", "n")
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    del going["status"]
    [piece] = record.pods([going, pod("a")])
    assert piece.body == "a: no node, Pending\nb: n, ? deleting"


def test_a_line_of_a_watch_has_no_loose_end():
    [piece] = record.evidence([], [], [Event("2026-01-01T00:00:00.000Z", "ADDED", "Pod", "a", "")], [])
    assert piece.body == "2026-01-01T00:00:00.000Z ADDED    Pod a"


@pytest.mark.parametrize(
    ("event", "line"),
    [
        ({"eventTime": "t1", "lastTimestamp": "t2", "reason": "R", "message": "m"}, "t1 R None/None: m"),
        ({"lastTimestamp": "t2", "reason": "R", "involvedObject": {"kind": "Pod", "name": "a"}}, "t2 R Pod/a: "),
        ({"involvedObject": None, "reason": "R"}, "t0 R None/None: "),
    ],
)
def test_a_line_of_an_event_has_the_best_time_there_is(event, line):
    [piece] = record.evidence([], [], [], [{"metadata": {"creationTimestamp": "t0"}, **event}])
    assert piece.body == line
