"""Addresses are asked only on request, honestly, again where the answer was no answer, and doubts stay doubts."""

from __future__ import annotations

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from clusterproof.submission import remembered, urls
from clusterproof.submission.addresses import private
from clusterproof.submission.urls import Answer, Reached, base, reach


class Site(BaseHTTPRequestHandler):
    def do_HEAD(self):
        site = self.server
        path = self.path.partition("?")[0]
        site.asked[self.command, path] += 1
        site.agents.add(self.headers["User-Agent"])
        status = {"/head-refused": 405 if self.command == "HEAD" else 200, "/moved": 302, "/inward": 302}.get(path)
        if path == "/flaky":
            status = 503 if site.asked["GET", path] < 2 else 200
        if status is None:
            status = int(path.strip("/")) if path.strip("/").isdigit() else 200
        if path == "/broken":
            self.connection.close()
            return
        self.send_response(status)
        if path == "/moved":
            self.send_header("Location", "/fine")
        if path == "/inward":
            self.send_header("Location", "http://inside.test/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD  # noqa: N815 - http.server wants these names

    def log_message(self, *_):
        pass


@pytest.fixture
def site(monkeypatch, tmp_path):
    monkeypatch.setenv("CLUSTERPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(urls, "PAUSE", 0.0)
    monkeypatch.setattr(urls, "public", lambda host: host == "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.asked, server.agents = Counter(), set()
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def answer(site, path):
    (found,) = reach([site.url + path]).values()
    return found.reached


@pytest.mark.parametrize(
    ("path", "reached"),
    [
        ("/fine", Reached.YES), ("/moved", Reached.YES), ("/head-refused", Reached.YES), ("/flaky", Reached.YES),
        ("/404", Reached.GONE), ("/410", Reached.GONE), ("/400", Reached.GONE),
        ("/401", Reached.UNSURE), ("/403", Reached.UNSURE),
        ("/429", Reached.TRANSIENT), ("/500", Reached.TRANSIENT), ("/503", Reached.TRANSIENT),
        ("/broken", Reached.TRANSIENT), ("/inward", Reached.TRANSIENT), ("/späte seite?x=ü y", Reached.YES),
    ],
)  # fmt: skip
def test_an_answer_means_what_it_is(site, path, reached):
    assert answer(site, path) is reached


def test_only_silence_is_asked_again(site):
    reach([f"{site.url}/404", f"{site.url}/403", f"{site.url}/500"])
    assert {path: site.asked["GET", path] for path in ("/404", "/403", "/500")} == {"/404": 1, "/403": 1, "/500": 3}


def test_we_say_who_we_are(site):
    answer(site, "/fine")
    (agent,) = site.agents
    assert agent.startswith("clusterproof/")
    assert "Mozilla" not in agent


def test_an_address_is_asked_once_whatever_its_fragment(site):
    answers = reach([f"{site.url}/fine#a", f"{site.url}/fine#b", f"{site.url}/fine"])
    assert list(answers) == [f"{site.url}/fine"]
    assert site.asked["HEAD", "/fine"] == 1


def test_what_is_sure_is_kept_for_a_day_and_doubts_are_not(site, monkeypatch):
    paths = [f"{site.url}/fine", f"{site.url}/404", f"{site.url}/503"]
    first = remembered.reach_remembering(paths)
    before = Counter(site.asked)
    assert remembered.reach_remembering(paths) == first
    assert {path for _, path in site.asked - before} == {"/503"}
    monkeypatch.setattr(remembered, "FOR", -1.0)
    remembered.reach_remembering(paths)
    assert site.asked["HEAD", "/fine"] == 2


@pytest.mark.parametrize("content", ["", "[]", "{", '{"http://x": 1}', '{"http://x": ["no", "", 0]}'])
def test_a_broken_cache_is_no_cache(site, tmp_path, content):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "urls.json").write_text(content)
    assert remembered.reach_remembering([f"{site.url}/fine"])[f"{site.url}/fine"] == Answer(Reached.YES)
    assert json.loads((tmp_path / "cache" / "urls.json").read_text())


@pytest.mark.parametrize("address", ["http://", "http://[::1", "http://a b/", "http://" + "ä" * 70 + "/"])
def test_what_is_no_address_is_gone_or_not_found(address):
    assert urls.ask(address).reached in {Reached.GONE, Reached.TRANSIENT}


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "localhost"])
def test_private_networks_are_not_asked(host):
    assert not urls.public(host)


def test_a_public_address_is_public():
    assert urls.public("8.8.8.8")


def test_a_server_that_says_nothing_holds_nobody(monkeypatch):
    monkeypatch.setattr(urls, "WITHIN", 0.0)
    monkeypatch.setattr(urls, "PAUSE", 0.0)
    stuck = threading.Event()
    monkeypatch.setattr(urls, "ask", lambda _: stuck.wait(5))
    (found,) = reach(["http://works.test/"]).values()
    stuck.set()
    assert found.reached is Reached.TRANSIENT


def test_a_fragment_is_no_part_of_what_is_asked():
    assert base(" https://works.test/a#b ") == "https://works.test/a"


@pytest.mark.parametrize(
    ("address", "so"),
    [
        ("https://localhost/x", True), ("http://10.0.0.7", True), ("https://[::1]:8443/", True),
        ("https://ci.build.internal./x", True), ("https://git.corp.lan", True), ("https://127.0.0.1.", True),
        ("https://wiki/x", True), ("https://works.test/localhost", False), ("https://8.8.8.8/", False),
        ("https://", False), ("https://[", False), ("https://localhost.example.org", False),
    ],
)  # fmt: skip
def test_what_is_not_public_by_its_name_is_told_without_asking(address, so):
    assert private(address) is so
