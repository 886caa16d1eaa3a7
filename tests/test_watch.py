"""A watch may end at any event and in any way: what is seen, and what was seen on the way, stays the same."""

from __future__ import annotations

import threading

import pytest

from clusterproof.cluster.watch import Collection, Watch, following
from clusterproof.errors import ClusterError
from fakes import DROP, pod

NONSENSE = [
    "{",
    "[]",
    "null",
    '"ADDED"',
    '{"type": "ADDED"}',
    '{"type": "ADDED", "object": 7}',
    "[" * 100_000,
    '{"type": "ADDED", "object": {"metadata": {"name": "no uid"}}}',
    '{"type": "BOOKMARK", "object": {"metadata": []}}',
    '{"type": "INVENTED", "object": {"metadata": {"uid": "u"}}}',
    "<html>Bad Gateway</html>",
]


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(following, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(following, "LONGEST_PAUSE", 0.01)


@pytest.fixture
def states():
    """Give the list of the states that on_change was called in."""
    return []


@pytest.fixture
def watch(cluster, states):
    """Give a watch of the pods of a namespace; the test starts it."""
    pods = cluster.resource("v1", "Pod")
    made = Watch(cluster, pods, "ns", threading.Condition(), lambda: states.append(names(made)))
    yield made
    made.stop()


def names(watch):
    return sorted(item["metadata"]["name"] for item in watch.items())


def until(watch, condition):
    """Wait for a condition that only the watch's news can make true."""
    with watch._collection._pulse:
        assert watch._collection._pulse.wait_for(condition, 5), "it never came true"


def ends(watch):
    return [event.type for event in watch.timeline if event.type in {"RELIST", "RESUME"}]


def test_what_was_there_before_and_what_comes_later_is_seen(api, watch):
    api.store.put(pod("a"))
    watch.start()
    assert names(watch) == ["a"]
    api.store.put(pod("b"))
    until(watch, lambda: names(watch) == ["a", "b"])
    api.store.remove(pod("a"))
    until(watch, lambda: names(watch) == ["b"])
    assert [event.type for event in watch.timeline] == ["ADDED", "ADDED", "DELETED"]


def test_only_the_namespace_and_the_labels_asked_for_are_seen(api, cluster):
    api.store.put(pod("a", labels={"mine": "1"}))
    api.store.put(pod("b"))
    api.store.put(pod("c", namespace="other", labels={"mine": "1"}))
    watch = Watch(cluster, cluster.resource("v1", "Pod"), "ns", threading.Condition(), lambda: None, labels="mine=1")
    watch.start()
    assert names(watch) == ["a"]
    api.store.put(pod("d", labels={"mine": "1"}))
    until(watch, lambda: names(watch) == ["a", "d"])
    watch.stop()


def test_every_list_of_a_watch_comes_in_pages(api, watch):
    api.page = 2
    for number in range(5):
        api.store.put(pod(f"p{number}"))
    watch.start()
    assert len(watch.items()) == 5
    assert [request.query["limit"] for request in api.asked("GET", "/pods")] == ["500"] * 3


@pytest.mark.parametrize("how", ["eof", "half", "reset"])
@pytest.mark.parametrize("after", range(4))
def test_a_watch_that_was_cut_goes_on_where_it_was(api, watch, states, after, how):
    api.cut(after, how)
    watch.start()
    api.store.play([(api.store.put, pod("a")), (api.store.put, pod("b")), (api.store.remove, pod("a"))])
    until(watch, lambda: names(watch) == ["b"])
    assert states == [["a"], ["a", "b"], ["b"]], "a state between two events went unseen"
    assert len(api.asked("GET", "limit=")) == 1


def test_a_watch_goes_on_from_the_version_of_a_bookmark(api, watch):
    api.cut(0, '{"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "12"}}}')
    watch.start()
    api.store.play([(api.store.put, pod("old")), (api.store.put, pod("older")), (api.store.put, pod("new"))])
    until(watch, lambda: names(watch) == ["new"])
    assert [request.query["resourceVersion"] for request in api.asked("GET", watch=True)] == ["10", "12"]


@pytest.mark.parametrize("how", ["gone", *NONSENSE], ids=lambda how: how[:20])
def test_a_watch_that_cannot_go_on_is_listed_anew(api, watch, how):
    api.store.put(pod("a"))
    api.cut(1, how)
    watch.start()
    api.store.play([(api.store.put, pod("b")), (api.store.remove, pod("a"))])
    until(watch, lambda: names(watch) == ["b"])
    api.store.put(pod("c"))
    until(watch, lambda: names(watch) == ["b", "c"])
    assert ends(watch) == ["RELIST"]


def test_a_version_that_the_server_has_forgotten_leads_to_a_new_list(api, watch):
    api.store.put(pod("a"))
    watch.start()
    api.down()
    api.store.play([(api.store.remove, pod("a")), (api.store.put, pod("b")), (lambda _: api.store.compact(), None)])
    api.up()
    until(watch, lambda: names(watch) == ["b"])
    assert ends(watch)[-1] == "RELIST"


@pytest.mark.parametrize("status", [410, 500, 403])
def test_a_watch_that_is_refused_is_listed_anew(api, watch, status):
    api.answer(status, {"message": "no"}, path="watch=1")
    watch.start()
    api.store.put(pod("a"))
    until(watch, lambda: names(watch) == ["a"])
    assert ends(watch) == ["RELIST"]


def test_a_watch_that_ends_twice_with_nothing_to_tell_is_listed_anew(api, watch):
    api.cut(0)
    api.cut(0)
    watch.start()
    api.store.put(pod("a"))
    until(watch, lambda: names(watch) == ["a"])
    assert ends(watch) == ["RESUME", "RELIST"]
    assert len(api.asked("GET", "limit=")) == 2


def test_nothing_is_lost_while_the_server_refuses_connections(api, watch, states):
    watch.start()
    api.store.put(pod("a"))
    until(watch, lambda: names(watch) == ["a"])
    api.down()
    api.store.play([(api.store.put, pod("b")), (api.store.remove, pod("b"))])
    api.up()
    until(watch, lambda: ["a", "b"] in states and names(watch) == ["a"])


def test_the_first_list_of_a_server_that_is_away_is_an_error(api, watch):
    api.down()
    with pytest.raises(ClusterError) as caught:
        watch.start()
    assert caught.value.status == 0


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        "x",
        {"metadata": {}},
        {"metadata": {"resourceVersion": "1"}, "items": [{}]},
        {"metadata": {"resourceVersion": "1"}, "items": [7]},
        {"metadata": {"resourceVersion": "1"}, "items": 7},
    ],
)
def test_a_list_of_the_wrong_form_is_an_error_of_the_cluster(api, watch, body):
    api.answer(200, body, path="/pods")
    with pytest.raises(ClusterError):
        watch.refresh()


def test_a_list_that_breaks_off_between_two_pages_changes_nothing(api, watch):
    api.store.put(pod("a"))
    watch.refresh()
    api.page = 1
    api.store.put(pod("b"))
    api.answer(DROP, path="continue=")
    with pytest.raises(ClusterError):
        watch.refresh()
    assert names(watch) == ["a"]


@pytest.mark.parametrize("heard", [[], ["b"]], ids=["at once", "after an event"])
def test_a_stopped_watch_ends_its_thread_and_stays_readable(api, watch, heard):
    api.store.put(pod("a"))
    before = set(threading.enumerate())
    watch.start()
    [thread] = [each for each in set(threading.enumerate()) - before if each._target == watch._run]
    for name in heard:
        api.store.put(pod(name))
        until(watch, lambda: names(watch) == ["a", *heard])
    watch.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert names(watch) == ["a", *heard]


@pytest.fixture
def collection(states):
    held = Collection("Pod", threading.Condition(), lambda: states.append(versions(held)))
    return held


def versions(collection):
    return sorted((item["metadata"]["uid"], item["metadata"]["resourceVersion"]) for item in collection.items())


def by_uid(*items):
    return {item["metadata"]["uid"]: item for item in items}


def test_an_older_list_does_not_bring_back_what_was_deleted(collection):
    collection.heard("ADDED", pod("one", version="10"))
    collection.heard("DELETED", pod("one", version="30"))
    collection.heard("ADDED", pod("two", version="31"))  # of the same name, perhaps: the uid is what counts
    collection.listed(by_uid(pod("one", version="10")), "25")
    assert versions(collection) == [("two", "31")]


def test_an_older_list_does_not_bring_back_what_a_newer_list_no_longer_had(collection):
    collection.listed(by_uid(pod("one", version="10")), "10")
    collection.listed({}, "30")
    collection.listed(by_uid(pod("one", version="15")), "20")
    assert versions(collection) == []


def test_a_list_is_taken_over_as_a_whole(collection, states):
    collection.listed(by_uid(pod("one", version="10"), pod("two", version="10")), "10")
    collection.listed(by_uid(pod("two", "node", version="12"), pod("three", version="13")), "13")
    assert states == [[("one", "10"), ("two", "10")], [("three", "13"), ("two", "12")]], "half a list was shown"


def test_a_list_without_news_is_no_change(collection, states):
    collection.listed(by_uid(pod("one", version="10")), "10")
    collection.listed(by_uid(pod("one", version="10")), "11")
    assert len(states) == 1


def test_an_older_list_does_not_undo_a_change(collection):
    collection.heard("ADDED", pod("one", "node", version="30"))
    collection.listed(by_uid(pod("one", version="10")), "25")
    assert versions(collection) == [("one", "30")]


def test_events_that_are_told_again_are_no_news(collection, states):
    events = [
        ("ADDED", pod("one", version="11")),
        ("MODIFIED", pod("one", "node", version="12")),
        ("DELETED", pod("one", version="13")),
    ]
    for event in events * 2:
        collection.heard(*event)
    assert states == [[("one", "11")], [("one", "12")], []]


def test_an_event_from_before_the_list_is_no_news(collection, states):
    collection.listed({}, "20")
    collection.heard("ADDED", pod("one", version="11"))
    assert states == []


def test_an_object_that_comes_into_the_selection_again_is_seen_again(collection):
    collection.heard("ADDED", pod("one", version="11"))
    collection.heard("DELETED", pod("one", version="12"))
    collection.heard("ADDED", pod("one", version="13"))
    assert versions(collection) == [("one", "13")]


@pytest.mark.parametrize("version", ["", "abc", "²"])
def test_versions_that_are_no_numbers_count_as_newer(collection, version):
    collection.listed({}, "20")
    item = pod("one", version="x") | {"metadata": {"uid": "one", "name": "one", "resourceVersion": version}}
    collection.heard("ADDED", item)
    assert len(collection.items()) == 1
    collection.heard("DELETED", item)
    assert collection.items() == []


@pytest.mark.parametrize(("made", "comes"), [(made, comes) for made in range(5) for comes in range(made, 5)])
def test_a_late_list_changes_nothing_wherever_it_comes(made, comes):
    """The end state is that of the events, whichever of the earlier states a slow list tells of."""
    story = [
        ("ADDED", pod("a", version="11")),
        ("ADDED", pod("b", version="12")),
        ("DELETED", pod("a", version="13")),
        ("MODIFIED", pod("b", "node", version="14")),
    ]
    lists = [
        {},
        by_uid(pod("a", version="11")),
        by_uid(pod("a", version="11"), pod("b", version="12")),
        by_uid(pod("b", version="12")),
        by_uid(pod("b", "node", version="14")),
    ]
    held = Collection("Pod", threading.Condition(), lambda: None)
    for number in range(5):
        if number == comes:
            held.listed(lists[made], str(10 + made))
        if number < len(story):
            held.heard(*story[number])
    assert versions(held) == [("b", "14")]


def test_a_line_of_the_timeline_survives_any_object(collection):
    odds = [None, 7, "text", [], {"conditions": [None, 7, {}]}, {"phase": 7}, {"conditions": {}}]
    for number, odd in enumerate(odds):
        collection.heard("ADDED", pod(f"p{number}", version=str(20 + number), status=odd, spec=odd))
    assert len(collection.timeline) == 7


def test_the_timeline_says_what_happened_to_an_object(collection):
    item = pod("one", "node-1", version="11")
    item["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    item["status"] = {"phase": "Running", "conditions": [{"type": "Ready", "status": "False", "reason": "Because"}]}
    collection.heard("ADDED", item)
    assert collection.timeline[0].line == "node=node-1 phase=Running Ready=False(Because) deleting"
