"""Requests as a client sends them, one connection each, and what their number may be by chance."""

from __future__ import annotations

import http.client
import math
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ALPHA = 1e-4  # how often a correct split may be called wrong
AT_ONCE = 8
WITHIN = 10.0  # seconds for an answer; a machine that is busy takes a few
LONGEST = 65536  # bytes of an answer
UNREACHABLE = (TimeoutError, socket.gaierror)
NOT_ROUTED = frozenset({101, 113})  # ENETUNREACH, EHOSTUNREACH


@dataclass(frozen=True)
class Answer:
    """What came back; ``status`` 0 where nothing did, and ``problem`` says why."""

    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    reachable: bool = True
    """False if no packet came back at all: then nothing is known of the gateway."""

    @property
    def said(self) -> str:
        """The body of a good answer, else what came instead of one."""
        return self.body if self.status == HTTPStatus.OK else (self.problem or f"HTTP {self.status}")


@dataclass(frozen=True)
class Request:
    """What is sent."""

    path: str = "/hostname"
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: bytes = b""


NAME = Request()
"""Asks a server for its name."""


@dataclass(frozen=True)
class Target:
    """Where requests go."""

    address: str
    port: int
    host: str
    """The Host header, by which routes are told apart."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What every request carries besides its own."""

    def send(self, request: Request = NAME, *, timeout: float = WITHIN) -> Answer:
        """Send one request on a connection of its own: a kept connection may stay with one backend."""
        connection = self.connect(timeout)
        if isinstance(connection, Answer):
            return connection
        try:
            return self._exchange(connection, request, {"Connection": "close"})
        finally:
            connection.close()

    def connect(self, timeout: float) -> http.client.HTTPConnection | Answer:
        """Return an open connection, or why there is none."""
        connection = http.client.HTTPConnection(self.address, self.port, timeout=timeout)
        try:
            connection.connect()
        except OSError as error:
            lost = isinstance(error, UNREACHABLE) or error.errno in NOT_ROUTED
            return Answer(0, problem=_problem(error), reachable=not lost)
        return connection

    def tally(
        self, count: int, name: Callable[[Answer], str], headers: Mapping[str, str] | None = None
    ) -> Counter[str]:
        """Send many requests and count the answers by name."""
        return Counter(self.answers([Request(headers=headers or {})] * count, name))

    def answers(self, requests: Sequence[Request], name: Callable[[Answer], str]) -> list[str]:
        """Send many requests and return the answers by name, in the order in which they were sent."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda request: name(self.send(request)), requests))

    def kept(self, requests: Sequence[Request], name: Callable[[Answer], str], *, timeout: float = WITHIN) -> list[str]:
        """Send some requests one after another on a connection that is kept, as long as the other side keeps it."""
        connection = self.connect(timeout)
        if isinstance(connection, Answer):
            return [name(connection)] * len(requests)
        try:
            return [name(self._exchange(connection, request, {})) for request in requests]
        finally:
            connection.close()

    def _exchange(self, connection: http.client.HTTPConnection, request: Request, more: Mapping[str, str]) -> Answer:
        try:
            headers = {"Host": self.host, **self.headers, **more, **request.headers}
            connection.request(request.method, request.path, request.body or None, headers)
            response = connection.getresponse()
            body = body_of(response, LONGEST)
            return Answer(response.status, body.strip(), {k.lower(): v for k, v in response.getheaders()})
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return Answer(0, problem=_problem(error))  # somebody took the connection, so what is wrong is wrong there


def body_of(response: http.client.HTTPResponse, most: int) -> str:
    """Return the body of an answer, its first bytes if it is longer than ``most``.

    Raises:
        http.client.IncompleteRead: it ended too early, which ``read`` does not mind where it is told how much to read.
    """
    body = response.read(most)
    if len(body) < most and response.length:
        raise http.client.IncompleteRead(body, response.length)
    return body.decode(errors="replace")


def _problem(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def band(count: int, share: float, alpha: float = ALPHA) -> tuple[int, int]:
    """Return the smallest and largest number of ``count`` requests that a share may get by chance.

    Exact two-sided binomial bound: each side is left out with a probability of at most ``alpha / 2``. A share of 0 or 1
    has no spread.
    """
    return _fewest(count, share, alpha / 2), count - _fewest(count, 1 - share, alpha / 2)


def _fewest(count: int, share: float, tail: float) -> int:
    """Return the largest number that is undercut with a probability of at most ``tail``."""
    if not 0 < share < 1:
        return round(count * share)
    below = 0.0
    for hits in range(count):
        below += math.exp(_log_probability(count, hits, share))
        if below > tail:
            return hits
    return count


def _log_probability(count: int, hits: int, share: float) -> float:
    ways = math.lgamma(count + 1) - math.lgamma(hits + 1) - math.lgamma(count - hits + 1)
    return ways + hits * math.log(share) + (count - hits) * math.log1p(-share)
