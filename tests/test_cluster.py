"""One call to the API server: what is sent, when it is sent again, and what an answer that is none becomes."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import pytest

from clusterproof.cluster import connection
from clusterproof.cluster.client import PAGE
from clusterproof.cluster.discovery import Resource
from clusterproof.errors import ClusterError
from fakes import DROP, HANG, pod

PODS = Resource("", "v1", "Pod", "pods", namespaced=True)
JOBS = Resource("batch", "v1", "Job", "jobs", namespaced=True)
SOON = {"Retry-After": "0"}


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(connection, "SOONEST", 0.001)
    monkeypatch.setattr(connection, "USUAL", 0.001)


@pytest.mark.parametrize("headers", [SOON, {}], ids=["told when", "told nothing"])
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_a_busy_server_is_asked_again(api, cluster, method, status, headers):
    api.answer(status, {"message": "busy"}, path="/things", headers=headers, times=3)
    api.answer(200, {"kind": "Thing"}, path="/things")
    assert cluster.call(method, "/things", body={"a": 1}) == {"kind": "Thing"}
    assert [request.body for request in api.asked(method, "/things")] == [{"a": 1}] * 4


def test_a_server_that_stays_busy_is_left_alone_in_the_end(api, connect):
    api.answer(429, {"message": "the queue is full", "reason": "TooManyRequests"}, headers=SOON, times=10**6)
    with pytest.raises(ClusterError, match="the queue is full") as caught:
        connect(total=0.3).call("POST", "/things", body={})
    assert (caught.value.status, caught.value.reason) == (429, "TooManyRequests")
    assert len(api.requests) > 1


def test_a_pause_beyond_the_deadline_is_not_slept(api, cluster):
    api.answer(503, {"message": "down"}, headers={"Retry-After": "9" * 30}, times=9)
    with pytest.raises(ClusterError, match="down"):
        cluster.call("GET", "/things")
    assert len(api.requests) == 1


def test_a_server_that_falls_silent_after_it_was_busy_gets_no_more_than_what_is_left(api, connect):
    """With a limit of reading far above the total, only the total can end this."""
    api.answer(429, {"message": "busy"}, headers=SOON)
    api.answer(HANG)
    with pytest.raises(ClusterError, match="did not answer"):
        connect(read=600.0, total=0.1).call("GET", "/things")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7.0), ("0", 0.001), ("", 0.001), ("-1", 0.001), ("soon", 0.001), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.001)],
)
def test_the_pause_is_the_servers_where_it_names_one(said, seconds):
    assert connection.pause(SimpleNamespace(headers={"Retry-After": said} if said else {})) == seconds


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500, 502, 504])
def test_no_other_answer_is_asked_for_again(api, cluster, status):
    said = {"kind": "Status", "message": f"no, because {status}", "reason": "Because"}
    api.answer(status, said, headers=SOON, times=9)
    with pytest.raises(ClusterError) as caught:
        cluster.call("POST", "/things", body={})
    assert str(caught.value) == f"no, because {status}"
    assert (caught.value.status, caught.value.reason) == (status, "Because")
    assert len(api.requests) == 1


@pytest.mark.parametrize(("status", "advice"), [(401, "log in again"), (403, "administrator")])
def test_a_refusal_of_the_user_says_what_to_do_next(api, cluster, status, advice):
    api.answer(status, {"message": "no"})
    with pytest.raises(ClusterError) as caught:
        cluster.call("GET", "/things")
    assert [advice in line for line in caught.value.diagnostics()] == [False, True]
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("silence", [HANG, DROP])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_server_without_an_answer_is_an_error_that_says_what_to_try(api, connect, silence, method):
    api.answer(silence, times=9)
    with pytest.raises(ClusterError, match=api.url) as caught:
        connect(read=0.05).call(method, "/things", body={})
    assert (caught.value.status, caught.value.reason) == (0, "Unreachable")
    assert "kubectl" in caught.value.next_step
    assert len(api.requests) == 1, "nobody knows what the first request did"


def test_a_port_where_nobody_listens_is_an_error(api, cluster):
    api.down()
    with pytest.raises(ClusterError) as caught:
        cluster.call("GET", "/version")
    assert caught.value.status == 0


def test_a_host_that_takes_no_connection_is_given_up(connect):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as first, socket.socket() as second:
        for each in (first, second):
            each.settimeout(0)
            each.connect_ex(full.getsockname())
        away = connect(connect=0.05, read=600.0, total=600.0)
        away._api.configuration.host = f"http://127.0.0.1:{full.getsockname()[1]}"
        with pytest.raises(ClusterError, match="ConnectTimeoutError"):
            away.call("GET", "/version")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<html><head><title>Log in</title></head><body><p>Who are you?</p></body></html>", "Log in Who are you?"),
        ("[1, 2]", "[1, 2]"),
        ('"text"', "text"),
        ("[" * 100_000, "[[[["),
        ("\x00\xff", ""),
    ],
    ids=["page", "list", "text", "deep", "bytes"],
)
@pytest.mark.parametrize("status", [200, 502])
def test_an_answer_that_is_no_json_object_is_an_error_with_its_first_words(api, cluster, status, body, words):
    api.answer(status, body)
    with pytest.raises(ClusterError) as caught:
        cluster.call("GET", "/things")
    assert caught.value.status == status
    assert f"GET /things: HTTP {status}" in str(caught.value)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_refusal_without_a_message_names_the_request(api, cluster):
    api.answer(500, "")
    with pytest.raises(ClusterError, match="DELETE /things: HTTP 500"):
        cluster.call("DELETE", "/things")


def test_an_empty_good_answer_is_an_empty_object(api, cluster):
    api.answer(200, "")
    assert cluster.call("GET", "/things") == {}


def test_the_token_is_sent_and_never_said(api, cluster):
    cluster.configuration.api_key["authorization"] = "Bearer very-secret-token"
    api.answer(DROP, times=2)
    with pytest.raises(ClusterError) as caught:
        cluster.call("GET", "/things")
    assert api.requests[0].headers["authorization"] == "Bearer very-secret-token"
    assert "very-secret" not in " ".join(caught.value.diagnostics())
    assert caught.value.__suppress_context__, "the original error may quote the token"


def test_a_password_in_the_servers_address_is_never_said(api, cluster):
    cluster.configuration.host = "http://ada:hunter2hunter2@127.0.0.1:1"
    with pytest.raises(ClusterError) as caught:
        cluster.call("GET", "/things")
    assert "hunter2" not in " ".join(caught.value.diagnostics())


def test_a_create_has_unknown_fields_refused(api, cluster):
    created = cluster.create(pod("a") | {"invented": 1})
    [request] = api.asked("POST", "/namespaces/ns/pods")
    assert request.query == {"fieldValidation": "Strict"}
    assert request.body["invented"] == 1, "the kit must not drop what the server should refuse"
    assert created["metadata"]["uid"]


def test_a_dry_run_is_asked_for_and_creates_nothing(api, cluster):
    cluster.create(pod("a"), dry_run=True)
    assert api.asked("POST", "/pods")[0].query == {"fieldValidation": "Strict", "dryRun": "All"}
    assert cluster.get(PODS, "a", "ns") is None


def test_what_does_not_exist_is_none_and_what_is_refused_is_an_error(api, cluster):
    assert cluster.get(PODS, "a", "ns") is None
    api.answer(403, {"message": "may not"})
    with pytest.raises(ClusterError, match="may not"):
        cluster.get(PODS, "a", "ns")


def test_a_delete_of_what_is_gone_is_done_and_a_refused_one_is_an_error(api, cluster):
    cluster.delete(PODS, "a", "ns")
    api.store.put(pod("a"))
    api.answer(403, {"message": "may not"}, method="DELETE")
    with pytest.raises(ClusterError, match="may not"):
        cluster.delete(PODS, "a", "ns")
    cluster.delete(PODS, "a", "ns")
    assert cluster.get(PODS, "a", "ns") is None
    assert api.asked("DELETE")[-1].body == {"propagationPolicy": "Background"}


def test_a_change_is_a_merge_patch(api, cluster):
    api.store.put(pod("a", labels={"keep": "1", "drop": "2"}))
    changed = cluster.patch(PODS, "a", "ns", {"metadata": {"labels": {"drop": None, "add": "3"}}})
    assert changed["metadata"]["labels"] == {"keep": "1", "add": "3"}
    assert api.asked("PATCH")[0].headers["Content-Type"] == "application/merge-patch+json"


def test_a_change_of_a_subresource_goes_to_its_own_path(api, cluster):
    api.answer(200, {}, method="PATCH")
    cluster.patch(PODS, "a", "ns", {"status": {}}, sub="status")
    assert api.requests[-1].path == "/api/v1/namespaces/ns/pods/a/status"


def test_a_collection_comes_in_pages_and_never_as_a_whole(api, cluster):
    api.page = 2
    for number in range(5):
        api.store.put(pod(f"p{number}", labels={"mine": "1"}))
    api.store.put(pod("other"))
    sizes = [len(page["items"]) for page in cluster.lists(PODS, "ns", labels="mine=1")]
    assert sizes == [2, 2, 1]
    assert [request.query for request in api.requests] == [
        {"limit": str(PAGE), "labelSelector": "mine=1"} | ({"continue": str(done)} if done else {})
        for done in (0, 2, 4)
    ]


def test_a_page_is_asked_for_only_when_it_is_wanted(api, cluster):
    api.page = 1
    for number in range(3):
        api.store.put(pod(f"p{number}"))
    assert next(cluster.pages(PODS))["metadata"]["name"] == "p0"
    assert len(api.requests) == 1


@pytest.mark.parametrize("body", [{}, {"metadata": None}, {"metadata": []}, {"metadata": {}, "items": {"a": 1}}])
def test_a_list_that_is_none_is_an_error(api, cluster, body):
    api.answer(200, body)
    with pytest.raises(ClusterError) as caught:
        list(cluster.pages(PODS))
    assert caught.value.reason == "NoList"


def test_an_empty_list_may_have_no_items(api, cluster):
    api.answer(200, {"metadata": {}, "items": None})
    assert list(cluster.pages(PODS)) == []


def test_a_list_that_expires_between_two_pages_is_an_error_and_no_shorter_list(api, cluster):
    api.page = 1
    for number in range(3):
        api.store.put(pod(f"p{number}"))
    api.answer(410, {"message": "the continue parameter is too old", "reason": "Expired"}, path="continue=2")
    with pytest.raises(ClusterError, match="too old"):
        list(cluster.pages(PODS))


@pytest.mark.parametrize("denied", [True, False])
def test_the_server_is_asked_for_a_right_by_verb_group_and_subresource(api, cluster, denied):
    api.denied = {("create", "jobs")} if denied else {("create", "pods")}
    assert cluster.allowed("create", JOBS, "ns", sub="status") is not denied
    assert api.requests[-1].body["spec"]["resourceAttributes"] == {
        "verb": "create", "group": "batch", "resource": "jobs", "namespace": "ns", "subresource": "status",
    }  # fmt: skip


def test_a_review_without_an_answer_is_no_permission(api, cluster):
    api.answer(201, {})
    assert not cluster.allowed("create", PODS)
