"""A server with the API and the metrics of an inference server, and no model: it has the same few words for everybody.

On a real cluster it runs in a pod of a Python image, out of a ConfigMap with the files that it imports; in the testbed
a local process runs it in place of each simulated pod that asks for it. It uses the standard library only.

It serves ``/v1/models``, ``/v1/chat/completions`` and ``/v1/completions``. A whole answer tells in ``received`` how the
request arrived. In the query, ``seconds=`` has the first word wait, ``fail=1`` is an error, and ``hold=NAME`` has each
further word of a stream wait for ``PUT /release`` with that name as its body.

Environment: ``STUB_PORT``; ``STUB_NAME``, what it calls itself; ``STUB_METRICS``, a JSON object of the names under
which ``queue``, ``running``, ``cache``, ``prompt`` and ``generated`` (words), ``answered``, ``latency``, ``first_word``
and ``next_word`` are told; a meaning without a name is not told; ``STUB_FAULTS``: with ``silent_once_asked`` it tells
nothing any more from the first request on.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from clusterproof.stub.completion import CHAT, MODEL, PLAIN, Completion, RefusedError
from clusterproof.stub.counted import Account, Counts

TEXT, JSON, EVENTS = "text/plain; version=0.0.4; charset=utf-8", "application/json", "text/event-stream"
PAUSE = 0.03  # seconds between two words of a stream
HELD = 10.0  # seconds that a word waits at most


class Stub(ThreadingHTTPServer):
    """The server, what it has counted, and the streams that wait."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], environment: dict[str, str]) -> None:
        self.name = environment.get("STUB_NAME", MODEL)
        self.counts = Counts(json.loads(environment.get("STUB_METRICS", "{}")))
        self.held: dict[str, threading.Semaphore] = {}
        self.silent = False
        self.silenced_by_requests = "silent_once_asked" in environment.get("STUB_FAULTS", "").split()
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hung up; that is its right."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves in one piece
    server: Stub

    def do_GET(self) -> None:
        """Tell the metrics, the models, its name where a path ends in ``/hostname``, or that it is there."""
        path = urlsplit(self.path).path
        if path == "/v1/models":
            model = {"id": MODEL, "object": "model", "created": 0, "owned_by": self.server.name}
            self._answer(json.dumps({"object": "list", "data": [model]}), kind=JSON)
        elif path == "/metrics" and self.server.silent:
            self._refuse(RefusedError(503, "It tells nothing any more."))
        elif path in {"/", "/health", "/metrics"}:
            self._answer("\n".join([*self.server.counts.lines(), ""]) if path == "/metrics" else "ok\n")
        elif path.endswith("/hostname"):
            self._answer(self.server.name)
        else:
            wrong = path in {CHAT, PLAIN}
            self._refuse(RefusedError(405 if wrong else 404, f"There is nothing to {self.command} at {path}."))

    def do_PUT(self) -> None:
        """Set the length of the queue, as if so many requests were waiting, or let a held stream go on by a word."""
        body, released = self._body().decode(), urlsplit(self.path).path == "/release"
        gate = self.server.held.get(body)
        if released and gate is None:
            self._refuse(RefusedError(404, f"No stream named {body} waits."))
            return
        if gate and released:
            gate.release()
        else:
            self.server.counts.queue = float(body)
        self._answer("ok\n")

    def do_POST(self) -> None:
        """Answer a completion, whole or word by word, and count it."""
        self.server.silent = self.server.silenced_by_requests
        url, body = urlsplit(self.path), self._body()
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        try:
            asked = Completion(url.path, body, self.server.name)
        except RefusedError as refused:
            self._refuse(refused)
            return
        account = Account(self.server.counts, asked.prompt)
        time.sleep(float(query.get("seconds", 0)))
        try:
            if "fail" in query:
                account.end("error")
                self._refuse(RefusedError(500, "It was asked to fail."))
            elif asked.stream:
                self._stream(asked, account, query.get("hold", ""))
            else:
                self._whole(asked, account, hashlib.sha256(body).hexdigest())
        except OSError:  # the client hung up
            account.end("abort")
            self.close_connection = True

    def log_message(self, *_args: object) -> None:
        """Stay silent."""

    def _whole(self, asked: Completion, account: Account, digest: str) -> None:
        for _ in asked.words:
            account.word()
        account.end(asked.reason)
        received = {"method": self.command, "type": self.headers.get("Content-Type", ""), "sha256": digest}
        text = asked.told("".join(asked.words), asked.reason, usage=asked.usage(), received=received)
        self._answer(text, kind=JSON)

    def _stream(self, asked: Completion, account: Account, hold: str) -> None:
        self._head(HTTPStatus.OK, EVENTS, {"Cache-Control": "no-cache", "Transfer-Encoding": "chunked"})
        waits = threading.Semaphore(0)
        if hold:
            self.server.held[hold] = waits
        for number, word in enumerate(asked.words):
            if number and not waits.acquire(timeout=HELD if hold in self.server.held else PAUSE):
                self.server.held.pop(hold, None)  # who has not let it go by now is not waited for any more
            account.word()
            self._event(asked.told(word, None))
        self.server.held.pop(hold, None)
        account.end(asked.reason)
        self._event(asked.told("", asked.reason))
        if asked.usage_too:
            self._event(asked.told(None, None, usage=asked.usage()))
        self._event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _event(self, text: str) -> None:
        data = f"data: {text}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _refuse(self, refused: RefusedError) -> None:
        self._answer(json.dumps({"error": refused.told}), status=refused.status, kind=JSON)

    def _answer(self, text: str, *, status: int = HTTPStatus.OK, kind: str = TEXT) -> None:
        data = text.encode()
        self._head(status, kind, {"Content-Length": str(len(data))})
        self.wfile.write(data)
        self.wfile.flush()

    def _head(self, status: int, kind: str, more: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **more}.items():
            self.send_header(name, value)
        self.end_headers()


def serve(address: str, environment: dict[str, str]) -> Stub:
    """Return a server that has begun to listen."""
    stub = Stub((address, int(environment.get("STUB_PORT", "8000"))), environment)
    threading.Thread(target=stub.serve_forever, args=(0.1,), daemon=True).start()
    return stub


if __name__ == "__main__":
    serve("", dict(os.environ))
    threading.Event().wait()
