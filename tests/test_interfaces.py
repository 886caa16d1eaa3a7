"""Interfaces are read from slices and nodes as they are, and asked for by expressions that cannot go wrong."""

from __future__ import annotations

import pytest

from clusterproof.instruments import interfaces as net
from clusterproof.instruments import plugged_interfaces as plugged
from clusterproof.manifest import backends
from fakes.store import Kind

ROOT = "resource.kubernetes.io/pcieRoot"
SLICE = Kind("resource.k8s.io/v1", "ResourceSlice", "resourceslices", namespaced=False)
CLAIM = Kind("resource.k8s.io/v1", "ResourceClaim", "resourceclaims")
DEFINITION = Kind("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "network-attachment-definitions")
CLAIMED, COUNTED = (backend.settings for backend in backends("high_performance_networking"))


def device(name, node="a", root="", **attributes):
    told = {f"d/{key}": value for key, value in attributes.items()} | ({ROOT: root} if root else {})
    return net.Device("d", node, name, node, told)


def put_slice(api, name, *, generation=1, devices=("eth1",), driver="dra.net", **where):
    spec = {
        "driver": driver,
        "pool": {"name": "pool", "generation": generation, "resourceSliceCount": 1},
        "devices": [
            {"name": each, "attributes": {"mtu": {"int": 9000}, ROOT: {"string": "r"}, "driver": {"version": "1.0.0"}}}
            for each in devices
        ],
        **where,
    }
    api.store.put({"apiVersion": SLICE.api_version, "kind": SLICE.kind, "metadata": {"name": name}, "spec": spec})


@pytest.fixture
def serving(api, cluster):
    api.store.kinds += [SLICE, CLAIM, DEFINITION]
    return cluster


def test_names_of_attributes_are_completed_by_the_driver_and_foreign_drivers_left_out(api, serving):
    put_slice(api, "ours", nodeName="a")
    put_slice(api, "theirs", driver="gpu.example.com", nodeName="a")
    [found] = net.devices(serving, ["dra.net"])
    assert found.attributes == {"dra.net/mtu": 9000, ROOT: "r"}
    assert (found.node, found.key) == ("a", ("dra.net", "pool", "eth1"))


def test_of_a_pool_only_the_newest_slices_count(api, serving):
    put_slice(api, "old", generation=1, devices=("gone",), nodeName="a")
    put_slice(api, "new", generation=2, devices=("there",), nodeName="a")
    assert [each.name for each in net.devices(serving, ["*"])] == ["there"]


def test_a_device_for_all_nodes_has_no_node(api, serving):
    put_slice(api, "fabric", allNodes=True)
    assert [each.node for each in net.devices(serving, ["*"])] == [""]


def test_a_server_without_slices_has_no_devices(cluster):
    assert net.devices(cluster, ["*"]) == []


def test_what_a_claim_holds_is_taken(api, serving):
    given = [{"request": "r", "driver": "dra.net", "pool": "pool", "device": "eth1"}]
    for name, status in (("holds", {"allocation": {"devices": {"results": given}}}), ("waits", {})):
        metadata = {"name": name, "namespace": "default"}
        api.store.put({"apiVersion": CLAIM.api_version, "kind": CLAIM.kind, "metadata": metadata, "status": status})
    assert net.taken(serving) == {("dra.net", "pool", "eth1")}


def test_names_are_no_characteristics():
    told = net.Device("d", "p", "n", "a", {"d/ifName": "eth1", "d/mtu": 1, ROOT: "r"}).tells(CLAIMED["names"])
    assert told == {"d/mtu": 1, ROOT: "r"}


def test_an_expression_asks_whether_an_attribute_is_there_before_it_reads_it():
    said = net.expression({"d/rdma": True, "d/kind": 'a "b"'}, "d")
    assert said == (
        'device.driver == "d" && "kind" in device.attributes["d"] && device.attributes["d"]["kind"] == "a \\"b\\"" && '
        '"rdma" in device.attributes["d"] && device.attributes["d"]["rdma"] == true'
    )


def test_the_rarest_interfaces_are_those_with_fewest_like_them():
    alike = [device("1", mtu=1500), device("2", mtu=1500)]
    assert net.rarest([*alike, device("3", mtu=9000)], []) == [device("3", mtu=9000)]
    assert net.rarest(alike, []) == alike


def test_a_root_is_shared_on_one_node_only_and_by_devices_that_tell_one():
    gpu, other = device("gpu", root="r0"), device("gpu", "b", root="r1")
    near, far, silent = device("near", root="r0"), device("far", root="r1"), device("silent")
    assert net.aligned([gpu, other], [near, far, silent], ROOT) == [(gpu, near)]
    assert net.alone([gpu, other], [near, far, silent], ROOT) == [far]
    assert net.alone([], [far], ROOT) == []


def put_node(api, name, resources, labels=None, *, ready="True"):
    api.store.put({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels or {}}, "spec": {},
        "status": {"allocatable": resources, "conditions": [{"type": "Ready", "status": ready}]},
    })  # fmt: skip


def test_resources_are_offered_by_ready_nodes_that_have_some(api, serving):
    put_node(api, "a", {"rdma/hca": "4", "cpu": "8"}, {"feature.node.kubernetes.io/rdma.capable": "true", "x": "y"})
    put_node(api, "b", {"rdma/hca": "0"})
    put_node(api, "c", {"vpc.amazonaws.com/efa": "1"}, ready="False")
    [offer] = plugged.offers(serving, COUNTED)
    assert (offer.resource, offer.nodes) == ("rdma/hca", ("a",))
    assert offer.tells == {"feature.node.kubernetes.io/rdma.capable": "true"}


def test_a_definition_of_a_network_tells_of_the_resource_that_it_names(api, serving):
    put_node(api, "a", {"rdma/hca": "4"})
    metadata = {"name": "fast", "namespace": "net", "annotations": {COUNTED["definitions"]["resource"]: "rdma/hca"}}
    item = {"apiVersion": DEFINITION.api_version, "kind": DEFINITION.kind, "metadata": metadata}
    api.store.put({**item, "spec": {"config": "{}"}})
    assert [offer.tells for offer in plugged.offers(serving, COUNTED)] == [{"net/fast": "{}"}]
