"""An image that cannot be had ends a wait at once, with its name and the node's words; anything else is waited for."""

from __future__ import annotations

import pytest

from clusterproof.bench import Bench
from clusterproof.bench.ledger import Ledger
from clusterproof.cluster.obstacles import obstacle
from clusterproof.cluster.pulls import FINAL, Pulls
from clusterproof.errors import Inconclusive
from clusterproof.manifest import Backend
from clusterproof.model import Facts, Kind, Outcome, Reason
from clusterproof.parameters import Values

pytestmark = pytest.mark.usefixtures("quick")

LONG = 30.0  # seconds; a wait that does not end early fails the test by its result or by its length
TEMPLATE = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "${name}"}, "spec": {"containers": []}}
IMAGE = "registry.example/nothing:1"
# As kubelets of 1.31 and 1.37 with containerd have said it.
NOT_FOUND = (
    f'failed to pull and unpack image "{IMAGE}": failed to resolve reference "{IMAGE}": {IMAGE}: not found',
    f'Back-off pulling image "{IMAGE}": ErrImagePull: rpc error: code = NotFound desc = {IMAGE}: not found',
    "pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth",
    "unexpected status from HEAD request to https://registry.example/v2/nothing/manifests/1: 401 Unauthorized",
    "no match for platform in manifest: not found",
)
NO_ANSWER = (
    f'failed to do request: Head "https://{IMAGE}": dial tcp: lookup registry.example: no such host',
    'failed to do request: Head "https://registry.example": dial tcp 192.0.2.1:443: i/o timeout',
    "unexpected status: 503 Service Unavailable",
    "toomanyrequests: You have reached your pull rate limit",
    f'Back-off pulling image "{IMAGE}"',
    "",
)


def recorded(name, reason, message="", *, uid="1", deleted=False):
    metadata = {"name": name, "uid": uid, **({"deletionTimestamp": "2026-01-01T00:00:00Z"} if deleted else {})}
    waiting = {"reason": reason, **({"message": message} if message else {})}
    statuses = [{"name": "main", "image": IMAGE, "state": {"waiting": waiting}}]
    return {"metadata": metadata, "status": {"phase": "Pending", "containerStatuses": statuses}}


@pytest.mark.parametrize("message", NOT_FOUND)
@pytest.mark.parametrize("reason", ["ErrImagePull", "ImagePullBackOff"])
def test_a_registry_that_has_said_no_is_not_asked_again(reason, message):
    why, said = Pulls(1e6).hopeless([recorded("a", reason, message)])
    assert why is Reason.IMAGE_UNAVAILABLE
    assert f"The image {IMAGE} cannot be pulled: {reason}: {message[:40]}" in said


@pytest.mark.parametrize("reason", sorted(FINAL))
def test_a_name_that_is_none_is_not_tried_again(reason):
    assert Pulls(1e6).hopeless([recorded("a", reason)])


@pytest.mark.parametrize("message", NO_ANSWER)
@pytest.mark.parametrize("reason", ["ErrImagePull", "ImagePullBackOff", "RegistryUnavailable"])
def test_a_registry_that_does_not_answer_gets_some_time(reason, message):
    pods = [recorded("a", reason, message)]
    assert Pulls(1e6).hopeless(pods) is None
    assert Pulls(0.0).hopeless(pods)


def test_the_time_of_each_container_is_its_own(monkeypatch):
    moments = iter([0.0, 0.0, 20.0, 20.0, 20.0, 20.0, 40.0])
    monkeypatch.setattr("clusterproof.cluster.pulls.time.monotonic", lambda: next(moments))
    pulls = Pulls(30.0)
    first, second = recorded("a", "ErrImagePull"), recorded("b", "ErrImagePull", uid="2")
    assert pulls.hopeless([first]) is None
    assert pulls.hopeless([first, second]) is None
    monkeypatch.setattr("clusterproof.cluster.pulls.time.monotonic", lambda: 40.0)
    assert pulls.hopeless([second]) is None
    assert pulls.hopeless([first])


@pytest.mark.parametrize(
    "pod",
    [
        recorded("a", "ErrImagePull", NOT_FOUND[0], deleted=True),
        recorded("a", "ContainerCreating", "not found"),
        recorded("a", "CrashLoopBackOff", "not found"),
        recorded("a", "CreateContainerConfigError", 'secret "x" not found'),
        {"metadata": {"uid": "1"}, "status": {"containerStatuses": [{"state": {"running": {}}}]}},
        {"metadata": {"uid": "1"}},
    ],
)
def test_nothing_else_ends_a_wait(pod):
    assert Pulls(0.0).hopeless([pod]) is None


def event(reason, *, uid="1", path="spec.containers{main}"):
    return {"reason": reason, "involvedObject": {"uid": uid, "fieldPath": path}}


@pytest.mark.parametrize("state", ["ContainerCreating", "PodInitializing"])
def test_an_image_that_is_still_on_its_way_is_no_failing_of_the_cluster(state):
    why, said = obstacle([recorded("a", state)], [event("Scheduled", path=""), event("Pulling")])
    assert why is Reason.IMAGE_UNAVAILABLE
    assert f"The image {IMAGE} was still being pulled" in said
    assert "timeout_scale" in said


@pytest.mark.parametrize(
    ("state", "events"),
    [
        ("ContainerCreating", [event("Pulling"), event("Pulled")]),
        ("ContainerCreating", [event("Pulled"), event("Pulling")]),  # the order in which they are listed says nothing
        ("ContainerCreating", [event("Pulling", uid="2")]),
        ("ContainerCreating", [event("Pulling", path="spec.containers{other}")]),
        ("ContainerCreating", []),
        ("CrashLoopBackOff", [event("Pulling")]),
    ],
)
def test_a_container_that_is_not_waiting_for_its_image_has_no_such_excuse(state, events):
    assert obstacle([recorded("a", state)], events) is None


@pytest.fixture
def bench(cluster):
    ledger = Ledger(cluster, "gang_scheduling", "run-1", "clusterproof", "restricted")
    made = Bench(cluster, "gang_scheduling", Values(), Facts("v1.37.0"), ledger, lambda _text: None)
    made.backend = Backend("made-up", "for tests", {"pod": [TEMPLATE]})
    yield made
    ledger.stop()


def fails(api, thing, reason, message=""):
    [item] = thing.objects
    api.store.put({**item, "status": recorded("a", reason, message)["status"]})


@pytest.mark.parametrize("every", [None, 0.01])
@pytest.mark.parametrize("place", ["", "other"])
def test_a_wait_ends_at_once_in_whichever_namespace_the_pod_is(api, bench, place, every):
    thing = bench.apply("pod", name="a", place=place)
    fails(api, thing, "ErrImagePull", NOT_FOUND[0])
    with pytest.raises(Inconclusive, match=f"The image {IMAGE} cannot be pulled") as caught:
        bench.eventually("It runs", thing.running, equals=1, within=1e6, every=every)
    assert (caught.value.outcome, caught.value.reason) == (Outcome.SKIP, Reason.IMAGE_UNAVAILABLE)


def test_a_claim_that_holds_holds_whatever_becomes_of_an_image(api, bench):
    fails(api, bench.apply("pod", name="a"), "ErrImagePull", NOT_FOUND[0])
    assert bench.eventually("It is so", lambda: 1, equals=1, within=LONG).holds


def test_a_registry_that_comes_back_in_time_is_waited_for(api, bench):
    thing = bench.apply("pod", name="a")
    fails(api, thing, "ErrImagePull", NO_ANSWER[0])
    looks = []

    def running():
        looks.append(thing.running())
        if len(looks) == 1:
            api.store.put({**thing.objects[0], "status": {"phase": "Running"}})
        return looks[-1]

    assert bench.eventually("It runs", running, equals=1, within=LONG).holds


def test_nothing_that_should_not_happen_ends_early_by_an_image(api, bench):
    fails(api, bench.apply("pod", name="a"), "ErrImagePull", NOT_FOUND[0])
    seen = bench.eventually("It goes", lambda: 1, equals=0, within=0.05, kind=Kind.NEGATIVE)
    assert (seen.holds, seen.took >= 0.05) == (False, True)
