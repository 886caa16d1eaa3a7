"""A loopback HTTP server with the API of Kubernetes, as far as the kit uses it, and with faults on demand."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from fakes.handler import Handler, Request
from fakes.store import CORE, Store


@dataclass
class Rule:
    """What to answer instead of the truth: a status and a body, HANG, or DROP the connection."""

    status: int | str
    body: Any
    method: str
    path: str
    headers: dict[str, str]
    times: int

    def matches(self, request):
        return self.times > 0 and self.method in {"", request.method} and re.search(self.path, request.url)


@dataclass
class FakeApi:
    """The server; `requests` is what it was asked, and `store` is the truth that it serves."""

    kinds: tuple = CORE
    requests: list[Request] = field(default_factory=list)
    denied: set = field(default_factory=set)  # of (verb, plural)
    port: int = 0
    date: str | None = None  # what the header of that name says, where it is not to be true
    page: int = 500  # objects in a list at most, whatever limit the client asks for

    def __post_init__(self):
        self.store = Store(self.kinds)
        self.closing = threading.Event()
        self.reactions = []
        self._rules, self._cuts, self._open = [], [], set()
        self.up()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def up(self):
        """Listen, on the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def down(self):
        """Refuse connections and cut those that are open."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in list(self._open):
            cut(each)

    def close(self):
        self.closing.set()
        with self.store.changed:
            self.store.changed.notify_all()
        self.down()

    def answer(self, status, body="", *, method="", path="", headers=None, times=1):  # noqa: PLR0913
        """Answer the next requests that fit (path: a regular expression for path?query) with this instead."""
        self._rules.append(Rule(status, body, method, path, headers or {}, times))

    def cut(self, after, how="eof"):
        """End the next watch after so many events: eof, half, reset, gone, garbage or any JSON value as a line."""
        self._cuts.append((after, how))

    def rule(self, request):
        found = next((rule for rule in self._rules if rule.matches(request)), None)
        if found:
            found.times -= 1
        return found

    def next_cut(self):
        return self._cuts.pop(0) if self._cuts else (None, "")

    def asked(self, method, path="", *, watch=False):
        """Return the requests of a method whose path?query fits."""
        fit = [each for each in self.requests if each.method == method and re.search(path, each.url)]
        return [each for each in fit if each.is_watch == watch]

    def _accept(self, listener):
        while True:
            try:
                connection, address = listener.accept()
            except OSError:
                return
            self._open.add(connection)
            threading.Thread(target=self._handle, args=(connection, address), daemon=True).start()

    def _handle(self, connection, address):
        with suppress(OSError, ValueError):
            Handler(connection, address, self)
        cut(connection)
        connection.close()
        self._open.discard(connection)


def cut(connection):
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
