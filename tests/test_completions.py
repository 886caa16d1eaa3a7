"""What a gateway does to a completion on its way is seen, each wrong in its own place."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest

from clusterproof.instruments import matches
from clusterproof.instruments.completions import arrived, question, server_of, streamed, whole
from clusterproof.instruments.traffic import Answer, Request, Target
from clusterproof.stub import inference
from clusterproof.testbed.addons.front import FAULTS, Proxy

COUNT = 40


@contextmanager
def gateway(faults="", **environment):
    """Give the way through a proxy with some faults to a server."""
    server = inference.serve("127.0.0.1", {"STUB_PORT": "0", "STUB_NAME": "b", **environment})
    proxy = Proxy(0, server.server_address[:2], frozenset(faults.split()))
    threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield Target("127.0.0.1", proxy.server_port, "models.example")
    finally:
        for each in (proxy, server):
            each.shutdown()
            each.server_close()


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("", {"b": COUNT}),
        ("gets", {"HTTP 405": COUNT}),
        ("bodies_dropped", {"HTTP 400": COUNT}),
        ("bodies_cut", {"b": COUNT - 4, "HTTP 400": 4}),
        ("bodies_lost_seldom", {"b": COUNT - 2, "HTTP 400": 2}),
        ("types_dropped", {"another type": COUNT}),
        ("buffered", {"b": COUNT}),
    ],
)
def test_a_completion_that_does_not_arrive_as_it_was_sent_is_told_apart(fault, seen):
    with gateway(fault) as target:
        assert dict(arrived(target, COUNT)) == seen


def test_a_stream_that_passes_is_seen_word_by_word():
    with gateway() as target:
        seen, words = streamed(target), whole(target)
        assert matches._is_stream(seen, words)
        assert seen["words"] == seen["came alone"] == 7


def test_a_stream_that_is_buffered_is_whole_and_no_stream(monkeypatch):
    monkeypatch.setattr(inference, "HELD", 0.05)
    with gateway("buffered") as target:
        seen, words = streamed(target), whole(target)
        assert (seen["says"], seen["ended"], seen["came alone"]) == (words, True, 1)
        assert not matches._is_stream(seen, words)


def test_no_stream_at_all_is_none():
    seen = streamed(Target("127.0.0.1", 1, "nobody"))
    assert not matches._is_stream(seen, "")
    assert not seen["ended"]


def test_requests_of_one_connection_are_answered_one_after_another():
    with gateway() as target:
        assert target.kept([Request("/hostname"), Request("/nothing"), question()], server_of) == ["b", "HTTP 404", "b"]


@pytest.mark.parametrize(("fault", "passed"), [("", [None, "b"] * 2), ("pinned", [None] * 4)])
def test_a_gateway_that_looks_at_the_first_request_of_a_connection_only_passes_on_nothing_else(
    monkeypatch, fault, passed
):
    seen = []
    usual = inference.Handler.do_GET
    monkeypatch.setattr(inference.Handler, "do_GET", lambda self: seen.append(self.headers["X-Model"]) or usual(self))
    with gateway(fault) as target:
        target.kept([Request(headers={"X-Model": "b"} if number % 2 else {}) for number in range(4)], server_of)
    assert seen == passed


def test_of_many_headers_one_in_twenty_is_lost(monkeypatch):
    seen = []
    usual = inference.Handler.do_GET
    monkeypatch.setattr(inference.Handler, "do_GET", lambda self: seen.append(self.headers["X-Model"]) or usual(self))
    with gateway("models_lost_seldom") as target:
        target.tally(40, server_of, {"X-Model": "b"})
    assert (seen.count("b"), seen.count(None)) == (38, 2)


def test_every_request_is_like_no_other_and_carries_what_its_target_has():
    assert question().body != question().body
    assert len(question(kilobytes=64).body) > 64_000
    with gateway() as target:
        assert server_of(replace(target, headers={"X-Model": "b"}).send(question())) == "b"


@pytest.mark.parametrize(
    ("answer", "name"),
    [(Answer(200, "a"), "a"), (Answer(200, '{"system_fingerprint": "b"}'), "b"), (Answer(500, "{}"), "HTTP 500")],
)
def test_a_server_is_known_by_its_name_or_by_its_completion(answer, name):
    assert server_of(answer) == name


def test_a_fault_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="nonsense"):
        Proxy(0, ("127.0.0.1", 1), frozenset({"nonsense"}))
    assert "nonsense" not in FAULTS
