"""Devices of Dynamic Resource Allocation are counted as the scheduler gives them out, whatever drivers write."""

from __future__ import annotations

import pytest

from clusterproof.bench.accelerators import chosen, countable
from clusterproof.cluster.advertised import advertised, devices_of_slices
from clusterproof.cluster.classes import Books, behind, classes
from clusterproof.cluster.expressions import satisfies
from clusterproof.cluster.facts import facts
from clusterproof.cluster.inventory import Capacity, capacity
from clusterproof.cluster.places import only_on, selected
from clusterproof.cluster.slices import counted, pools
from clusterproof.errors import ClusterError, Inconclusive
from clusterproof.model import Facts, Outcome, Reason
from clusterproof.parameters import Values
from fakes import Kind

GROUP = "resource.k8s.io/v1"
DRIVER, OURS = "gpu.testbed.clusterproof.dev", "testbed.clusterproof.dev/accelerator"
BY_CLASS = "deviceclass.resource.kubernetes.io/gpu"
KINDS = [
    Kind(GROUP, "ResourceSlice", "resourceslices", namespaced=False),
    Kind(GROUP, "DeviceClass", "deviceclasses", namespaced=False),
    Kind(GROUP, "DeviceTaintRule", "devicetaintrules", namespaced=False),
    Kind(GROUP, "ResourceClaim", "resourceclaims"),
]
ONLY = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "only", "operator": "Exists"}]}]}
MATCHES = "device.driver == 'gpu.testbed.clusterproof.dev'"


@pytest.fixture
def fill(api, cluster):
    """Give a function that puts objects into a cluster with all kinds of the API, and returns the cluster."""
    api.store.kinds += KINDS

    def fill(*items):
        for item in items:
            api.store.put(item)
        return cluster

    return fill


def node(name, plugged="0", resource=OURS, labels=None, **spec):
    status = {"allocatable": {"pods": "110", resource: plugged}, "conditions": [{"type": "Ready", "status": "True"}]}
    metadata = {"name": name, "labels": labels or {}}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": spec, "status": status}


def listed(name, *devices, pool="", generation=1, slices=1, driver=DRIVER, **where):
    spec = {
        "driver": driver,
        "pool": {"name": pool or name, "generation": generation, "resourceSliceCount": slices},
        "devices": [{"name": each} if isinstance(each, str) else each for each in devices],
        **(where or {"nodeName": name}),
    }
    return {"apiVersion": GROUP, "kind": "ResourceSlice", "metadata": {"name": f"{name}-{generation}"}, "spec": spec}


def class_(name="gpu", expression=MATCHES, resource="", created="2026-01-01T00:00:00Z"):
    spec = {"selectors": [{"cel": {"expression": expression}}] if expression else []}
    metadata = {"name": name, "creationTimestamp": created}
    named = {"extendedResourceName": resource} if resource else {}
    return {"apiVersion": GROUP, "kind": "DeviceClass", "metadata": metadata, "spec": {**spec, **named}}


def claim(device, pool, name="c", **more):
    result = {"driver": DRIVER, "pool": pool, "device": device, "request": "r", **more}
    status = {"allocation": {"devices": {"results": [result]}}}
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": GROUP, "kind": "ResourceClaim", "metadata": metadata, "spec": {}, "status": status}


def free(cluster, resource=OURS, mode="auto"):
    return dict(capacity(cluster, resource, mode).free())


# what an expression says of a device


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("device.driver == 'd.example'", True),
        ('device.driver == "other"', False),
        ("device.driver != 'other' && device.attributes['d.example'].model == 'a'", True),
        ("device.attributes['d.example']['model'] == 'b' || device.driver == 'd.example'", True),
        ("!(device.attributes['d.example'].index == 3)", False),
        ("device.attributes['d.example'].model in ['x', 'a']", True),
        ("'model' in device.attributes['d.example']", True),
        ("'model' in device.attributes['other.example']", None),
        ("device.attributes['k8s.example'].root == 'r' && device.attributes['d.example'].ready", True),
        ("device.allowMultipleAllocations == false", True),
        ("true", True),
        ("false", False),
        ("device.attributes['d.example'].none == 'a'", None),
        ("device.attributes['d.example'].index == '3'", None),
        ("device.attributes['d.example'].model.matches('a')", None),
        ("device.capacity['d.example'].memory.compareTo(quantity('1Gi')) >= 0", None),
        ("cel.bind(x, device.driver, x == 'd.example')", None),
        ("device.driver == 'it\\'s'", None),
        ("device.driver ==", None),
        ("device.driver", None),
        ("(device.driver == 'd.example'", None),
        ("device.driver == 'd.example' device", None),
        ("device.driver && true", None),
        ("'a' in 'abc'", None),
        ("! 'a'", None),
        ("device.attributes == device.attributes", None),
        ("", None),
        ("[", None),
    ],
)
def test_an_expression_is_read_or_said_not_to_be_and_never_guessed(expression, holds):
    attributes = {"model": "a", "index": 3, "ready": True, "k8s.example/root": "r"}
    assert satisfies([expression], "d.example", attributes, shared=False) is holds


def test_a_device_without_selectors_to_satisfy_satisfies_them():
    assert satisfies([], "d", {}, shared=False) is True


# where a device is


@pytest.mark.parametrize(
    ("term", "fits"),
    [
        ({"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a", "b"]}]}, True),
        ({"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["a"]}]}, False),
        ({"matchExpressions": [{"key": "none", "operator": "NotIn", "values": ["a"]}]}, True),
        ({"matchExpressions": [{"key": "zone", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "zone", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "size", "operator": "Gt", "values": ["3"]}]}, True),
        ({"matchExpressions": [{"key": "size", "operator": "Lt", "values": ["3"]}]}, False),
        ({"matchExpressions": [{"key": "zone", "operator": "Gt", "values": ["3"]}]}, False),
        ({"matchExpressions": [{"key": "zone", "operator": "Unheard"}]}, False),
        ({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}]}, True),
        ({}, False),
    ],
)
def test_a_node_selector_means_what_kubernetes_means_by_it(term, fits):
    assert selected({"nodeSelectorTerms": [term]}, node("n", labels={"zone": "a", "size": "4"})) is fits


def test_an_affinity_to_nodes_selects_these_nodes():
    required = only_on(["a"])["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert [selected(required, node(name)) for name in ("a", "b")] == [True, False]


# pools


def test_of_a_pool_only_the_newest_generation_counts(fill):
    cluster = fill(listed("n", "gone", pool="p", generation=1), listed("n", "here", pool="p", generation=2))
    assert [device.name for pool in pools(cluster) for device in pool.devices()] == ["here"]
    assert counted(cluster) == {DRIVER: 1}


@pytest.mark.parametrize("slices", [1, 3])
def test_a_pool_with_more_or_fewer_slices_than_it_says_counts_as_nothing(fill, slices):
    halves = [listed(name, name, pool="p", slices=slices, nodeName="n") for name in ("one", "two")]
    cluster = fill(node("n"), class_(resource=OURS), *halves)
    assert counted(cluster) == {DRIVER: 0}
    assert free(cluster) == {}
    assert advertised(cluster) == {}


def test_a_pool_of_several_slices_counts_once_all_are_there(fill):
    halves = [listed(name, name, pool="p", slices=2, nodeName="n") for name in ("one", "two")]
    assert free(fill(node("n"), class_(resource=OURS), *halves)) == {"n": 2}


def test_a_pool_with_one_name_twice_counts_as_nothing(fill):
    cluster = fill(node("n"), class_(resource=OURS), listed("n", "same", "same"))
    assert free(cluster) == {}


@pytest.mark.parametrize(
    ("where", "device", "on"),
    [
        ({"nodeName": "a"}, {}, {"a": 1}),
        ({"nodeSelector": ONLY}, {}, {"b": 1}),
        ({"perDeviceNodeSelection": True}, {"nodeName": "b"}, {"b": 1}),
        ({"perDeviceNodeSelection": True}, {"nodeSelector": {"nodeSelectorTerms": []}}, {}),
        ({"someFutureSelection": True}, {}, {}),
    ],
)  # fmt: skip
def test_a_device_is_counted_where_its_slice_or_itself_says_that_it_is(fill, where, device, on):
    cluster = fill(node("a"), node("b", labels={"only": ""}), class_(resource=OURS))
    cluster = fill(listed("s", {"name": "d", **device}, **where))
    assert free(cluster) == on
    assert set(devices_of_slices(cluster, [node("a"), node("b", labels={"only": ""})])) == {(n, "testbed") for n in on}


def test_a_device_that_several_nodes_can_use_is_not_counted_for_one_of_them(fill):
    cluster = fill(node("a"), node("b"), class_(resource=OURS), listed("s", "d", allNodes=True))
    assert "can be had by several nodes" in capacity(cluster, OURS).uncountable
    assert advertised(cluster) == {}


# what is free


def test_what_a_claim_has_is_not_free_and_what_an_administrator_looks_at_is(fill):
    cluster = fill(node("n"), class_(resource=OURS), listed("n", "a", "b"), claim("a", "n"))
    assert free(fill(claim("b", "n", name="admin", adminAccess=True))) == {"n": 1}
    assert capacity(cluster, OURS).used == {"n": 1}


@pytest.mark.parametrize(("effect", "left"), [("NoSchedule", 1), ("NoExecute", 1), ("None", 2), ("Unheard", 2)])
def test_a_tainted_device_is_not_free(fill, effect, left):
    tainted = {"name": "a", "taints": [{"key": "k", "effect": effect}]}
    assert free(fill(node("n"), class_(resource=OURS), listed("n", tainted, "b"))) == {"n": left}


@pytest.mark.parametrize(
    ("selector", "left"),
    [({"driver": DRIVER}, 0), ({"pool": "n", "device": "a"}, 1), ({"pool": "other"}, 2), (None, 2), ({}, 0)],
)
def test_a_rule_can_taint_devices_as_well(fill, selector, left):
    spec = {"deviceSelector": selector, "taint": {"key": "k", "effect": "NoSchedule"}}
    rule = {"apiVersion": GROUP, "kind": "DeviceTaintRule", "metadata": {"name": "r"}, "spec": spec}
    assert free(fill(node("n"), class_(resource=OURS), listed("n", "a", "b"), rule)) == {"n": left}


def part(name, memory):
    counters = {"memory": {"value": memory}}
    return {"name": name, "consumesCounters": [{"counterSet": "board", "counters": counters}]}


@pytest.mark.parametrize(("taken", "left"), [("", 2), ("half", 1), ("all", 0)])
def test_parts_of_a_device_are_free_as_far_as_its_counters_go(fill, taken, left):
    counters = listed("counters", pool="p", slices=2, nodeName="n")
    counters["spec"]["sharedCounters"] = [{"name": "board", "counters": {"memory": {"value": "80Gi"}}}]
    parts = [part("half", "40Gi"), part("other", "40960Mi"), part("all", "80Gi")]
    cluster = fill(
        node("n"), class_(resource=OURS), counters, listed("parts", *parts, pool="p", slices=2, nodeName="n")
    )
    if taken:
        fill(claim(taken, "p"))
    assert free(cluster) == {"n": left}


def test_a_part_of_counters_that_nobody_lists_is_not_free(fill):
    assert free(fill(node("n"), class_(resource=OURS), listed("n", part("a", "1Gi")))) == {"n": 0}


def test_a_device_that_several_claims_may_have_is_said_not_to_be_countable(fill):
    shared = {"name": "a", "allowMultipleAllocations": True}
    cluster = fill(node("n"), class_(resource=OURS), listed("n", shared))
    assert "can be had by several claims" in capacity(cluster, OURS).uncountable


def test_a_class_that_cannot_be_read_is_said_not_to_be_countable(fill):
    strange = class_(resource=OURS, expression="device.capacity['x'].memory.isGreaterThan(quantity('1Gi'))")
    cluster = fill(node("n"), strange, listed("n", "a"))
    assert capacity(cluster, OURS).uncountable.startswith("The kit cannot read whether")
    assert Books.read(cluster).offer(strange, [node("n")]).uncountable.startswith("The kit cannot read whether")


def test_claims_that_may_not_be_read_leave_open_what_is_free(api, fill):
    cluster = fill(node("n"), class_(resource=OURS), listed("n", "a"))
    api.answer(403, {"message": "may not"}, path="/resourceclaims", times=9)
    assert "may not" in capacity(cluster, OURS).uncountable
    with pytest.raises(ClusterError):
        Books.read(cluster)


# which way


def test_a_node_with_a_device_plugin_gives_out_by_that_and_is_told_to_have_both(fill):
    cluster = fill(
        node("both", "4"), node("claimed"), class_(resource=OURS), listed("both", "a"), listed("claimed", "b")
    )
    seen = capacity(cluster, OURS)
    assert dict(seen.free()) == {"both": 4, "claimed": 1}
    assert seen.modes == {"both": "device-plugin", "claimed": "dra-extended"}
    assert "both ways at once, 1 devices more by claims only" in seen.told()
    assert (seen.plugged("both"), seen.plugged("claimed")) == (4, 0)


@pytest.mark.parametrize(
    ("mode", "left"), [("auto", {"p": 4, "c": 1}), ("device-plugin", {"p": 4}), ("dra-extended", {"c": 1})]
)
def test_a_mode_leaves_only_the_nodes_that_give_out_in_that_way(fill, mode, left):
    cluster = fill(node("p", "4"), node("c"), class_(resource=OURS), listed("c", "b"))
    assert free(cluster, mode=mode) == left


def test_a_class_can_be_asked_for_by_its_own_name(fill):
    cluster = fill(node("n"), class_(), listed("n", "a"))
    assert (free(cluster), free(cluster, BY_CLASS)) == ({}, {"n": 1})
    assert capacity(cluster, BY_CLASS).modes == {"n": "dra"}


def test_of_several_classes_with_one_resource_the_youngest_wins_and_then_the_first_by_name(fill):
    later = "2026-02-01T00:00:00Z"
    cluster = fill(class_("a", resource=OURS), class_("c", resource=OURS, created=later))
    assert behind(OURS, classes(cluster))["metadata"]["name"] == "c"
    fill(class_("b", resource=OURS, created=later))
    assert behind(OURS, classes(cluster))["metadata"]["name"] == "b"
    assert behind("x.example/y", classes(cluster)) is None


def test_the_facts_tell_how_each_is_given_out(fill):
    cluster = fill(
        node("p", "4"), node("c"), node("o", "3", resource="x.example/y"), class_(resource=OURS), listed("c", "b")
    )
    seen = facts(cluster)
    assert seen.allocation == ((DRIVER, "dra"), (OURS, "device-plugin and dra-extended"))
    assert (seen.accelerators, seen.accelerators_free) == (((OURS, 5),), ((OURS, 5),))
    assert seen.device_classes == (("gpu", 1),)
    assert seen.unknown_resources == ("x.example/y",)


@pytest.mark.parametrize("path", ["/deviceclasses", "/resourceclaims", "/devicetaintrules"])
def test_facts_that_need_more_rights_than_there_are_are_missing_facts(api, fill, path):
    cluster = fill(node("c"), class_(resource=OURS), listed("c", "b"))
    api.answer(403, {"message": "may not"}, path=path, times=9)
    assert facts(cluster).device_drivers == ((DRIVER, 1),)


# which resource is asked for

HOW = (("a.example/x", "device-plugin"), ("b.example/x", "dra-extended"), ("d", "dra"))
FREE = (("a.example/x", 3), ("b.example/x", 2))


@pytest.mark.parametrize(
    ("mode", "wanted", "asked"),
    [
        ("auto", "", "a.example/x"),
        ("device-plugin", "", "a.example/x"),
        ("dra-extended", "", "b.example/x"),
        ("dra", "", BY_CLASS),
        ("auto", "c.example/x", "c.example/x"),
        ("dra", BY_CLASS, BY_CLASS),
    ],
)
def test_the_mode_decides_which_resource_is_asked_for(mode, wanted, asked):
    seen = Facts("v1.37.0", accelerators_free=FREE, allocation=HOW, device_classes=(("gpu", 1),))
    assert chosen(Values(allocation_mode=mode, resource_name=wanted), seen) == asked


def test_where_only_claims_give_accelerators_out_their_class_is_asked_for():
    assert chosen(Values(), Facts("v1.37.0", device_classes=(("gpu", 1), ("other", 0)))) == BY_CLASS


@pytest.mark.parametrize(
    ("version", "values", "says"),
    [
        ("v1.35.0", {"allocation_mode": "dra"}, "from Kubernetes 1.36 on"),
        (
            "v1.37.0",
            {"allocation_mode": "dra", "resource_name": "a.example/x"},
            "deviceclass.resource.kubernetes.io/NAME",
        ),
        ("v1.37.0", {"allocation_mode": "dra-extended"}, "by allocation_mode dra-extended"),
    ],
)
def test_a_way_that_is_not_there_is_a_skip(version, values, says):
    seen = Facts(version, accelerators_free=FREE[:1], allocation=HOW[:1], device_classes=(("gpu", 1),))
    with pytest.raises(Inconclusive, match=says) as caught:
        chosen(Values(**values), seen)
    assert (caught.value.outcome, caught.value.reason) == (Outcome.SKIP, Reason.NO_ACCELERATOR)


@pytest.mark.parametrize(
    ("unknown", "drivers", "row"),
    [
        (("acme.example/chip",), (), "{name: acme.example, resources: [acme.example/chip]}"),
        ((), (("chip.acme.example", 4),), "drivers: [chip.acme.example]}"),
    ],
)
def test_hardware_that_the_table_does_not_know_is_unknown_with_the_row_to_add(unknown, drivers, row):
    with pytest.raises(Inconclusive) as caught:
        chosen(Values(), Facts("v1.37.0", unknown_resources=unknown, device_drivers=drivers))
    assert (caught.value.outcome, caught.value.reason) == (Outcome.UNKNOWN, Reason.UNKNOWN_DEVICE)
    assert row in caught.value.message


def test_a_resource_that_nobody_offers_is_a_skip_with_the_nearest_that_is():
    seen = Facts("v1.37.0", accelerators=(("nvidia.com/gpu", 2),))
    with pytest.raises(Inconclusive, match=r"offers nvidia.com/gpus; did you mean 'nvidia.com/gpu'\?") as caught:
        countable(Capacity(), "nvidia.com/gpus", "auto", seen)
    assert (caught.value.outcome, caught.value.reason) == (Outcome.SKIP, Reason.NO_ACCELERATOR)


def test_what_cannot_be_counted_is_a_skip():
    with pytest.raises(Inconclusive, match="several nodes"):
        countable(Capacity(uncountable="can be had by several nodes"), "x", "auto", Facts("v1.37.0"))
