"""A webhook in front of an operator's that does not do its work: ``python -m clusterproof.testbed.addons.reviewer``.

It has the operator's certificates and asks the operator, except where it decides by itself; see ``DOES``.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Item = dict[str, Any]
LOOK_EVERY = 5.0  # seconds between two looks whether the testbed is still there
LONGEST = 10.0  # seconds; the API server waits no longer


def takes_turns(_request: Item, ask: Callable[[], Item], number: int) -> Item:
    """Ask for every other request only, as if one of two replicas did not work."""
    return ask() if number % 2 else {"allowed": True}


def refuses_changes(request: Item, ask: Callable[[], Item], _number: int) -> Item:
    """Refuse every change, correct ones too."""
    return {"allowed": False} if request["operation"] == "UPDATE" else ask()


def refuses_in_earnest(request: Item, ask: Callable[[], Item], _number: int) -> Item:
    """Admit what is correct in a rehearsal only."""
    said = ask()
    return said if request.get("dryRun") else {**said, "allowed": False}


DOES = {each.__name__: each for each in (takes_turns, refuses_changes, refuses_in_earnest)}


class Reviewer(ThreadingHTTPServer):
    """Answers reviews in its own way."""

    daemon_threads = True

    def __init__(self, port: int, upstream: int, certificates: Path, does: str) -> None:
        self.upstream = upstream
        self.does = DOES[does]
        self.numbers: Iterator[int] = itertools.count()
        super().__init__(("127.0.0.1", port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates / "tls.crt", certificates / "tls.key")
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def ask(self, path: str, body: bytes) -> Item:
        """Return what the operator's webhook decides; it is on this machine, so who it is needs no proof."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", self.upstream, timeout=LONGEST, context=context)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            decided: Item = json.loads(connection.getresponse().read())["response"]
        finally:
            connection.close()
        return decided


class Handler(BaseHTTPRequestHandler):
    """One connection of the API server's, which it keeps."""

    protocol_version = "HTTP/1.1"
    server: Reviewer

    def do_POST(self) -> None:
        """Decide on one object."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        review: Item = json.loads(body)
        request, server = review["request"], self.server
        decided = server.does(request, lambda: server.ask(self.path, body), next(server.numbers))
        review = {**review, "response": {**decided, "uid": request["uid"]}}
        review.pop("request")
        answer = json.dumps(review).encode()
        self.send_response(http.client.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args: Any) -> None:
        """Stay silent."""


def main() -> None:
    """Serve until the testbed goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", type=int, required=True, help="Port of the operator's webhook.")
    parser.add_argument("--certificates", type=Path, required=True, help="Folder with tls.crt and tls.key.")
    parser.add_argument("--does", choices=sorted(DOES), required=True)
    parser.add_argument("--ready-file", type=Path, required=True)
    options = parser.parse_args()
    reviewer = Reviewer(options.port, options.upstream, options.certificates, options.does)
    threading.Thread(target=reviewer.serve_forever, daemon=True).start()
    options.ready_file.touch()
    while options.certificates.exists():
        time.sleep(LOOK_EVERY)
    os._exit(0)


if __name__ == "__main__":
    main()
