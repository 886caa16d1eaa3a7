"""An exporter of the metrics of devices that do not exist: busy as far as pods on their node hold them.

The testbed runs it in place of the pods of a DaemonSet, and in them where its nodes are real. It uses the standard
library only.

Environment: ``STUB_SERVER``, where it asks for pods when it runs in one of them; ``STUB_PORT``; ``STUB_NODE``;
``STUB_SHAPES``, a JSON list of ``{"shape": …, "count": devices, "resource": what pods hold them by}``;
``STUB_WITHOUT``, meanings not to be told; ``STUB_FAULTS``, words of ``FAULTS``.
"""

from __future__ import annotations

import json
import os
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from clusterproof.stub import holders, misbehaving
from clusterproof.stub.devices import FAULTS, Devices

Item = dict[str, Any]
TEXT, HTML = "text/plain; version=0.0.4; charset=utf-8", "text/html; charset=utf-8"
PAGE = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Sign in to see the metrics.</body></html>\n"


class Stub(ThreadingHTTPServer):
    """The server of one node."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], environment: dict[str, str]) -> None:
        faults = misbehaving.faults(environment, FAULTS)
        given = json.loads(environment.get("STUB_SHAPES", "[]"))
        self._faults = faults
        self._without = frozenset(environment.get("STUB_WITHOUT", "").split())
        self._lock = threading.Lock()
        self._devices = [Devices(environment.get("STUB_NODE", ""), each, faults) for each in given]
        super().__init__(address, Handler)

    def see(self, pods: list[Item]) -> None:
        """Take notice of all pods of the cluster."""
        with self._lock:
            for devices in self._devices:
                devices.see(pods)

    @property
    def kind(self) -> str:
        """What it says that it tells."""
        return HTML if "misdeclared" in self._faults else TEXT

    def told(self) -> str:
        """Return what it tells."""
        if "page" in self._faults:
            return PAGE
        with self._lock:
            lines = [line for devices in self._devices for line in devices.lines(self._without)]
        return "\n".join(lines) + "\n"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Stub

    def do_GET(self) -> None:
        """Tell the metrics, whatever the path."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.server.kind)
        self.end_headers()
        self.wfile.write(self.server.told().encode())

    def log_message(self, *_args: object) -> None:
        """Stay silent."""


def serve(address: str, environment: dict[str, str]) -> Stub:
    """Return a server that has begun to listen."""
    return misbehaving.begun(Stub((address, int(environment.get("STUB_PORT", "9400"))), environment))


if __name__ == "__main__":
    holders.follow(os.environ["STUB_SERVER"], serve("", dict(os.environ)).see)
