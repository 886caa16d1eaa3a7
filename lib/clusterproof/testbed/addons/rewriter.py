"""A proxy between an add-on and the API server that tells it lies: ``python -m clusterproof.testbed.addons.rewriter``.

A real controller that is fed wrong data does really go wrong, which is what mutants are there for. Who asks is not
changed: the caller's own token goes through, so that the proxy gives nobody more rights than they have. A caller that
keeps its token to itself, since this is no encrypted connection, leaves it in a file for the proxy.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import ssl
import sys
import threading
import time
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from clusterproof.testbed.addons.lies import Gifts, Lies

if TYPE_CHECKING:
    from collections.abc import Iterator

Item = dict[str, Any]
LOOK_EVERY = 5.0  # seconds between two looks whether the testbed is still there
LONGEST = 900  # seconds; a watch ends after ten minutes at the latest
OURS = frozenset({"connection", "content-length", "transfer-encoding", "accept-encoding", "host"})
NAMED = "namespaces"


class Proxy(ThreadingHTTPServer):
    """Passes requests on to the API server, and changes what the rules name on the way."""

    daemon_threads = True

    def __init__(self, port: int, server: str, authority: str, rules: list[Item], token: str = "") -> None:
        self.upstream = urlsplit(server)
        self.own = {"Authorization": f"Bearer {token}"} if token else {}
        self.rules = rules
        self.gifts = Gifts()
        self.context = ssl.create_default_context(cafile=authority)
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a caller that hung up: that is how a watch is ended."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def connect(self) -> http.client.HTTPSConnection:
        """Return a new connection to the API server."""
        host, port = self.upstream.hostname or "", self.upstream.port
        return http.client.HTTPSConnection(host, port, timeout=LONGEST, context=self.context)


class Handler(BaseHTTPRequestHandler):
    """One request, and a connection that ends with it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Proxy

    def do_GET(self) -> None:
        """Pass a read on; a watch line by line."""
        response = self._ask(b"")
        self._head(response)
        if not self.lies or response.status != http.client.OK:
            self._copy(response)
        elif parse_qs(urlsplit(self.path).query).get("watch", ["0"])[0] in {"1", "true"}:
            self._watch(response)
        else:
            self.wfile.write(json.dumps(self.lies.read(json.loads(response.read()))).encode())

    def do_PUT(self) -> None:
        """Pass a write on."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.lies and body:
            body = json.dumps(self.lies.written(json.loads(body))).encode()
        response = self._ask(body)
        self._head(response)
        self._copy(response)

    do_POST = do_PATCH = do_DELETE = do_PUT  # noqa: N815 - http.server's names

    def log_message(self, *_args: Any) -> None:
        """Stay silent."""

    @cached_property
    def lies(self) -> Lies:
        """What is changed of this request's resource."""
        parts = [part for part in urlsplit(self.path).path.split("/") if part]
        parts = parts[2:] if parts[:1] == ["api"] else parts[3:]
        parts = parts[2:] if parts[:1] == [NAMED] and len(parts) > 2 else parts  # noqa: PLR2004
        return Lies(self.server.rules, parts[0] if parts else "", self.server.gifts)

    def _ask(self, body: bytes) -> http.client.HTTPResponse:
        sent = {name: value for name, value in self.headers.items() if name.lower() not in OURS}
        headers = {**self.server.own, **sent}
        if self.lies:
            headers["Accept"] = "application/json"
        connection = self.server.connect()
        connection.request(self.command, self.path, body or None, headers)
        return connection.getresponse()

    def _head(self, response: http.client.HTTPResponse) -> None:
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in OURS:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()

    def _copy(self, response: http.client.HTTPResponse) -> None:
        while part := response.read1(65536):
            self.wfile.write(part)

    def _watch(self, response: http.client.HTTPResponse) -> None:
        with self.lies.listening(self._tell):
            for line in _lines(response):
                told = self.lies.heard(json.loads(line))
                if told:
                    self._tell(told)

    def _tell(self, event: Item) -> None:
        with self._one_at_a_time:
            self.wfile.write(json.dumps(event).encode() + b"\n")

    @cached_property
    def _one_at_a_time(self) -> threading.Lock:
        return threading.Lock()


def _lines(response: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while line := response.readline():
            yield line
    except (OSError, http.client.HTTPException):
        return  # the API server went: the caller sees the end of its watch


def main() -> None:
    """Serve until the testbed goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--server", required=True, help="URL of the API server.")
    parser.add_argument("--authority", required=True, help="File with its certificate authority.")
    parser.add_argument("--lies", type=Path, required=True, help="JSON file with a list of rules, see lies.py.")
    parser.add_argument("--token-file", type=Path, help="Token for those who send none.")
    options = parser.parse_args()
    token = options.token_file.read_text(encoding="utf-8") if options.token_file else ""
    proxy = Proxy(options.port, options.server, options.authority, json.loads(options.lies.read_text()), token)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    while Path(options.authority).exists():
        time.sleep(LOOK_EVERY)
    os._exit(0)


if __name__ == "__main__":
    main()
