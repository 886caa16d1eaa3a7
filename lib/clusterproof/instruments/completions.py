"""Requests for completions as clients of model servers send them, and what a gateway makes of them on the way."""

from __future__ import annotations

import hashlib
import http.client
import json
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from clusterproof.instruments.traffic import AT_ONCE, Answer, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.instruments.traffic import Target

CHAT = "/v1/chat/completions"
JSON = "application/json"
MODEL = "stub"
LONG_EVERY, LONG = 10, 64  # every so manieth prompt has so many kilobytes
STREAM_WITHIN = 30.0  # seconds; longer than a held word waits
DATA, DONE = b"data: ", "[DONE]"


def question(path: str = CHAT, *, kilobytes: int = 0, **more: Any) -> Request:
    """Return a request for a completion that is like no other one."""
    prompt = f"{secrets.token_hex(8)}: what comes next \u2013 \u201cperhaps\u201d?" + " word" * (kilobytes * 200)
    asked = {"model": MODEL, "messages": [{"role": "user", "content": prompt}], **more}
    body = json.dumps(asked, ensure_ascii=False).encode()
    return Request(path, {"Content-Type": JSON}, "POST", body)


def server_of(answer: Answer) -> str:
    """Return the name of the server that has answered, to a completion or by its name, or what came instead."""
    return str(_object(answer).get("system_fingerprint") or answer.said)


def arrived(target: Target, count: int) -> Counter[str]:
    """Send many completions; count who has answered those that arrived as they were sent, and what others lost."""
    requests = [question(kilobytes=0 if number % LONG_EVERY else LONG) for number in range(count)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(lambda request: _compared(request, target.send(request)), requests))


def _compared(sent: Request, answer: Answer) -> str:
    received = _object(answer).get("received") or {}
    wanted = {
        "method": sent.method,
        "type": sent.headers["Content-Type"],
        "sha256": hashlib.sha256(sent.body).hexdigest(),
    }
    wrong = [f"another {key}" for key, value in wanted.items() if received.get(key) != value] if received else []
    return ", ".join(wrong) or server_of(answer)


def streamed(target: Target) -> dict[str, Any]:
    """Ask for a stream of which each word waits until we let it go, and say how many came before the next was sent.

    No clock decides: the server sends no further word before we have told it that the last one came. One that passes
    late, in one piece with others, is told of too late.
    """
    name = secrets.token_hex(8)
    words, let_go, ended = [], [], False
    broken: list[str] = []
    for event in _events(target, question(f"{CHAT}?hold={name}", stream=True), broken):
        ended = event == DONE
        word = "" if ended else _word(event)
        if word:
            words.append(word)
            let_go.append(target.send(Request("/release", {}, "PUT", name.encode())).status == HTTPStatus.OK)
    told = {"says": "".join(words), "words": len(words), "came alone": 1 + sum(let_go[:-1]), "ended": ended}
    return told | ({"broken by": broken[0]} if broken else {})


def whole(target: Target) -> str:
    """Return the same words as they come in one piece; empty if none do."""
    return _content(_object(target.send(question())), "message")


def _events(target: Target, request: Request, broken: list[str]) -> Iterator[str]:
    """Yield the events of a stream as they come; what is no stream has none. What breaks it is put into a list."""
    connection = target.connect(STREAM_WITHIN)
    if isinstance(connection, Answer):
        broken.append(connection.said)
        return
    try:
        headers = {"Host": target.host, **target.headers, **request.headers}
        connection.request(request.method, request.path, request.body, headers)
        response = connection.getresponse()
        if response.status != HTTPStatus.OK:
            broken.append(f"HTTP {response.status}")
        while line := response.readline():
            if line.startswith(DATA):
                yield line.removeprefix(DATA).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        broken.append(f"{type(error).__name__}: {error}"[:200])
    finally:
        connection.close()


def said_in(body: str) -> tuple[str, bool]:
    """Return the words of an answer that came whole or as a stream, and whether it ended as one of its kind does."""
    events = [line.removeprefix("data: ").strip() for line in body.splitlines() if line.startswith("data: ")]
    if events:
        return "".join(_word(event) for event in events), events[-1] == DONE
    try:
        words = _content(json.loads(body), "message")
    except ValueError:
        words = ""
    return words, bool(words)


def _word(event: str) -> str:
    try:
        return _content(json.loads(event), "delta")
    except ValueError:
        return ""


def _content(told: Any, where: str) -> str:
    try:
        return str(told["choices"][0][where].get("content") or "")
    except (KeyError, IndexError, TypeError, AttributeError):
        return ""


def _object(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body) if answer.status == HTTPStatus.OK else {}
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}
