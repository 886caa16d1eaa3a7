"""A server with the metrics and the answers of an inference server, and no model.

On a real cluster this file runs in a pod of a Python image, out of a ConfigMap; in the testbed a local process runs it
in place of each simulated pod that asks for it. It uses the standard library only and imports nothing of the kit.

Environment: ``STUB_PORT``; ``STUB_METRICS``, a JSON object of the names under which ``queue``, ``running``, ``cache``,
``answered``, ``latency`` and ``first_word`` are told; a meaning without a name is not told.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

BUCKETS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0)  # seconds
LABELS = 'model_name="stub"'
TEXT = "text/plain; version=0.0.4; charset=utf-8"
WORDS = 5
REASONS = ("stop", "error")


class Histogram:
    """Seconds, as Prometheus counts them."""

    def __init__(self) -> None:
        self._buckets: Counter[float] = Counter()
        self._sum = 0.0
        self._count = 0

    def add(self, seconds: float) -> None:
        """Count one."""
        self._sum += seconds
        self._count += 1
        for bound in BUCKETS:
            self._buckets[bound] += seconds <= bound

    def lines(self, name: str) -> list[str]:
        """Return its samples."""
        told = [f'{name}_bucket{{{LABELS},le="{bound}"}} {self._buckets[bound]}' for bound in BUCKETS]
        told.append(f'{name}_bucket{{{LABELS},le="+Inf"}} {self._count}')
        return [*told, f"{name}_sum{{{LABELS}}} {self._sum}", f"{name}_count{{{LABELS}}} {self._count}"]


class Stub(ThreadingHTTPServer):
    """The server and what it has counted."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], names: dict[str, str]) -> None:
        self.lock = threading.Lock()
        self.queue = 0.0
        self.running = 0
        self.answered: Counter[str] = Counter()
        self.latency = Histogram()
        self.first_word = Histogram()
        self._names = names
        super().__init__(address, Handler)

    def metrics(self) -> str:
        """Return all samples as text."""
        with self.lock:
            told = {
                "queue": [f"%s{{{LABELS}}} {self.queue}"],
                "running": [f"%s{{{LABELS}}} {self.running}"],
                "cache": [f"%s{{{LABELS}}} 0.0"],
                "answered": [
                    f'%s{{{LABELS},finished_reason="{why}"}} {self.answered[why]}' for why in ("stop", "error")
                ],
            }
            lines = [line % name for key, name in self._names.items() for line in told.get(key, ())]
            for key, histogram in (("latency", self.latency), ("first_word", self.first_word)):
                lines += histogram.lines(self._names[key]) if key in self._names else []
        return "\n".join(lines) + "\n"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Stub

    def do_GET(self) -> None:
        """Tell the metrics, or that it is there."""
        if urlsplit(self.path).path == "/metrics":
            self._answer(self.server.metrics(), kind=TEXT)
        else:
            self._answer("ok\n")

    def do_PUT(self) -> None:
        """Set the length of the queue, as if so many requests were waiting."""
        self.server.queue = float(self._body())
        self._answer("ok\n")

    def do_POST(self) -> None:
        """Answer a chat completion; ``?seconds=`` makes it slow, ``?fail=1`` makes it fail."""
        body, asked = self._body(), parse_qs(urlsplit(self.path).query)
        started = time.monotonic()
        with self.server.lock:
            self.server.running += 1
        time.sleep(float(asked.get("seconds", ["0"])[0]))
        took, fails = time.monotonic() - started, "fail" in asked
        with self.server.lock:
            self.server.running -= 1
            self.server.answered["error" if fails else "stop"] += 1
            self.server.latency.add(took)
            self.server.first_word.add(took / WORDS)
        if fails:
            self._answer("it was asked to fail\n", status=HTTPStatus.INTERNAL_SERVER_ERROR)
        else:
            words = {"object": "chat.completion", "choices": [{"message": {"role": "assistant", "content": "stub"}}]}
            self._answer(json.dumps({**words, "usage": {"prompt_tokens": len(body.split())}}), kind="application/json")

    def log_message(self, *_args: object) -> None:
        """Stay silent."""

    def _body(self) -> str:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")

    def _answer(self, text: str, *, status: int = HTTPStatus.OK, kind: str = "text/plain; charset=utf-8") -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def serve(address: str, environment: dict[str, str]) -> Stub:
    """Return a server that has begun to listen."""
    names = json.loads(environment.get("STUB_METRICS", "{}"))
    stub = Stub((address, int(environment.get("STUB_PORT", "8000"))), names)
    threading.Thread(target=stub.serve_forever, args=(0.1,), daemon=True).start()
    return stub


if __name__ == "__main__":
    serve("", dict(os.environ))
    threading.Event().wait()
