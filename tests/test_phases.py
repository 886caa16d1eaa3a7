"""The toy of two phases does what it says, in one wrong way at a time, and scaling finds whom to ask."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest

from clusterproof.instruments import scaling
from clusterproof.instruments.completions import said_in
from clusterproof.instruments.exposition import parse
from clusterproof.instruments.phases import words
from clusterproof.instruments.pods import exchange
from clusterproof.instruments.requests import WORDS, all_right
from clusterproof.stub.phases import FAULTS, serve
from fakes.store import Kind

PREFILL, DECODE = "127.81.0.1", "127.81.0.2"
ASKED = json.dumps({"request_id": "one", "messages": [{"role": "user", "content": "a b c"}]})


@contextmanager
def toy(faults="", *, prefill=True):
    """Give the port of a pod of each phase; both listen on one port, as pods of one stack do."""
    decode = serve(DECODE, {"STUB_PORT": "0", "STUB_ROLE": "decode", "STUB_FAULTS": faults})
    port = decode.server_port
    servers = [decode]
    if prefill:
        given = {"STUB_PORT": str(port), "STUB_ROLE": "prefill", "STUB_FAULTS": faults}
        servers.append(serve(PREFILL, given))
        labels = {"clusterproof.dev/phase-prefill": "true"}
        decode.see([{"metadata": {"labels": labels}, "status": {"podIP": PREFILL}}])
    try:
        yield port
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def counted(address, port):
    return {each.name.removeprefix("toy_").removesuffix("_total"): each.value for each in _samples(address, port)}


def _samples(address, port):
    return parse(exchange(address, port, "GET", "/metrics").body)


def test_each_phase_does_its_own_part_of_a_request():
    with toy() as port:
        assert words(exchange(DECODE, port, "POST", "/v1/chat/completions", ASKED).body) == "a toy"
        assert counted(PREFILL, port) == {"requests": 1, "prompt_tokens": 3, "received_bytes": 0}
        assert counted(DECODE, port) == {"requests": 1, "prompt_tokens": 0, "received_bytes": 64}
        assert [exchange(each, port, "GET", "/log").body for each in (PREFILL, DECODE)] == ["one", "one"]


def test_without_the_first_phase_a_request_fails():
    with toy(prefill=False) as port:
        assert exchange(DECODE, port, "POST", "/", ASKED).status == 503


@pytest.mark.parametrize(
    ("fault", "prefill", "decode", "said"),
    [
        ("skims", {"prompt_tokens": 1}, {"prompt_tokens": 0}, "a toy"),
        ("recomputes", {"prompt_tokens": 3}, {"prompt_tokens": 3}, "a toy"),
        ("idle", {"requests": 0}, {"prompt_tokens": 3}, "a toy"),
        ("forgets_ids", {"requests": 1}, {"requests": 1}, "a toy"),
        ("transfers_nothing", {"prompt_tokens": 3}, {"received_bytes": 0}, "a toy"),
        ("without_prefill", {"prompt_tokens": 3}, {"prompt_tokens": 0}, "a toy"),
        ("cut_short", {"prompt_tokens": 3}, {"prompt_tokens": 0}, "a toy"),
        ("speechless", {"prompt_tokens": 3}, {"prompt_tokens": 0}, ""),
    ],
)
def test_a_fault_shows_where_it_should(fault, prefill, decode, said):
    with toy(fault) as port:
        assert words(exchange(DECODE, port, "POST", "/", ASKED).body) == said
        assert counted(PREFILL, port).items() >= prefill.items()
        assert counted(DECODE, port).items() >= decode.items()
        log = exchange(PREFILL, port, "GET", "/log").body
        assert log == {"forgets_ids": "unknown", "idle": ""}.get(fault, "one")


@pytest.mark.parametrize(
    ("fault", "seen"), [("", ("a toy", True)), ("cut_short", ("a toy", False)), ("speechless", ("", True))]
)
def test_a_stream_says_the_same_and_whether_it_is_complete(fault, seen):
    asked = json.dumps({**json.loads(ASKED), "stream": True})
    with toy(fault) as port:
        assert said_in(exchange(DECODE, port, "POST", "/", asked).body) == seen


def test_every_fault_is_tried_here():
    tried = {mark.args[1][number][0] for mark in test_a_fault_shows_where_it_should.pytestmark for number in range(8)}
    assert tried == set(FAULTS)


def test_a_fault_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="nonsense"):
        serve(DECODE, {"STUB_PORT": "0", "STUB_ROLE": "decode", "STUB_FAULTS": "nonsense"})


@pytest.mark.parametrize("body", ["", "{}", '{"choices": []}', '{"choices": [{"message": {"content": null}}]}', "[1]"])
def test_what_is_no_answer_has_no_words(body):
    assert words(body) == ""


@pytest.mark.parametrize(
    ("seen", "right"),
    [
        ([("", 0.0)], True),
        ([("toy", float(WORDS))], True),
        ([("", 0.0), ("toy", 0.0)], False),
        ([("toy", WORDS - 1.0)], False),
    ],
)
def test_an_answer_needs_somebody_who_has_taken_in_the_prompt(seen, right):
    assert all_right(seen) is right


def owned(api, api_version, kind, name, owner=None, **spec):
    metadata = {"name": name, "namespace": "default"}
    if owner:
        above = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"]}
        metadata["ownerReferences"] = [{**above, "controller": True, "uid": "u"}]
    item = {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}
    api.store.put(item)
    return item


def test_the_controller_furthest_up_that_has_replicas_is_asked(api, cluster):
    api.store.kinds += [
        Kind("apps/v1", "Deployment", "deployments"),
        Kind("apps/v1", "ReplicaSet", "replicasets"),
        Kind("x/v1", "Stack", "stacks"),
    ]
    top = owned(api, "x/v1", "Stack", "top")
    deployment = owned(api, "apps/v1", "Deployment", "middle", top, replicas=2)
    lower = owned(api, "apps/v1", "ReplicaSet", "lower", deployment, replicas=2)
    pod = owned(api, "v1", "Pod", "pod", lower)
    assert scaling.label(scaling.target(cluster, pod)) == "Deployment default/middle"
    assert scaling.target(cluster, owned(api, "v1", "Pod", "alone")) is None
    assert scaling.target(cluster, owned(api, "v1", "Pod", "top-only", top)) is None
