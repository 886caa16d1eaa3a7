"""Requests as a client sends them, one connection each, and what their number may be by chance."""

from __future__ import annotations

import http.client
import math
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ALPHA = 1e-4  # how often a correct split may be called wrong
AT_ONCE = 8
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


@dataclass(frozen=True)
class Target:
    """Where requests go."""

    address: str
    port: int
    host: str
    """The Host header, by which routes are told apart."""

    def send(self, path: str = "/hostname", headers: dict[str, str] | None = None, *, timeout: float = 5.0) -> Answer:
        """Send one GET on a connection of its own: a kept connection may stay with one backend."""
        connection = http.client.HTTPConnection(self.address, self.port, timeout=timeout)
        try:
            connection.request("GET", path, headers={"Host": self.host, "Connection": "close", **(headers or {})})
            response = connection.getresponse()
            body = response.read(65536).decode(errors="replace").strip()
            return Answer(response.status, body, {k.lower(): v for k, v in response.getheaders()})
        except (OSError, http.client.HTTPException) as error:
            lost = isinstance(error, UNREACHABLE) or getattr(error, "errno", None) in NOT_ROUTED
            return Answer(0, problem=f"{type(error).__name__}: {error}", reachable=not lost)
        finally:
            connection.close()

    def tally(self, count: int, name: Callable[[Answer], str], headers: dict[str, str] | None = None) -> Counter[str]:
        """Send many requests and count the answers by name."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return Counter(pool.map(lambda _: name(self.send(headers=headers)), range(count)))


def band(count: int, share: float, alpha: float = ALPHA) -> tuple[int, int]:
    """Return the smallest and largest number of ``count`` requests that a share may get by chance.

    Two-sided binomial bound by the normal approximation with continuity correction; a share of 0 or 1 has no spread.
    """
    spread = NormalDist().inv_cdf(1 - alpha / 2) * math.sqrt(count * share * (1 - share))
    slack = spread + 0.5 if spread else 0.0
    return max(0, math.ceil(count * share - slack)), min(count, math.floor(count * share + slack))
