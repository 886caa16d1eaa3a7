"""What stands in for the container of a simulated pod: an HTTP server that answers as agnhost's ``netexec`` does.

On a real cluster the same manifests run the real one, so the paths and answers here have to agree with it.
"""

from __future__ import annotations

import json
import socketserver
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

STOPS_WITHIN = 0.1  # seconds until a closed server's port is closed too; it answers nothing from the first moment
PAUSE = 0.2  # seconds between the parts of a streamed answer, as if a model thought about each
PARTS = 5


class Server(socketserver.ThreadingTCPServer):
    """The server behind one port of one Service; each request is answered by the next of its pods."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], pods: Sequence[str]) -> None:
        self.pods = tuple(pods)
        self._turn = count()
        super().__init__(address, Handler)
        threading.Thread(target=self.serve_forever, args=(STOPS_WITHIN,), daemon=True).start()

    def next_pod(self) -> str:
        """Return the name of the pod whose turn it is; empty if there is none any more."""
        pods = self.pods
        return pods[next(self._turn) % len(pods)] if pods else ""

    def stop(self) -> None:
        """Answer nothing from now on, also not on connections that are open, and close the port."""
        self.pods = ()
        threading.Thread(target=self._close, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hung up; that is its right."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def _close(self) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """One connection, kept open between requests as proxies like it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves in one piece
    server: Server
    pod = ""

    def do_GET(self) -> None:
        """Answer as netexec: its own name, a header or a word of the request, else the time."""
        url = urlsplit(self.path)
        words = {key: values[0] for key, values in parse_qs(url.query).items()}
        if url.path == "/hostname":
            self._answer(self.pod)
        elif url.path == "/header":
            self._answer(self.headers.get(words["key"], "") if "key" in words else self._all_headers())
        elif url.path == "/echo":
            self._answer(words.get("msg", ""), status=int(words.get("code", HTTPStatus.OK)))
        else:
            self._answer(f"NOW: {time.strftime('%Y-%m-%d %H:%M:%S %z')}")

    def do_POST(self) -> None:
        """Take a chat completion as a model server would: echo it, in parts if it asks for a stream."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if urlsplit(self.path).path != "/v1/chat/completions":
            self.do_GET()
            return
        try:
            asked = json.loads(body)
        except ValueError:
            self._answer("the body is not JSON", status=HTTPStatus.BAD_REQUEST)
            return
        if isinstance(asked, dict) and asked.get("stream"):
            self._stream()
        else:
            self._answer(json.dumps({"pod": self.pod, "request": asked}), kind="application/json")

    def parse_request(self) -> bool:
        """Give the request to the next pod; where none is left, hang up as a dead container would."""
        self.pod = self.server.next_pod()
        if not self.pod:
            self.close_connection = True
            return False
        return super().parse_request()

    def log_message(self, *_args: Any) -> None:
        """Stay silent: requests are the check's to count."""

    def _all_headers(self) -> str:
        return json.dumps({name: self.headers.get_all(name) for name in set(self.headers)})

    def _answer(self, text: str, *, status: int = HTTPStatus.OK, kind: str = "text/plain; charset=utf-8") -> None:
        data = text.encode()
        self._head(status, kind, {"Content-Length": str(len(data))})
        self.wfile.write(data)

    def _stream(self) -> None:
        self._head(HTTPStatus.OK, "text/event-stream", {"Cache-Control": "no-cache", "Transfer-Encoding": "chunked"})
        for number in range(PARTS):
            self._part(f"data: {json.dumps({'pod': self.pod, 'part': number})}\n\n")
            time.sleep(PAUSE)
        self._part("data: [DONE]\n\n")
        self._part("")

    def _part(self, text: str) -> None:
        self.wfile.write(f"{len(text.encode()):x}\r\n{text}\r\n".encode())
        self.wfile.flush()

    def _head(self, status: int, kind: str, more: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "X-Pod": self.pod, **more}.items():
            self.send_header(name, value)
        self.end_headers()
