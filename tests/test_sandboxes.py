"""Which RuntimeClasses promise a sandbox, what their pods carry, and when two kernels are two."""

from __future__ import annotations

import pytest

from clusterproof.instruments import kernels, sandboxes
from clusterproof.manifest import backends
from fakes.store import Kind

CLASS = Kind("node.k8s.io/v1", "RuntimeClass", "runtimeclasses", namespaced=False)
[SETTINGS] = [backend.settings for backend in backends("workload_sandboxing")]
LOG = "kernel-release: 6.1\nsomething else\nkernel-version: #1 SMP: x\nkernel-boot: abc\n"


@pytest.fixture
def serving(api, cluster):
    api.store.kinds.append(CLASS)
    for name, handler in (("kata", "kata-qemu"), ("safe", "runsc"), ("fast", "runc"), ("gvisor-but", "runc")):
        api.store.put({
            "apiVersion": CLASS.api_version, "kind": CLASS.kind, "metadata": {"name": name}, "handler": handler,
        })  # fmt: skip
    return cluster


def test_a_sandbox_is_known_by_its_handler_or_its_name(serving):
    found = sandboxes.classes(serving, SETTINGS["sandboxes"])
    assert sorted(each.name for each in found) == ["gvisor-but", "kata", "safe"]


def test_a_class_that_is_asked_for_is_the_only_one_whatever_it_is_called(serving):
    assert [each.name for each in sandboxes.classes(serving, SETTINGS["sandboxes"], "fast")] == ["fast"]
    assert sandboxes.classes(serving, SETTINGS["sandboxes"], "nobody") == []


def test_a_server_without_the_kind_has_no_classes(cluster):
    assert sandboxes.classes(cluster, SETTINGS["sandboxes"]) == []


TOLERATION = {"key": "sandbox", "operator": "Exists"}
GVISOR = sandboxes.RuntimeClass(
    "gvisor", "runsc", {"cpu": "1"}, {"nodeSelector": {"zone": "b"}, "tolerations": [TOLERATION]}
)


@pytest.mark.parametrize(
    ("spec", "carries_all"),
    [
        ({"overhead": {"cpu": "1"}, "nodeSelector": {"zone": "b", "x": "y"}, "tolerations": [{}, TOLERATION]}, True),
        ({"nodeSelector": {"zone": "b"}, "tolerations": [TOLERATION]}, False),
        ({"overhead": {"cpu": "2"}, "nodeSelector": {"zone": "b"}, "tolerations": [TOLERATION]}, False),
        ({"overhead": {"cpu": "1"}, "nodeSelector": {"zone": "a"}, "tolerations": [TOLERATION]}, False),
        ({"overhead": {"cpu": "1"}, "nodeSelector": {"zone": "b"}}, False),
    ],
)
def test_a_pod_has_to_carry_all_that_its_class_says(spec, carries_all):
    assert (GVISOR.carried_by({"spec": spec}) == GVISOR.asks()) is carries_all


def test_an_overhead_of_a_pod_whose_class_has_none_is_too_much():
    plain = sandboxes.RuntimeClass("plain", "runsc", {}, {})
    assert plain.carried_by({"spec": {}}) == plain.asks()
    assert plain.carried_by({"spec": {"overhead": {"cpu": "1"}}}) != plain.asks()


def test_a_kernel_is_told_by_all_its_parts_or_not_at_all():
    assert kernels.parsed(LOG) == {"release": "6.1", "version": "#1 SMP: x", "boot": "abc"}
    assert kernels.parsed(LOG.partition("kernel-boot")[0]) == {}


@pytest.mark.parametrize(
    ("change", "differ"), [({}, False), ({"release": "4.4.0"}, True), ({"boot": "def"}, True), ({"version": "x"}, True)]
)
def test_two_kernels_are_two_if_any_part_differs(change, differ):
    own = kernels.parsed(LOG)
    assert kernels.differ(own | change, own) is differ


def test_what_was_not_told_differs_from_nothing():
    assert not kernels.differ({}, kernels.parsed(LOG))
