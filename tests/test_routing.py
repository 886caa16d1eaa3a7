"""Traffic has settled only if every proxy of a gateway does what the route says."""

from __future__ import annotations

import itertools
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace

import pytest

from clusterproof.instruments import routing
from clusterproof.instruments.traffic import Target


class Patient(ThreadingHTTPServer):
    request_queue_size = 64  # a connection that finds the queue full tries again after a second


@pytest.fixture
def proxies():
    """Return a function that serves a host by proxies of which one in ten falls back after some answers."""
    servers = []

    def serve(after):
        count = itertools.count()

        class Proxy(BaseHTTPRequestHandler):
            def do_GET(self):
                number = next(count)
                stale = number >= after and number % 10 == 0
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"old" if stale else b"new")

            def log_message(self, *_):
                pass

        server = Patient(("127.0.0.1", 0), Proxy)
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        return Target("127.0.0.1", server.server_port, "models.example")

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


class Tries:
    """As much of a bench as waiting for traffic needs: a few tries, then a look."""

    patience = SimpleNamespace(traffic=0)

    @staticmethod
    def eventually(claim, probe, *, accept, **_):
        seen = next((seen for seen in (probe() for _ in range(5)) if accept(seen)), {})
        return SimpleNamespace(claim=claim, holds=bool(seen), actual=seen)

    @staticmethod
    def observe(claim, *, actual, holds, **_):
        return SimpleNamespace(claim=claim, holds=holds, actual=actual)


@pytest.mark.parametrize(
    ("after", "holds"),
    [
        (10_000, True),
        (0, False),
        (routing.A_FEW, False),  # a few agree
        (routing.A_FEW + routing.MANY, False),  # many agree once
    ],
)
def test_traffic_has_settled_only_if_many_answers_agree_and_go_on_to(proxies, after, holds):
    assert routing.served(Tries, "It is served", proxies(after), frozenset({"new"})).holds is holds


def test_a_status_that_one_proxy_in_ten_does_not_give_is_not_all_that_comes_back(proxies):
    assert routing.answered(Tries, "It is answered", proxies(10_000), 200).holds
    assert not routing.answered(Tries, "It is gone", proxies(10_000), 404).holds


def route(*generations, now=3):
    conditions = [{"type": str(number), "observedGeneration": each} for number, each in enumerate(generations)]
    item = {"metadata": {"generation": now}, "status": {"parents": [{"conditions": conditions}]}}
    return SimpleNamespace(now=lambda _kind: item)


@pytest.mark.parametrize(
    ("told", "well"), [((3, 3), True), ((3, 2), False), ((1, 1), False), ((), False), ((None,), False)]
)
def test_what_is_said_of_a_route_is_up_to_date_if_all_of_it_is_about_its_last_change(told, well):
    assert routing.up_to_date(route(*told), "HTTPRoute") is well
