"""Addresses of real nodes: free here, apart from each other, known again after a restart."""

from __future__ import annotations

import ipaddress
import subprocess

import pytest

from clusterproof.errors import TestbedError
from clusterproof.testbed.node import network
from clusterproof.testbed.node.network import Plan


def routes(monkeypatch, *taken):
    monkeypatch.setattr(network, "_routes", lambda: [ipaddress.IPv4Network(each) for each in taken])


def test_a_plan_keeps_away_from_every_route_of_the_machine(monkeypatch):
    taken = [f"10.{number}.0.0/16" for number in range(20, 64) if number != 33]
    routes(monkeypatch, *taken)
    assert Plan.choose("/somewhere", tries=4000).block.subnet_of(ipaddress.IPv4Network("10.33.0.0/16"))


def test_no_free_network_is_an_error(monkeypatch):
    routes(monkeypatch, "10.0.0.0/8")
    with pytest.raises(TestbedError, match="is free"):
        Plan.choose("/somewhere")


def test_services_nodes_and_pods_of_each_node_have_networks_of_their_own(monkeypatch):
    routes(monkeypatch)
    plan = Plan.choose("/somewhere")
    own = ipaddress.ip_network(f"{plan.gateway}/{plan.bits}", strict=False)
    further = [ipaddress.ip_interface(plan.further(number, index)) for number in (0, 1) for index in (0, 1)]
    assert len(set(further)) == len(further)
    assert [each.ip in plan.all_further(number) for number in (0, 1) for each in further] == [True] * 2 + [
        False
    ] * 4 + [True] * 2
    parts = [plan.services, own, plan.pods(0), plan.pods(1), further[0].network]
    assert not any(one.overlaps(other) for one in parts for other in parts if one is not other)
    assert all(part.subnet_of(plan.block) for part in parts)
    assert {ipaddress.ip_address(plan.address(number)) in own for number in (0, 1)} == {True}


def test_two_testbeds_have_interfaces_of_other_names_short_enough_for_the_kernel(monkeypatch):
    routes(monkeypatch)
    one, other = Plan.choose("/one"), Plan.choose("/other")
    assert one.name != other.name
    cables = []
    monkeypatch.setattr(network, "_ip", lambda *words: cables.append(words[2]))
    for number in (0, 1):
        network.extend(one, number, 1, [{"name": "net0", "mtu": 9000}, {"name": "net1", "mtu": 1500}])
    assert len(set(cables)) == 4
    assert max(map(len, [one.second, *cables, *map(one.cable, (0, 1))])) <= 15


def test_a_saved_plan_is_the_same_afterwards(monkeypatch, tmp_path):
    routes(monkeypatch)
    plan = Plan.choose(tmp_path)
    plan.save(tmp_path / "plan")
    assert Plan.load(tmp_path / "plan") == plan
    assert Plan.load(tmp_path / "none") is None


def test_clearing_removes_the_interfaces_of_its_own_testbed_only(monkeypatch):
    routes(monkeypatch)
    plan = Plan.choose("/mine")
    mine = [plan.name, plan.cable(0), plan.second, f"{plan.second}00"]
    links = [{"ifname": name} for name in ("lo", *mine, "cp00000000")]
    monkeypatch.setattr(network, "_ip", lambda *_words: links)
    removed = []
    monkeypatch.setattr(subprocess, "run", lambda words, **_: removed.append(words[-1]))
    network.clear(plan)
    assert removed == mine
