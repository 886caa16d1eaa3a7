"""What is an accelerator and what is simulated is said by tables, not by code."""

from __future__ import annotations

import pytest

from clusterproof.cluster.accelerators import is_accelerator, is_make_believe, is_simulated, table


@pytest.mark.parametrize(
    "resource",
    [
        "nvidia.com/gpu", "nvidia.com/gpu.shared", "nvidia.com/mig-1g.5gb", "amd.com/gpu", "google.com/tpu",
        "aws.amazon.com/neuroncore", "habana.ai/gaudi", "gpu.intel.com/i915", "testbed.clusterproof.dev/accelerator",
    ],
)  # fmt: skip
def test_a_resource_of_the_table_is_an_accelerator(resource):
    assert is_accelerator(resource)


@pytest.mark.parametrize(
    "resource",
    [
        "cpu",
        "memory",
        "hugepages-2Mi",
        "nvidia.com/gpux",
        "xnvidia.com/gpu",
        "NVIDIA.com/gpu",
        "example.com/gpu",
        "",
        "*",
    ],
)
def test_no_other_resource_is(resource):
    assert not is_accelerator(resource)


def test_every_vendor_has_a_name_of_its_own_and_resources_and_drivers():
    assert len({vendor.name for vendor in table()}) == len(table())
    for vendor in table():
        assert vendor.resources
        assert all("/" in pattern for pattern in vendor.resources)
        assert all("." in driver for driver in vendor.drivers)


def node(version="v1.37.0", labels=None, annotations=None):
    metadata = {"name": "n", "labels": labels, "annotations": annotations}
    return {"metadata": metadata, "status": {"nodeInfo": {"kubeletVersion": version}}}


@pytest.mark.parametrize(
    "simulated",
    [
        node("kwok-v0.7.0"),
        node("fake"),
        node("fake-1"),
        node(annotations={"kwok.x-k8s.io/node": "fake"}),
        node(labels={"kwok.x-k8s.io/node": ""}),
        node(labels={"kubemark.k8s.io/hollow-node": "true"}),
    ],
)
def test_a_node_that_shows_no_kubelet_is_simulated(simulated):
    assert is_simulated(simulated)


@pytest.mark.parametrize(
    "real",
    [
        node(),
        node("v1.37.0-gke.100"),
        node(labels={"type": "kwok", "kwok.x-k8s.io/other": "1"}),
        node(annotations={"note": "kwok.x-k8s.io/node"}),
        {},
        {"metadata": {}, "status": {}},
    ],
)
def test_any_other_node_is_not(real):
    assert not is_simulated(real)


def test_a_node_where_containers_run_and_devices_are_none_is_not_simulated_and_no_evidence_either():
    node = {"metadata": {"labels": {"testbed.clusterproof.dev/without-hardware": "true"}}}
    assert not is_simulated(node)
    assert is_make_believe(node)
    assert not is_make_believe({"metadata": {"name": "true-0"}})
