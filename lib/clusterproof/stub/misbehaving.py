"""What the stand-ins share that can be told to misbehave: their faults, and the way they begin to serve."""

from __future__ import annotations

import threading
from http.server import ThreadingHTTPServer
from typing import TypeVar

Server = TypeVar("Server", bound=ThreadingHTTPServer)


def faults(environment: dict[str, str], known: dict[str, str]) -> frozenset[str]:
    """Return the words of ``STUB_FAULTS``.

    Raises:
        ValueError: one of them is not known.
    """
    chosen = frozenset(environment.get("STUB_FAULTS", "").split())
    if chosen - known.keys():
        raise ValueError(f"there are no faults {sorted(chosen - known.keys())}")
    return chosen


def begun(server: Server) -> Server:
    """Return a server that answers from now on."""
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    return server
