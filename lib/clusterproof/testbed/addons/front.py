"""A proxy before a gateway that spoils requests: ``python -m clusterproof.testbed.addons.front``.

A real gateway cannot be told to do all that gateways do wrong. Whoever asks sees one that does: this process has the
address of the listener, and the real one stands behind it, at the same port of another address.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

LOOK_EVERY = 5.0  # seconds between two looks whether the testbed is still there
WITHIN = 60.0  # seconds for the gateway to answer
SHORT = 16384  # bytes that a body keeps where it is cut
SELDOM = 20
MODEL = "x-model"
OURS = frozenset({"connection", "content-length", "transfer-encoding"})
FAULTS = {
    "gets": "POST is passed on as GET",
    "bodies_dropped": "bodies are not passed on",
    "bodies_cut": "long bodies are cut",
    "bodies_lost_seldom": "one body in twenty is not passed on",
    "types_dropped": "what a body is is not passed on",
    "models_lost_seldom": "one header in twenty that routes match is not passed on",
    "pinned": "the first request of a connection says where all of them go",
    "buffered": "an answer is passed on once it is whole",
}


class Proxy(ThreadingHTTPServer):
    """What takes the requests."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, behind: tuple[str, int], faults: frozenset[str]) -> None:
        if faults - FAULTS.keys():
            raise ValueError(f"there are no faults {sorted(faults - FAULTS.keys())}")
        self.behind, self.faults = behind, faults
        self.posts, self.models = itertools.count(1), itertools.count(1)
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hung up; that is its right."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Proxy
    first: str | None = None
    """The model of the first request."""
    asked = 0

    def do_GET(self) -> None:
        """Pass a request on, and its answer back."""
        self.asked += 1
        body = self._body(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        method = "GET" if "gets" in self.server.faults else self.command
        connection = http.client.HTTPConnection(*self.server.behind, timeout=WITHIN)
        try:
            connection.request(method, self.path, body or None, self._passed())
            self._answer(connection.getresponse())
        except (OSError, http.client.HTTPException):
            self.close_connection = True
        finally:
            connection.close()

    do_POST = do_PUT = do_GET  # noqa: N815 - http.server's names

    def log_message(self, *_args: object) -> None:
        """Stay silent."""

    def _body(self, body: bytes) -> bytes:
        faults = self.server.faults
        seldom = "bodies_lost_seldom" in faults and body and not next(self.server.posts) % SELDOM
        if self.command == "POST" and (seldom or faults & {"gets", "bodies_dropped"}):
            return b""
        return body[:SHORT] if "bodies_cut" in faults else body

    def _passed(self) -> dict[str, str]:
        """Return the headers that are passed on."""
        headers = {name.lower(): value for name, value in self.headers.items() if name.lower() not in OURS}
        model = headers.get(MODEL)
        self.first = model if self.asked == 1 else self.first
        if "pinned" in self.server.faults:
            model = self.first
        if "models_lost_seldom" in self.server.faults and model and not next(self.server.models) % SELDOM:
            model = None
        headers = {name: value for name, value in headers.items() if name != MODEL} | ({MODEL: model} if model else {})
        if "types_dropped" in self.server.faults:
            headers.pop("content-type", None)
        return headers

    def _answer(self, response: http.client.HTTPResponse) -> None:
        whole = response.read() if "buffered" in self.server.faults or response.length is not None else None
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in OURS:
                self.send_header(name, value)
        if whole is not None:
            self.send_header("Content-Length", str(len(whole)))
            self.end_headers()
            self.wfile.write(whole)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while part := response.read1(65536):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")


def main() -> None:
    """Serve until the testbed goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="Where it takes requests, on loopback.")
    parser.add_argument("--behind", required=True, help="Where the real gateway takes them, at the same port.")
    parser.add_argument("--faults", required=True, help="Words of FAULTS.")
    parser.add_argument("--testbed", type=Path, required=True, help="A file of the testbed's; this ends when it goes.")
    options = parser.parse_args()
    proxy = Proxy(options.port, (options.behind, options.port), frozenset(options.faults.split()))
    threading.Thread(target=proxy.serve_forever, args=(0.1,), daemon=True).start()
    while options.testbed.exists():
        time.sleep(LOOK_EVERY)
    os._exit(0)


if __name__ == "__main__":
    main()
