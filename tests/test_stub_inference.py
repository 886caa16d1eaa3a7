"""The server without a model serves as inference servers do, and counts what it has served."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from importlib.resources import files

import pytest

from clusterproof.instruments.autoscaling import SERVER
from clusterproof.instruments.exposition import parse
from clusterproof.stub.completion import WORDS
from clusterproof.stub.inference import serve

MEANINGS = ("queue", "running", "cache", "prompt", "generated", "answered", "latency", "first_word", "next_word")
CHAT, PLAIN = "/v1/chat/completions", "/v1/completions"
TEXT = "".join(WORDS)


@pytest.fixture
def stub():
    """Give a server whose metrics are called by what they mean."""
    names = json.dumps({name: name for name in MEANINGS})
    server = serve("127.0.0.1", {"STUB_PORT": "0", "STUB_NAME": "me", "STUB_METRICS": names})
    yield server
    server.shutdown()
    server.server_close()


def ask(stub, method, path, body=""):
    connection = http.client.HTTPConnection(*stub.server_address[:2], timeout=5)
    data = body if isinstance(body, str) else json.dumps(body)
    connection.request(method, path, data, {"Content-Type": "application/json"} if data else {})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, json.loads(text) if text.startswith("{") else text


def chat(content="a b c", **more):
    return {"model": "stub", "messages": [{"role": "user", "content": content}], **more}


def counted(stub):
    """Return every sample by its name, buckets by their bound as well, and reasons by their word."""
    told = parse(ask(stub, "GET", "/metrics")[1])
    kinds = [each.labels.get("le", each.labels.get("finished_reason", "")) for each in told]
    return {f"{each.name} {kind}".strip(): each.value for each, kind in zip(told, kinds, strict=True)}


def events(text):
    return [line.removeprefix("data: ") for line in text.splitlines() if line]


def test_a_whole_answer_has_the_form_of_the_api(stub):
    status, told = ask(stub, "POST", CHAT, chat())
    assert (status, told["object"], told["model"], told["system_fingerprint"]) == (200, "chat.completion", "stub", "me")
    [choice] = told["choices"]
    assert choice["message"] == {"role": "assistant", "content": TEXT}
    assert choice["finish_reason"] == "stop"
    assert told["usage"] == {"prompt_tokens": 3, "completion_tokens": 7, "total_tokens": 10}
    _, plain = ask(stub, "POST", PLAIN, {"model": "stub", "prompt": "a b"})
    assert (plain["object"], plain["choices"][0]["text"], plain["usage"]["prompt_tokens"]) == (
        "text_completion",
        TEXT,
        2,
    )


def test_an_answer_says_how_its_request_arrived(stub):
    body = json.dumps(chat("\N{EN DASH}"))
    received = ask(stub, "POST", CHAT, body)[1]["received"]
    digest = hashlib.sha256(body.encode()).hexdigest()
    assert received == {"method": "POST", "type": "application/json", "sha256": digest}


def test_the_longest_answer_that_is_allowed_ends_for_its_length(stub):
    _, told = ask(stub, "POST", CHAT, chat(max_tokens=2))
    assert told["choices"][0]["message"]["content"] == "There is"
    assert told["choices"][0]["finish_reason"] == "length"
    assert ask(stub, "POST", CHAT, chat(max_tokens=len(WORDS)))[1]["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("path", [CHAT, PLAIN])
@pytest.mark.parametrize("with_usage", [True, False])
def test_a_stream_says_the_same_word_by_word(stub, path, with_usage):
    asked = {**chat(), "prompt": "a b c", "stream": True, "stream_options": {"include_usage": with_usage}}
    *told, done = events(ask(stub, "POST", path, json.dumps(asked))[1])
    chunks = [json.loads(each) for each in told]
    usage = chunks.pop() if with_usage else {}
    choices = [each["choices"][0] for each in chunks]
    words = [each["delta"]["content"] if path == CHAT else each["text"] for each in choices]
    assert (words, done) == ([*WORDS, ""], "[DONE]")
    assert [each["finish_reason"] for each in choices] == [None] * len(WORDS) + ["stop"]
    assert usage.get("usage", {}).get("completion_tokens") == (len(WORDS) if with_usage else None)
    assert usage.get("choices", []) == []
    assert len({each["id"] for each in chunks}) == 1


def test_its_models_are_listed_by_its_name(stub):
    assert [(each["id"], each["owned_by"]) for each in ask(stub, "GET", "/v1/models")[1]["data"]] == [("stub", "me")]
    assert ask(stub, "GET", "/any/hostname") == (200, "me")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", CHAT, "no JSON", 400),
        ("POST", CHAT, {"model": "stub"}, 400),
        ("POST", CHAT, "[]", 400),
        ("POST", CHAT, {"model": "stub", "messages": "x"}, 400),
        ("POST", PLAIN, chat(), 400),
        ("POST", CHAT, {**chat(), "model": "other"}, 404),
        ("POST", "/v1/nothing", chat(), 404),
        ("GET", CHAT, "", 405),
        ("GET", "/nothing", "", 404),
        ("PUT", "/release", "nobody", 404),
        ("POST", f"{CHAT}?fail=1", chat(), 500),
    ],
)
def test_an_error_has_the_form_of_the_api(stub, method, path, body, status):
    seen, told = ask(stub, method, path, body)
    assert seen == status
    assert told["error"]["message"]
    assert told["error"]["type"] == ("server_error" if status == 500 else "invalid_request_error")


def test_what_was_served_is_what_is_counted(stub):
    ask(stub, "POST", CHAT, chat())
    ask(stub, "POST", CHAT, chat("a", stream=True, max_tokens=2))
    ask(stub, "POST", f"{CHAT}?fail=1", chat("x " * 9))
    ask(stub, "POST", CHAT, "no JSON")
    seen = counted(stub)
    assert (seen["prompt"], seen["generated"], seen["running"]) == (4, 9, 0)
    assert [seen[f"answered {why}"] for why in ("stop", "length", "error", "abort")] == [1, 1, 1, 0]
    assert [seen[f"{name}_count"] for name in ("latency", "first_word", "next_word")] == [3, 2, 7]
    assert all(seen[f"{name}_bucket +Inf"] == seen[f"{name}_count"] for name in ("latency", "first_word", "next_word"))
    assert seen["next_word_bucket 0.01"] == 6, "only the second word of the stream came after a pause"


def test_one_that_is_told_to_tells_nothing_of_itself_from_the_first_request_on():
    told = {"STUB_PORT": "0", "STUB_METRICS": json.dumps({"queue": "queue"}), "STUB_FAULTS": "silent_once_asked"}
    server = serve("127.0.0.1", told)
    try:
        assert ask(server, "GET", "/metrics")[0] == 200
        assert ask(server, "POST", CHAT, chat())[0] == 200
        assert ask(server, "GET", "/metrics")[0] == 503
        assert ask(server, "GET", "/health")[0] == 200
    finally:
        server.shutdown()
        server.server_close()


def test_a_request_runs_until_its_last_word_and_who_hangs_up_ends_it(stub):
    connection = http.client.HTTPConnection(*stub.server_address[:2], timeout=5)
    connection.request("POST", f"{CHAT}?hold=here", json.dumps(chat(stream=True)))
    response = connection.getresponse()
    assert TEXT.split()[0] in response.readline().decode()
    assert counted(stub)["running"] == 1
    connection.sock.shutdown(socket.SHUT_RDWR)
    response.close()
    connection.close()
    deadline = time.monotonic() + 5
    while counted(stub)["running"] and time.monotonic() < deadline:
        ask(stub, "PUT", "/release", "here")
    seen = counted(stub)
    assert (seen["running"], seen["answered abort"], seen["latency_count"]) == (0, 1, 1)


def test_a_held_word_comes_only_after_the_one_before_was_let_go(stub):
    connection = http.client.HTTPConnection(*stub.server_address[:2], timeout=5)
    connection.request("POST", f"{CHAT}?hold=here", json.dumps(chat(stream=True, max_tokens=2)))
    response = connection.getresponse()
    assert WORDS[0] in response.readline().decode()
    rest = []
    reader = threading.Thread(target=lambda: rest.extend(response.read().decode().splitlines()))
    reader.start()
    reader.join(0.1)
    assert reader.is_alive()
    assert ask(stub, "PUT", "/release", "here")[0] == 200
    reader.join(5)
    assert "data: [DONE]" in rest
    assert ask(stub, "PUT", "/release", "here")[0] == 404, "it waits no more"
    connection.close()


def test_what_is_carried_into_a_cluster_runs_alone(tmp_path):
    """Run the files that the ConfigMap carries where nothing of the kit is: they import nothing else of it."""
    place = tmp_path / "clusterproof" / "stub"
    place.mkdir(parents=True)
    for name in SERVER:
        shutil.copy(str(files("clusterproof.stub") / name), place)
    command = [sys.executable, "-S", "-c", "import clusterproof.stub.inference as it; print(it.__file__)"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env={"PATH": os.defpath})
    assert said.stdout.startswith(str(tmp_path)), said.stderr
