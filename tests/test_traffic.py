"""What the kit says of traffic is what came over the wire, and what chance allows is the exact binomial bound."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import accumulate
from math import comb

import pytest

from clusterproof.instruments.pods import exchange
from clusterproof.instruments.traffic import ALPHA, Answer, Request, Target, band


def exact(count, percent, alpha):
    """Return the band of which each side leaves out at most alpha / 2, in whole numbers: nothing is rounded."""
    part = [comb(count, hits) * percent**hits * (100 - percent) ** (count - hits) for hits in range(count + 1)]
    most = Fraction(alpha) / 2 * 100**count
    below, above = (
        next(left_out for left_out, total in enumerate(accumulate(tail)) if total > most) for tail in (part, part[::-1])
    )
    return below, count - above


@pytest.mark.parametrize("alpha", [0.05, ALPHA, 1e-9])
@pytest.mark.parametrize("percent", [1, 10, 33, 50, 90, 99])
@pytest.mark.parametrize("count", [1, 2, 20, 100, 500])
def test_the_band_is_the_exact_binomial_bound(count, percent, alpha):
    assert band(count, percent / 100, alpha) == exact(count, percent, alpha)


def test_the_band_of_the_checks_own_splits_tells_a_wrong_split():
    low, high = band(500, 0.1)
    assert (low, high) == exact(500, 10, ALPHA) == (26, 78)
    assert not low <= 250 <= high
    assert not low <= 0 <= high


@pytest.mark.parametrize(("share", "only"), [(0, 0), (1, 500), (0.0, 0), (1.0, 500)])
def test_all_or_nothing_has_no_spread(share, only):
    assert band(500, share) == (only, only)


def test_a_band_of_many_requests_is_as_exact():
    assert band(1500, 0.1) == exact(1500, 10, ALPHA)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(200, "a"), "a"),
        (Answer(200, ""), ""),
        (Answer(404, "a"), "HTTP 404"),
        (Answer(500, "b"), "HTTP 500"),
        (Answer(204, "a"), "HTTP 204"),
        (Answer(0, problem="TimeoutError: timed out"), "TimeoutError: timed out"),
    ],
)
def test_only_a_good_answer_counts_by_its_body(answer, said):
    assert answer.said == said


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        self.send_response(int(self.headers.get("X-Status", 200)))
        self.send_header("X-Server", "a")
        self.end_headers()
        self.wfile.write(b" served \xff \n")

    def log_message(self, *args):
        """Keep silent."""


class Server(ThreadingHTTPServer):
    request_queue_size = 64


@pytest.fixture
def server():
    """Give an HTTP server; `server.seen` is what it was asked."""
    listening = Server(("127.0.0.1", 0), Handler)
    listening.seen = []
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
    thread.start()
    yield listening
    listening.shutdown()
    thread.join()
    listening.server_close()


def target(port, host="models.example"):
    return Target("127.0.0.1", port, host)


def test_a_request_carries_its_host_and_headers_and_closes_its_connection(server):
    answer = target(server.server_port).send(Request("/path?a=b", {"X-Model": "b"}))
    [(path, headers)] = server.seen
    assert path == "/path?a=b"
    assert (headers["Host"], headers["X-Model"], headers["Connection"]) == ("models.example", "b", "close")
    assert (answer.status, answer.body, answer.headers["x-server"]) == (200, "served \ufffd", "a")
    assert answer.reachable


@pytest.mark.parametrize("status", [301, 404, 500, 503])
def test_an_error_of_the_server_is_an_answer(server, status):
    answer = target(server.server_port).send(Request(headers={"X-Status": str(status)}))
    assert (answer.status, answer.problem, answer.reachable) == (status, "", True)


def test_each_request_of_a_tally_is_sent_and_counted(server):
    seen = target(server.server_port).tally(40, lambda answer: f"{answer.status}", {"X-Status": "404"})
    assert seen == Counter({"404": 40})
    assert len(server.seen) == 40


@contextmanager
def answering(*pieces, reset=False):
    """Give the port of a server that reads a request, sends some bytes, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with connection, suppress(OSError):  # the client may have read enough
                connection.recv(65536)
                for piece in pieces:
                    connection.sendall(piece)
                if reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("pieces", "reset"),
    [
        ((), False),
        ((), True),
        ((b"HTTP/1.1 2",), False),
        ((HEAD,), True),
        ((HEAD, b"Content-Length: 10\r\n\r\n", b"served"), False),
        ((HEAD, b"Content-Length: 10\r\n\r\n", b"served"), True),
        ((HEAD, b"Transfer-Encoding: chunked\r\n\r\n", b"6\r\nserved\r\n"), False),
        ((HEAD, b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\n"), False),
        ((b"garbage\r\n\r\n",), False),
        ((HEAD, b"X: " + b"a" * 70_000 + b"\r\n\r\n"), False),
        ((HEAD, b"Content-Length: -1\r\n\r\nserved"), True),
    ],
    ids=range(11),
)
def test_an_answer_that_is_cut_or_none_is_no_good_answer(pieces, reset):
    with answering(*pieces, reset=reset) as port:
        answer = target(port).send()
    with answering(*pieces, reset=reset) as port:
        other = exchange("127.0.0.1", port, "GET", "/")
    assert (answer.status, answer.body) == (other.status, other.body) == (0, "")
    assert answer.problem
    assert other.problem
    assert answer.said == answer.problem
    assert answer.reachable, "somebody took the connection, so what is wrong is wrong there"


@pytest.mark.parametrize("length", [65536, 65537, 200_000])
def test_a_long_answer_is_cut_and_good(length):
    with answering(HEAD, f"Content-Length: {length}\r\n\r\n".encode(), b"a" * length) as port:
        answer = target(port).send()
    assert (answer.status, len(answer.body)) == (200, 65536)


def test_an_answer_without_a_length_ends_with_its_connection():
    with answering(HEAD, b"\r\n", b"served") as port:
        assert target(port).send().said == "served"


def test_an_answer_that_does_not_come_in_time_is_no_good_answer():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = target(silent.getsockname()[1]).send(timeout=0.05)
    assert answer.status == 0
    assert "timed out" in answer.problem
    assert answer.reachable


def test_a_refused_connection_is_an_answer_of_the_host():
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    answer = target(port).send()
    assert (answer.status, answer.reachable) == (0, True)
    assert "refused" in answer.said


@pytest.mark.parametrize("address", ["", "no-such-host.invalid"])
def test_an_address_that_is_none_is_not_reachable(address):
    answer = Target(address, 1, "host").send(timeout=0.5)
    assert answer.status == 0
    assert answer.problem
    assert not answer.reachable


def test_a_host_from_which_no_packet_comes_back_is_not_reachable():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as first, socket.socket() as second:
        for each in (first, second):
            each.settimeout(0)
            each.connect_ex(full.getsockname())
        answer = target(full.getsockname()[1]).send(timeout=0.05)
    assert (answer.status, answer.reachable) == (0, False)


@pytest.mark.parametrize("header", ["a\r\nb", "a\nb"])
def test_a_header_that_is_none_is_refused_before_it_is_sent(server, header):
    with pytest.raises(ValueError, match="header"):
        target(server.server_port).send(Request(headers={"X": header}))
