"""The data plane of the toy in ``pools.py``: each request goes to the pod of its pool with the shortest queue."""

from __future__ import annotations

import http.client
import itertools
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WITHIN = 5.0  # seconds for a pod to answer
LONG = 5.0  # requests; the first such queue is never forgotten where none is forgiven


@dataclass(frozen=True)
class Pod:
    """Where a model server listens."""

    address: str
    port: int

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send a request and return its answer; status 0 where none came."""
        connection = http.client.HTTPConnection(self.address, self.port, timeout=WITHIN)
        try:
            connection.request(method, path, body, {"Connection": "close"})
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def queue(self, metric: str) -> float:
        """Return the length of its queue as its metrics tell it; none at all is as good as endless."""
        _, text = self.ask("GET", "/metrics")
        lines = (line for line in text.decode(errors="replace").splitlines() if line.startswith(metric))
        return next((float(line.rpartition(" ")[2]) for line in lines), float("inf"))


class Proxy(ThreadingHTTPServer):
    """The listener of all Gateways of the class."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, metric: str, faults: frozenset[str]) -> None:
        self.hosts: dict[str, list[Pod]] = {}
        self.faults = faults
        self._metric = metric
        self._turns = itertools.count()
        self._long: set[Pod] = set()
        super().__init__(("127.0.0.1", port), Handler)

    def pick(self, pods: list[Pod]) -> Pod:
        """Return the pod to use: of those with the shortest queue each in turn."""
        if "queues_ignored" in self.faults:
            return pods[next(self._turns) % len(pods)]
        queues = {pod: pod.queue(self._metric) for pod in pods}
        self._long = self._long or {pod for pod, length in queues.items() if length > LONG}
        usual = {pod: length for pod, length in queues.items() if pod not in self._long}
        queues = usual if usual and "never_forgiven" in self.faults else queues
        best = [pod for pod, length in queues.items() if length == min(queues.values())]
        return best[next(self._turns) % len(best)]


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Proxy

    def do_POST(self) -> None:
        """Pass a request on, and its answer back."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pods = self.server.hosts.get(self.headers.get("Host", "").partition(":")[0])
        if pods is None:
            self._answer(HTTPStatus.NOT_FOUND, b"no route\n")
        elif pods:
            status, answer = self.server.pick(pods).ask("POST", self.path, body)
            self._answer(status or HTTPStatus.BAD_GATEWAY, answer)
        else:
            wrong = "empty_answers" in self.server.faults
            self._answer(HTTPStatus.OK if wrong else HTTPStatus.SERVICE_UNAVAILABLE, b"no servers\n")

    def log_message(self, *_args: object) -> None:
        """Stay silent."""

    def _answer(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)
