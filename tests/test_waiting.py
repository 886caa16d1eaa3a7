"""The verdict of a wait is the same wherever its watch is cut, and none is given while the server is away."""

from __future__ import annotations

import threading
import time

import pytest

from clusterproof.cluster import waiting
from clusterproof.cluster.waiting import Patience, Waiter
from clusterproof.cluster.watch import Watch, following
from clusterproof.errors import ClusterError
from fakes import DROP, pod

SHORT, LONG = 0.06, 5.0  # seconds: where the time must pass, and where it must not

BOUND_ON_THE_WAY = [("put", pod("a")), ("put", pod("a", "n1")), ("remove", pod("a")), ("put", pod("b"))]
NEVER_BOUND = [("put", pod("a")), ("put", pod("b")), ("put", pod("a", labels={"x": "y"})), ("remove", pod("b"))]
BOTH_BOUND = [("put", pod("a")), ("put", pod("b")), ("put", pod("a", "n1")), ("put", pod("b", "n1"))]
ONE_BOUND = [("put", pod("a")), ("put", pod("b", "n1")), ("put", pod("a", labels={"x": "y"})), ("put", pod("c"))]


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(following, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(following, "LONGEST_PAUSE", 0.01)
    monkeypatch.setattr(waiting, "GRACE", 0.0)
    monkeypatch.setattr(waiting, "AGAIN", 0.01)


@pytest.fixture
def watched(api, cluster):
    """Give a waiter and a watch of pods, which the test starts."""
    waiter = Waiter()
    watch = Watch(cluster, cluster.resource("v1", "Pod"), "ns", waiter.pulse, waiter.on_change)
    waiter.watches.append(watch)
    yield waiter, watch
    watch.stop()


def bound(api, watch, story=()):
    """Return a probe; the story happens at its first look, all at once."""
    ahead = [story]

    def probe():
        if ahead:
            api.store.play([(getattr(api.store, verb), item) for verb, item in ahead.pop()])
        return sum(1 for item in watch.items() if item["spec"].get("nodeName"))

    return probe


@pytest.mark.parametrize("how", ["eof", "half", "reset"])
@pytest.mark.parametrize("after", [None, *range(5)])
@pytest.mark.parametrize("told", [(BOUND_ON_THE_WAY, False), (BOTH_BOUND, False), (NEVER_BOUND, True)])
def test_throughout_gives_the_same_verdict_wherever_the_watch_is_cut(api, watched, how, after, told):
    (waiter, watch), (story, holds) = watched, told
    api.cut(after, how)
    watch.start()
    seen = waiter.throughout(bound(api, watch, story), lambda count: count == 0, window=SHORT if holds else LONG)
    assert (seen.holds, seen.actual) == (holds, 0 if holds else 1)


@pytest.mark.parametrize("how", ["eof", "half", "reset", "gone", "nonsense"])
@pytest.mark.parametrize("after", [None, *range(5)])
@pytest.mark.parametrize("told", [(BOTH_BOUND, True), (ONE_BOUND, False)])
def test_eventually_gives_the_same_verdict_wherever_the_watch_is_cut(api, watched, how, after, told):
    (waiter, watch), (story, holds) = watched, told
    api.cut(after, how)
    watch.start()
    seen = waiter.eventually(bound(api, watch, story), lambda count: count == 2, within=LONG if holds else SHORT)
    assert (seen.holds, seen.actual) == (holds, 2 if holds else 1)


def test_a_watch_that_is_cut_after_every_single_event_sees_every_state(api, watched):
    waiter, watch = watched
    for _ in range(4):
        api.cut(1)
    watch.start()
    seen = waiter.throughout(bound(api, watch, BOUND_ON_THE_WAY), lambda count: count == 0, window=LONG)
    assert (seen.holds, seen.actual) == (False, 1)


def test_a_state_that_lasts_from_one_event_to_the_next_is_noticed(api, watched):
    waiter, watch = watched
    watch.start()
    seen = waiter.throughout(bound(api, watch, BOUND_ON_THE_WAY), lambda count: count == 0, window=LONG)
    assert (seen.holds, seen.actual) == (False, 1)


def test_a_state_that_the_last_list_shows_first_is_noticed(api, watched):
    """The watch has not told of it when the window ends; the list at the end does."""
    waiter, watch = watched
    watch.refresh()  # no thread: this watch never tells anything
    seen = waiter.throughout(bound(api, watch, BOTH_BOUND), lambda count: count == 0, window=SHORT)
    assert (seen.holds, seen.actual) == (False, 2)


def test_a_wait_whose_watch_is_stale_is_decided_by_the_list_at_its_end(api, watched):
    waiter, watch = watched
    watch.refresh()
    seen = waiter.eventually(bound(api, watch, BOTH_BOUND), lambda count: count == 2, within=SHORT)
    assert seen.holds


def test_what_only_a_stale_watch_says_is_not_believed(api, watched):
    waiter, watch = watched
    api.store.put(pod("a", "n1"))
    watch.refresh()
    api.store.remove(pod("a", "n1"))
    seen = waiter.eventually(bound(api, watch), lambda count: count == 1, within=SHORT)
    assert (seen.holds, seen.actual) == (False, 0)


@pytest.mark.parametrize("holds", [True, False])
def test_a_server_that_is_away_at_the_end_gives_no_verdict(api, watched, holds):
    waiter, watch = watched
    watch.start()
    api.down()
    with pytest.raises(ClusterError) as caught:
        waiter.eventually(lambda: holds, bool, within=SHORT)
    assert caught.value.status == 0
    with pytest.raises(ClusterError):
        waiter.throughout(lambda: holds, bool, window=SHORT)


@pytest.mark.parametrize("status", [500, 403])
def test_a_server_that_answers_with_an_error_at_the_end_gives_no_verdict(api, watched, status):
    waiter, watch = watched
    watch.start()
    api.answer(status, {"message": "etcd is gone"}, path="limit=", times=9)
    with pytest.raises(ClusterError, match="etcd is gone"):
        waiter.eventually(lambda: True, bool, within=SHORT)


def test_a_wait_by_requests_of_ones_own_gives_no_failure_while_the_server_is_away(api, watched):
    """A gateway cannot follow a server that is away; what it did in time stays true."""
    waiter, watch = watched
    watch.start()
    api.down()
    with pytest.raises(ClusterError):
        waiter.eventually(lambda: 503, lambda status: status == 404, within=SHORT, every=0.01)
    assert waiter.eventually(lambda: 404, lambda status: status == 404, within=SHORT, every=0.01).holds


def test_a_server_that_comes_back_within_the_grace_decides(api, watched, monkeypatch):
    monkeypatch.setattr(waiting, "GRACE", LONG)
    waiter, watch = watched
    watch.start()
    api.answer(DROP, path="limit=", times=3)
    assert waiter.eventually(bound(api, watch, BOTH_BOUND), lambda count: count == 2, within=SHORT).holds


def test_a_probe_is_tried_again_until_it_is_accepted(watched):
    waiter, _ = watched
    answers = iter([500, 500, 404])
    seen = waiter.eventually(lambda: next(answers), lambda status: status == 404, within=LONG, every=0.001)
    assert (seen.holds, seen.actual) == (True, 404)


def test_a_probe_that_breaks_in_the_middle_of_a_window_is_raised_and_ends_no_watch(api, watched):
    waiter, watch = watched
    watch.start()
    count = bound(api, watch, BOTH_BOUND)

    def probe():
        if count():
            raise KeyError("nodes")
        return 0

    with pytest.raises(KeyError, match="nodes"):
        waiter.throughout(probe, lambda value: value == 0, window=LONG)
    assert waiter.eventually(count, lambda value: value == 2, within=LONG).holds
    assert not [event for event in watch.timeline if event.type in {"RELIST", "RESUME"}]


def test_a_window_is_over_for_the_next_wait(api, watched):
    waiter, watch = watched
    watch.start()
    looked = []
    waiter.throughout(lambda: looked.append(1) or 0, lambda value: value == 0, window=0.0)
    before = len(looked)
    waiter.eventually(bound(api, watch, BOTH_BOUND), lambda count: count == 2, within=LONG)
    assert len(looked) == before


def test_what_is_waited_for_ends_at_the_event_and_not_at_its_confirmation(api, watched, monkeypatch):
    waiter, watch = watched
    watch.start()
    refresh = waiter.refresh
    monkeypatch.setattr(waiter, "refresh", lambda: (time.sleep(0.05), refresh()))  # a server that is slow to confirm
    seen = waiter.eventually(bound(api, watch, BOTH_BOUND), lambda count: count == 2, within=LONG)
    assert 0 < waiter.waited <= seen.took - 0.05


def test_what_is_there_already_costs_no_waiting_and_a_window_its_length(api, watched):
    waiter, watch = watched
    watch.start()
    waiter.changed = time.monotonic()
    assert waiter.eventually(lambda: 7, lambda value: value == 7, within=LONG).holds
    assert waiter.waited == 0
    for times in (1, 2):
        waiter.throughout(lambda: 7, lambda value: value == 7, window=SHORT)
        assert waiter.waited >= times * SHORT


def test_patience_scales_every_limit_and_never_the_window():
    limits, scaled = vars(Patience()), vars(Patience().scaled(2.0, 7.0))
    assert scaled == {name: 7.0 if name == "window" else limit * 2 for name, limit in limits.items()}


def test_a_change_wakes_a_wait_at_once():
    """No news, no look: a wait does not poll."""
    waiter, looks, told = Waiter(), [], threading.Event()

    def probe():
        looks.append(1)
        return told.is_set()

    def change():
        with waiter.pulse:
            told.set()
            waiter.on_change()
            waiter.pulse.notify_all()

    waiter._monitors.append(lambda: None)
    timer = threading.Timer(0.02, change)
    timer.start()
    assert waiter.eventually(probe, bool, within=LONG).holds
    timer.join()
    assert len(looks) == 3  # before the change, after it, and for the verdict
