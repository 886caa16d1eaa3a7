"""The metric that replicas have to follow: set without a moment that asks for too much, and told of the right pods."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from clusterproof.checks import pod_autoscaling as check
from clusterproof.cluster.waiting import Waiter
from clusterproof.errors import Inconclusive
from clusterproof.instruments import autoscaling as by
from clusterproof.instruments.traffic import Answer
from clusterproof.manifest import backends
from clusterproof.model import Outcome, Reason

[BACKEND] = backends("pod_autoscaling")
TOLERANCES = (0.0, 0.1, 0.3)  # of an autoscaler; a tenth is usual


def replicas(current, told, target=check.TARGET, tolerance=0.1, most=check.MOST):
    """Return what the formula of a HorizontalPodAutoscaler asks for: as many as share the sum by the target."""
    ratio = sum(told) / current / target
    return current if abs(ratio - 1) <= tolerance else max(1, min(most, math.ceil(current * ratio)))


def settled(told, current=1, **settings):
    """Return where an autoscaler comes to rest, and all that it has wanted on the way."""
    way = [current]
    while (wanted := replicas(way[-1], told, **settings)) != way[-1] and len(way) < 9:
        way.append(wanted)
    return way[-1], way


RISE = [1.5 * check.TARGET]  # what _between sets first where three are the most
BOTH = [*RISE, check.TARGET / 2]


@pytest.mark.parametrize("tolerance", TOLERANCES)
def test_an_autoscaler_that_counts_comes_to_rest_in_between(tolerance):
    assert settled([check.LOW], tolerance=tolerance)[0] == 1
    assert settled(RISE, tolerance=tolerance) == (2, [1, 2])
    assert settled(BOTH, 2, tolerance=tolerance) == (2, [2])
    assert settled([check.HIGH] * 2, 2, tolerance=tolerance) == (3, [2, 3])
    assert settled([0, 0, 0], 3, tolerance=tolerance)[0] == 1


@pytest.mark.parametrize("most", [2, 3])
@pytest.mark.parametrize("tolerance", TOLERANCES)
def test_one_replica_goes_when_the_metric_falls_a_little_and_no_other_one(most, tolerance):
    each = 0.9 * (most - 1) / most * check.TARGET  # whichever pod goes, the others tell the same
    assert replicas(most, [each] * most, tolerance=tolerance) == most - 1
    assert replicas(most - 1, [each] * (most - 1), tolerance=tolerance) == most - 1


@pytest.mark.parametrize(("target", "rests_at"), [(6, 1), (8, 1), (3, 3), (2, 3), (1, 3)])
def test_one_that_has_another_target_comes_to_rest_elsewhere(target, rests_at):
    first, _way = settled(RISE, target=target)
    rests = settled(BOTH, first, target=target)[0] if first > 1 else first  # without a second replica it ends there
    assert rests == rests_at


def test_the_most_are_exceeded_by_one_that_does_not_heed_them():
    assert settled([check.HIGH] * 2, 2, most=99)[0] > check.MOST


def test_what_all_tell_together_only_rises_on_the_way():
    sums = [sum(told) for told in ([check.LOW], RISE, BOTH, [check.HIGH, BOTH[1]], [check.HIGH] * 2)]
    assert sums == sorted(sums)


def pod(name):
    return {"metadata": {"name": name, "uid": name}, "status": {"podIP": "127.0.0.1"}}


@pytest.fixture
def set_to(monkeypatch):
    """Give what each pod was set to."""
    known = {}
    monkeypatch.setattr(by, "set_queue", lambda _bench, item, length: known.update({item["metadata"]["name"]: length}))
    return known


def test_what_is_added_is_told_by_another_pod_or_by_the_only_one(set_to):
    first, second = pod("a"), pod("b")
    by.add_queue(None, SimpleNamespace(pods=lambda: [first, second]), first, 2)
    assert set_to == {"b": 2}
    by.add_queue(None, SimpleNamespace(pods=lambda: [first]), first, 2)
    assert set_to == {"a": 4, "b": 2}


@pytest.mark.parametrize(
    ("values", "is_near"),
    [
        ([4.3, 4.0], True),
        ([4.5, 4.0], False),
        ([3.5, 4.0], False),
        ([None, 4.0], False),
        ([2.7, 4.0, 2.667], True),
        ([3.3, 4.0, 2.667], False),
    ],
)
def test_a_value_is_near_if_the_autoscaler_itself_would_do_nothing(values, is_near):
    assert by.near_any(values) is is_near


@pytest.mark.parametrize(
    ("now", "stays"), [([2, 2, 2.4], True), ([2, 2, 12.0], False), ([1, 2, 2.4], False), ([2, 3, 2.4], False)]
)
def test_replicas_stay_if_they_are_wanted_for_what_is_told_now(now, stays):
    assert by.stays(2, 2.4, now) is stays


def scaler(status):
    return SimpleNamespace(now=lambda _kind: {"status": status})


def test_an_autoscaler_that_has_not_looked_wants_nothing_yet():
    assert by.wanted(scaler({"desiredReplicas": 0})) is None
    assert by.wanted(scaler({"desiredReplicas": 1, "conditions": [{"type": "ScalingActive"}]})) == 1


def test_the_metrics_api_is_asked_about_the_pods_of_one_thing():
    asked = []

    def call(_method, path):
        asked.append(path)
        return {"items": [{"value": "2500m"}, {"value": "1"}]}

    discovery = SimpleNamespace(versions=lambda _group: ["v1beta2"])
    bench = SimpleNamespace(
        backend=BACKEND,
        cluster=SimpleNamespace(discovery=discovery, call=call),
        ledger=SimpleNamespace(namespace=lambda: "ns"),
    )
    assert by.told(bench, SimpleNamespace(name="workload"), "queue") == [1.0, 2.5]
    assert asked == [
        "/apis/custom.metrics.k8s.io/v1beta2/namespaces/ns/pods/*/queue?labelSelector=clusterproof.dev/name%3Dworkload"
    ]


@pytest.fixture
def answers(monkeypatch):
    """Let pods answer with these status codes, one after the other, the last one on and on."""
    codes, asked = [], []

    def send(_port, method, path, body):
        asked.append((method, path, body))
        return Answer(codes.pop(0) if len(codes) > 1 else codes[0])

    monkeypatch.setattr(by.Port, "send", send)
    monkeypatch.setattr(by, "EVERY", 0.001)
    return codes, asked


def bench_with(patience, *pods):
    def skip(reason, message):
        raise Inconclusive(Outcome.SKIP, reason, message)

    ledger = SimpleNamespace(items=lambda _kind: list(pods))
    patient = SimpleNamespace(settle=patience)
    return SimpleNamespace(cluster=None, waiter=Waiter(), patience=patient, skip=skip, ledger=ledger)


def test_a_pod_that_runs_and_does_not_answer_yet_is_asked_again(answers):
    codes, asked = answers
    codes += [400, 503, 200]
    by.set_queue(bench_with(5.0, pod("a")), pod("a"), 6.0)
    assert asked == [("PUT", "/queue", "6.0")] * 3


def test_a_pod_that_is_out_of_reach_is_no_failing_of_the_autoscaler(answers):
    answers[0].append(502)
    with pytest.raises(Inconclusive, match="The metric of a cannot be set: HTTP 502") as caught:
        by.set_queue(bench_with(0.01, pod("a")), pod("a"), 6.0)
    assert (caught.value.outcome, caught.value.reason) == (Outcome.SKIP, Reason.UNREACHABLE_FROM_HERE)


def test_a_pod_that_goes_meanwhile_tells_nothing_any_more(answers):
    answers[0].append(404)
    going = pod("a")
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    by.set_queue(bench_with(5.0, going), pod("a"), 6.0)
    by.set_queue(bench_with(5.0, pod("b")), pod("a"), 6.0)
    assert len(answers[1]) == 2
