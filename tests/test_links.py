"""What pods tell of their interfaces is read as it is, and data is counted where it passed."""

from __future__ import annotations

import json
import socket
import threading

import pytest

from clusterproof.instruments import links
from clusterproof.stub import links as inside


def told(*rows):
    keys = ("name", "kind", "mac", "addresses")
    return {"interfaces": [dict(zip(keys, row, strict=True)) for row in rows]}


ETH0 = ("eth0", 1, "02:00:00:00:00:01", ["fe80::1", "10.0.0.1"])


def test_tunnels_that_every_network_has_are_no_interfaces_that_were_given():
    tunnels = [("tunl0", 768, "00:00:00:00", []), ("gretap0", 1, "00:00:00:00:00:00", [])]
    assert list(links.links(told(ETH0, *tunnels, ("ib0", 32, "80:00", [])))) == ["eth0", "ib0"]


def test_the_address_of_a_link_alone_is_not_one_to_send_to():
    assert links.links(told(ETH0))["eth0"].address == "10.0.0.1"
    assert links.Link("net0", "02", ("fe80::2", "169.254.0.3")).address == ""


def test_an_advertised_interface_is_known_by_its_hardware_whatever_it_is_called():
    seen = links.links(told(ETH0, ("renamed", 1, "AA-BB-CC-00-00-01", [])))
    assert links.strange(seen, ["aa:bb:cc:00:00:01"]) == ["renamed"]
    assert links.strange(seen, ["aa:bb:cc:00:00:02"]) == []


def test_bytes_are_counted_in_the_direction_of_the_data():
    said = {"digest": "d", "before": {"net0": [5, 7]}, "after": {"net0": [15, 107], "late": [1, 1]}, "seconds": 2}
    assert links.passed(said, "", links.RECEIVED).moved == {"net0": 10}
    assert links.passed(said, "", links.SENT).moved == {"net0": 100}
    assert links.passed({}, "refused", links.SENT) == links.Passed("", "refused", {}, 0.0)


@pytest.fixture
def asked():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {"mark": "m ", "port": port, "peer": "127.0.0.1", "size": 1 << 20, "word": "w" * 32}


def test_data_arrive_whole_and_both_sides_count_them(asked, capsys):
    server = threading.Thread(target=inside.receive, args=(asked,), daemon=True)
    server.start()
    inside.send(asked)
    said = capsys.readouterr().out
    [sent] = [json.loads(line.removeprefix("m sent ")) for line in said.splitlines() if line.startswith("m sent ")]
    block, times = inside.pieces(asked["word"], asked["size"])
    assert len(block) * times == asked["size"]
    assert sent["digest"] == inside.hashlib.sha256(block * times).hexdigest()
    assert sent["after"]["lo"][1] - sent["before"]["lo"][1] >= asked["size"]


def test_who_does_not_know_the_word_is_not_counted(asked, capsys):
    mine, theirs = socket.socketpair()
    with mine, theirs:
        theirs.sendall(b"x" * 32)
        theirs.shutdown(socket.SHUT_WR)
        inside._received(mine, asked)
    assert capsys.readouterr().out == ""


def test_loopback_is_left_out_and_the_others_are_told_with_their_addresses():
    found = {each["name"]: each for each in inside.interfaces()}
    assert "lo" not in found
    assert all(each["mac"].count(":") >= 5 for each in found.values() if each["kind"] == 1)
