"""A toy of inference in two phases: one role takes prompts in, the other one makes the words. There is no model.

The testbed runs it in place of the pods of two Deployments, and in them where its nodes are real; its output is the ids
of all requests. It uses the standard library only. Who asks ``decode`` gets an answer if some pod of the role
``prefill`` has taken in the prompt and handed over its state, which is a digest.

Environment: ``STUB_PORT``; ``STUB_ROLE``, ``prefill`` or ``decode``; ``PREFILL_SERVICE_HOST``, where the first phase is
as long as nobody tells of pods; ``STUB_FAULTS``, words of ``FAULTS``.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import threading
from collections import Counter
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from clusterproof.stub import misbehaving

Item = dict[str, Any]
PREFILL, DECODE = "prefill", "decode"
PREFILLS = "clusterproof.dev/phase-prefill"
WITHIN = 5.0  # seconds for the other role to answer
COUNTERS = ("requests", "prompt_tokens", "received_bytes")
FAULTS = {
    "skims": "prefill takes in one word of a prompt only",
    "recomputes": "decode takes in the prompt once more",
    "idle": "decode does all of it, and prefill nothing",
    "forgets_ids": "prefill is asked under another id",
    "transfers_nothing": "decode does not use the state that it is handed",
    "without_prefill": "decode answers where the other role is absent, out of nothing",
    "speechless": "the answer has no words",
    "cut_short": "a stream ends before it is complete",
}


class Stub(ThreadingHTTPServer):
    """The server of one pod, what it has counted, and whom it can ask."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], environment: dict[str, str]) -> None:
        faults = misbehaving.faults(environment, FAULTS)
        self.role = environment["STUB_ROLE"]
        self.faults = faults
        self.lock = threading.Lock()
        self.counted: Counter[str] = Counter()
        self.ids: list[str] = []
        self.others = list(filter(None, [environment.get("PREFILL_SERVICE_HOST")]))
        super().__init__(address, Handler)

    def see(self, pods: list[Item]) -> None:
        """Learn where the pods of the other role are."""
        mine = [pod for pod in pods if (pod["metadata"].get("labels") or {}).get(PREFILLS)]
        running = [pod for pod in mine if "deletionTimestamp" not in pod["metadata"]]
        self.others = sorted(filter(None, ((pod.get("status") or {}).get("podIP") for pod in running)))

    def count(self, request: str, prompt: int = 0, received: int = 0) -> None:
        """Count one request, the words of its prompt where they were taken in, the bytes that were handed over."""
        print(request, flush=True)  # noqa: T201 - the log
        with self.lock:
            self.ids.append(request)
            self.counted += Counter(requests=1, prompt_tokens=prompt, received_bytes=received)

    def metrics(self) -> str:
        """Return all counters as text."""
        with self.lock:
            lines = [f'toy_{name}_total{{role="{self.role}"}} {self.counted[name]}' for name in COUNTERS]
        return "\n".join(lines) + "\n"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Stub

    def do_GET(self) -> None:
        """Tell the counters, or the log: the ids of all requests."""
        told = "\n".join(self.server.ids) if self.path == "/log" else self.server.metrics()
        self._answer(told)

    def do_POST(self) -> None:
        """Do this role's part of a request."""
        stub, body = self.server, self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = json.loads(body)
        request, prompt = str(asked["request_id"]), str(asked["messages"][0]["content"])
        if stub.role == PREFILL:
            stub.count(request, prompt=1 if "skims" in stub.faults else len(prompt.split()))
            self._answer(hashlib.sha256(prompt.encode()).hexdigest())
            return
        state, faults = self._state(asked), stub.faults
        if not state and not faults & {"idle", "without_prefill"}:
            stub.count(request)
            self._answer("nobody takes in prompts\n", status=HTTPStatus.SERVICE_UNAVAILABLE)
            return
        again = bool(faults & {"recomputes", "idle"})
        received = 0 if "transfers_nothing" in faults else len(state)
        stub.count(request, prompt=len(prompt.split()) * again, received=received)
        words = () if "speechless" in faults else ("a", " toy")
        if asked.get("stream"):
            told = [json.dumps({"choices": [{"delta": {"content": word}}]}) for word in words]
            ends = [] if "cut_short" in faults else ["[DONE]"]
            self._answer("".join(f"data: {each}\n\n" for each in (*told, *ends)), kind="text/event-stream")
        else:
            self._answer(json.dumps({"choices": [{"message": {"role": "assistant", "content": "".join(words)}}]}))

    def log_message(self, *_args: object) -> None:
        """Stay silent."""

    def _state(self, asked: Item) -> str:
        """Return what a pod of the other role made of the prompt; empty if none did."""
        stub = self.server
        body = json.dumps({**asked, "request_id": "unknown"} if "forgets_ids" in stub.faults else asked)
        for address in () if "idle" in stub.faults else stub.others:
            connection = http.client.HTTPConnection(address, stub.server_port, timeout=WITHIN)
            try:
                connection.request("POST", "/", body)
                return connection.getresponse().read().decode()
            except (OSError, http.client.HTTPException):
                continue  # it is going or has just come
            finally:
                connection.close()
        return ""

    def _answer(self, text: str, *, status: int = HTTPStatus.OK, kind: str = "text/plain; charset=utf-8") -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def serve(address: str, environment: dict[str, str]) -> Stub:
    """Return a server that has begun to listen."""
    return misbehaving.begun(Stub((address, int(environment.get("STUB_PORT", "8000"))), environment))


if __name__ == "__main__":
    serve("", dict(os.environ))
    threading.Event().wait()
