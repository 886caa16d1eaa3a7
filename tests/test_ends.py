"""Which two interfaces are tried, and whether what is said of one is so."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from clusterproof.instruments import ends
from clusterproof.instruments import plugged_interfaces as plugged
from clusterproof.instruments.interfaces import Device
from clusterproof.instruments.links import Link
from clusterproof.manifest import backends
from fakes.store import Kind

NAMES = ["ifName"]
LINK = Link("net0", "02:00:00:00:00:0A", ("10.0.0.1", "fe80::1"))


def device(name, node, **attributes):
    return Device("d", node, name, node, {f"d/{key}": value for key, value in attributes.items()})


def test_two_that_are_alike_are_taken_from_two_nodes():
    slow, fast, other = device("a", "one", mtu=1), device("b", "one", mtu=9), device("b", "two", mtu=9)
    assert {each.key for each in ends.pair([slow, fast, other], NAMES)} == {fast.key, other.key}


def test_interfaces_of_one_node_are_no_pair():
    assert [each.name for each in ends.pair([device("a", "one"), device("b", "one")], NAMES)] == ["a"]
    assert ends.pair([], NAMES) == []


def test_only_what_is_called_an_address_of_hardware_is_one():
    assert ends.macs([device("a", "one", mac="02:01", mtu=9)], ["mac"]) == ["02:01"]


DATA = {"interfaceName": "net0", "hardwareAddress": "02-00-00-00-00-0a", "ips": ["10.0.0.1/24"]}


@pytest.mark.parametrize(
    ("change", "well"),
    [
        ({}, True),
        ({"interfaceName": "net1"}, False),
        ({"hardwareAddress": "02:00:00:00:00:0b"}, False),
        ({"ips": ["10.0.0.2/24"]}, False),
        ({"ips": ["10.0.0.1/24", "10.0.0.2/24"]}, False),
        ({"hardwareAddress": None, "interfaceName": None}, True),
    ],
)
def test_what_is_said_of_an_interface_has_to_be_so_as_far_as_it_goes(change, well):
    assert ends.fits(ends.described([DATA | change]), LINK) is well


def test_nothing_said_is_nothing_to_compare():
    assert ends.described([]) == {}


def test_an_annotation_tells_of_further_networks_only():
    rows = [{"interface": "eth0", "default": True, "ips": ["10.9.9.9"]}, {"interface": "net1", "ips": ["10.0.0.1"]}]
    pod = {"metadata": {"annotations": {"status": json.dumps(rows)}}}
    assert ends.described(ends._annotated(pod, "status")) == {"name": "net1", "addresses": ["10.0.0.1"]}
    assert ends._annotated({"metadata": {}}, "status") == []


@pytest.mark.parametrize(("defined", "found"), [("rdma/hca", ["a", "b"]), ("other/thing", [])])
def test_resources_are_looked_at_inside_pods_where_a_definition_of_a_network_needs_them(api, cluster, defined, found):
    [_, backend] = backends("high_performance_networking")
    named = backend.settings["definitions"]
    api.store.kinds.append(Kind(named["version"], named["kind"], "network-attachment-definitions"))
    for name in "abc":
        status = {
            "allocatable": {"rdma/hca": "0" if name == "c" else "2"},
            "conditions": [{"type": "Ready", "status": "True"}],
        }
        api.store.put({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": {}, "status": status})
    metadata = {"name": "fast", "namespace": "net", "annotations": {named["resource"]: defined}}
    api.store.put({"apiVersion": named["version"], "kind": named["kind"], "metadata": metadata, "spec": {"config": ""}})
    offers = plugged.offers(cluster, backend.settings)
    seen = ends.counted_ends(SimpleNamespace(cluster=cluster), offers, backend.settings)
    assert [each.node for each in seen] == found
    assert all(each.values["annotations"] == {"k8s.v1.cni.cncf.io/networks": "net/fast"} for each in seen)
