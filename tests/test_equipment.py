"""What nodes say of shares, virtual accelerators, drivers and who looks after them is read by a table."""

from __future__ import annotations

import pytest

from clusterproof.bench import Bench
from clusterproof.bench.ledger import Ledger
from clusterproof.checks.driver_runtime_management import drivers_are_known_and_looked_after
from clusterproof.checks.gpu_sharing import several_pods_share_an_accelerator
from clusterproof.checks.virtualized_accelerator import virtual_accelerators_are_like_others
from clusterproof.cluster.accelerators import OWN_ROWS, rows
from clusterproof.cluster.equipment import equipment
from clusterproof.errors import Inconclusive
from clusterproof.instruments import sharing, virtual
from clusterproof.instruments.caretakers import Caretakers
from clusterproof.instruments.drivers import DRIVER, Published, normal, versions
from clusterproof.instruments.sharing import Shares, shared_devices, shares
from clusterproof.instruments.virtual import Accelerators
from clusterproof.model import Facts, Outcome, Reason
from clusterproof.parameters import Values
from fakes import Kind, pod

GPU, SHARED, MIG = "nvidia.com/gpu", "nvidia.com/gpu.shared", "nvidia.com/mig-1g.10gb"
COUNT, REPLICAS, STRATEGY = "nvidia.com/gpu.count", "nvidia.com/gpu.replicas", "nvidia.com/gpu.sharing-strategy"
PRODUCT, FULL = "nvidia.com/gpu.product", "nvidia.com/cuda.driver-version.full"
SLICES = Kind("resource.k8s.io/v1", "ResourceSlice", "resourceslices", namespaced=False)
DAEMONSETS = Kind("apps/v1", "DaemonSet", "daemonsets")
DRIVERS, TOOLKIT = "nvidia-driver-daemonset", "nvidia-container-toolkit-daemonset"


@pytest.fixture
def fill(api, cluster):
    """Give a function that puts objects into a cluster with slices and DaemonSets, and returns the cluster."""
    api.store.kinds += [SLICES, DAEMONSETS]

    def fill(*items):
        for item in items:
            api.store.put(item)
        return cluster

    return fill


def node(name, offers, labels=None):
    status = {"allocatable": offers, "capacity": offers, "conditions": [{"type": "Ready", "status": "True"}]}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels or {}}, "status": status}


def slice_of(node, driver, *devices, generation=1, name="s"):
    pool = {"name": node, "generation": generation, "resourceSliceCount": 1}
    listed = [{"name": f"d{number}", **device} for number, device in enumerate(devices)]
    spec = {"driver": driver, "nodeName": node, "pool": pool, "devices": listed}
    return {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"name": name}, "spec": spec}


def attributes(**values):
    return {"attributes": {key: {"version" if "ersion" in key else "string": each} for key, each in values.items()}}


def daemon_set(name, ready, wanted, *, updated=None, generation=1):
    status = {"desiredNumberScheduled": wanted, "numberReady": ready, "observedGeneration": 1}
    status["updatedNumberScheduled"] = ready if updated is None else updated
    metadata = {"name": name, "namespace": "operator", "generation": generation, "uid": f"uid-{name}"}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata, "status": status}


def pod_of(name, node, ready="True"):
    item = pod(f"{name}-{node}", node)
    item["metadata"]["ownerReferences"] = [{"uid": f"uid-{name}"}]
    item["status"] = {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]}
    return item


@pytest.mark.parametrize(
    ("offers", "labels", "expected"),
    [
        ({SHARED: "6"}, {COUNT: "2"}, Shares("n", "NVIDIA", "turns", SHARED, 6, 2)),
        ({GPU: "6"}, {COUNT: "2", REPLICAS: "3"}, Shares("n", "NVIDIA", "turns", GPU, 6, 2)),
        ({GPU: "6"}, {REPLICAS: "3"}, Shares("n", "NVIDIA", "turns", GPU, 6, 2)),
        ({GPU: "6"}, {STRATEGY: "mps", REPLICAS: "3"}, Shares("n", "NVIDIA", "turns", GPU, 6, 2)),
        ({GPU: "2", MIG: "7"}, {COUNT: "3"}, Shares("n", "NVIDIA", "parts", MIG, 7, 0)),
        ({GPU: "7"}, {PRODUCT: "X-MIG-1g.10gb", COUNT: "7"}, Shares("n", "NVIDIA", "parts", GPU, 7, 0)),
        (
            {"amd.com/gpu": "64"},
            {"amd.com/gpu.compute-memory-partition": "cpx_nps4"},
            Shares("n", "AMD", "parts", "amd.com/gpu", 64, 0),
        ),
    ],
)
def test_shares_are_found_by_a_resource_or_a_label(fill, offers, labels, expected):
    [found] = shares(fill(node("n", offers, labels)))
    assert found == expected
    assert not found.wanting()


@pytest.mark.parametrize(
    ("offers", "labels"),
    [
        ({GPU: "2"}, {}),
        ({GPU: "2"}, {COUNT: "2", REPLICAS: "1", STRATEGY: "none"}),
        ({"amd.com/gpu": "8"}, {"amd.com/gpu.compute-memory-partition": "spx_nps1"}),
        ({"cpu": "8"}, {REPLICAS: "4"}),
        ({"example.com/gpu.shared": "4"}, {}),
        ({GPU: "2", MIG: "0"}, {}),
    ],
)
def test_whole_devices_and_unknown_resources_are_no_shares(fill, offers, labels):
    assert shares(fill(node("n", offers, labels))) == []


@pytest.mark.parametrize(
    ("offers", "labels", "said"),
    [
        ({GPU: "2"}, {COUNT: "2", REPLICAS: "3"}, f"2 of {GPU} on 2 devices"),
        ({SHARED: "2"}, {COUNT: "2"}, f"2 of {SHARED} on 2 devices"),
        ({SHARED: "0", GPU: "0"}, {PRODUCT: "X-MIG-1g.10gb"}, "0 of any resource"),
    ],
)
def test_a_node_that_says_so_and_offers_no_more_than_devices_is_wanting(fill, offers, labels, said):
    found = [each.wanting() for each in shares(fill(node("n", offers, labels)))]
    assert found == [said]


def test_devices_that_several_claims_may_have_are_counted_in_current_slices_only(fill):
    several = {"allowMultipleAllocations": True}
    part = {"consumesCounters": [{"counterSet": "c", "counters": {}}]}
    old = slice_of("n", "gpu.nvidia.com", several, several, several, name="old")
    new = slice_of("n", "gpu.nvidia.com", several, part, {}, generation=2, name="new")
    strange = slice_of("n", "example.com", several, name="strange")
    assert shared_devices(fill(node("n", {}), old, new, strange)) == 2


def test_what_was_looked_for_is_said_in_words_of_the_table():
    assert SHARED in sharing.looked_for()
    assert REPLICAS in sharing.looked_for()
    assert "nvidia.com/vgpu.present=true" in virtual.looked_for()
    assert "brand=NvidiaV*" in virtual.looked_for()


def test_virtual_ones_are_known_by_labels_or_by_their_devices(fill):
    cluster = fill(
        node("a", {GPU: "1"}, {"nvidia.com/vgpu.present": "true"}),
        node("b", {GPU: "1"}, {PRODUCT: "GRID-A100-40C"}),
        node("c", {}),
        node("d", {GPU: "1"}, {"nvidia.com/vgpu.present": "false", PRODUCT: "A100"}),
        slice_of("c", "gpu.nvidia.com", attributes(brand="NvidiaVCS")),
    )
    known = Accelerators.of(cluster)
    assert [each.node for each in known.virtual] == ["a", "b", "c"]
    assert [each.node for each in known.physical] == ["d"]


def test_a_vendor_whose_virtual_ones_are_claimed_and_physical_ones_are_not_has_two_ways(fill):
    virtual_ones = slice_of("v", "gpu.nvidia.com", attributes(brand="NvidiaVCS"))
    cluster = fill(node("v", {}), virtual_ones, node("p", {GPU: "1"}))
    known = Accelerators.of(cluster)
    assert known.comparable()
    assert list(known.other_ways()) == ["NVIDIA"]
    fill(slice_of("p", "gpu.nvidia.com", attributes(brand="Nvidia"), name="p"))
    assert Accelerators.of(cluster).other_ways() == {}


def test_one_way_in_common_is_enough(fill):
    devices = slice_of("v", "gpu.nvidia.com", attributes(brand="NvidiaVCS"))
    known = Accelerators.of(fill(node("v", {GPU: "1"}), devices, node("p", {GPU: "1"})))
    assert [each.node for each in known.virtual] == ["v"]
    assert known.other_ways() == {}


def test_virtual_ones_alone_are_compared_with_nothing(fill):
    known = Accelerators.of(
        fill(node("v", {GPU: "1"}, {"nvidia.com/vgpu.present": "true"}), node("x", {"amd.com/gpu": "1"}))
    )
    assert not known.comparable()
    assert known.other_ways() == {}


@pytest.mark.parametrize(
    "same",
    [
        ("580.95.05", "580.95.5"),
        ("v580.95.05", "580.95.5"),
        ("13.0", "13.0.0"),
        ("6.12.12", "6.12.12+20250101"),
        ("1.22.0-4a5b", "1.22.0-4A5B"),
        (" 550.54.15", "550.54.15"),
        ("0", "0.0"),
    ],
)
def test_two_spellings_of_one_version_are_the_same(same):
    assert normal(same[0]) == normal(same[1])


@pytest.mark.parametrize(
    "other",
    [
        ("580.95.05", "580.95.50"),
        ("580.95.05", "580.9.505"),
        ("580.95.05", "580.95"),
        ("13.0", "13.1"),
        ("1.22.0-4a5b", "1.22.0-4a5c"),
        ("0", ""),
        ("10", "1"),
    ],
)
def test_two_versions_are_not(other):
    assert normal(other[0]) != normal(other[1])


def test_labels_and_devices_in_two_spellings_do_not_contradict_each_other_and_other_versions_do(fill):
    cluster = fill(
        node("a", {GPU: "1"}, {FULL: "580.95.05"}),
        slice_of("a", "gpu.nvidia.com", attributes(driverVersion="580.95.5")),
    )
    assert Published.of(cluster).contradictions(DRIVER) == {}
    fill(slice_of("a", "gpu.nvidia.com", attributes(driverVersion="580.82.7")))
    assert Published.of(cluster).contradictions(DRIVER) == {"a: NVIDIA": ["580.82.7", "580.95.05"]}


def test_a_node_that_publishes_nothing_is_missing_and_one_that_nobody_could_read_is_unknown(fill):
    published = Published.of(
        fill(
            node("none", {GPU: "1"}),
            node("empty", {GPU: "1"}, {FULL: ""}),
            node("told", {GPU: "1"}, {FULL: "1.2"}),
            node("strange", {"google.com/tpu": "4"}),
        )
    )
    assert published.missing() == ["empty: NVIDIA", "none: NVIDIA"]
    assert published.unknown() == ["Google TPU"]
    assert [(own.node, key) for own, key in published.labelled()] == [("told", FULL)]


@pytest.mark.parametrize(
    ("first", "second", "skewed"),
    [
        ({}, {}, True),
        ({"karpenter.sh/nodepool": "a"}, {"karpenter.sh/nodepool": "a"}, True),
        ({"karpenter.sh/nodepool": "a"}, {"karpenter.sh/nodepool": "b"}, False),
        ({PRODUCT: "A100"}, {PRODUCT: "K80"}, False),
    ],
)
def test_versions_may_differ_between_pools_and_models_and_not_within_one(fill, first, second, skewed):
    cluster = fill(node("a", {GPU: "1"}, {FULL: "580.1", **first}), node("b", {GPU: "1"}, {FULL: "570.1", **second}))
    assert bool(Published.of(cluster).skews(DRIVER)) is skewed


def test_the_version_of_a_vendor_of_ones_own_is_found(fill, monkeypatch, tmp_path):
    row = "{name: Acme, resources: [acme.example/*], driver: {labels: [acme.example/version]}}"
    (tmp_path / "own.yaml").write_text(f"vendors: [{row}]\n")
    monkeypatch.setenv(OWN_ROWS, str(tmp_path / "own.yaml"))
    [own] = equipment(fill(node("n", {"acme.example/chip": "1"}, {"acme.example/version": "7"})))
    assert versions(own, DRIVER) == {"label acme.example/version": "7"}


def caretakers(cluster):
    return Caretakers(cluster, Published.of(cluster).nodes)


def test_what_looks_after_all_nodes_and_is_ready_leaves_nothing_to_say(fill):
    cluster = fill(node("a", {GPU: "1"}), daemon_set(DRIVERS, 1, 1), pod_of(DRIVERS, "a"), daemon_set("other", 0, 1))
    assert caretakers(cluster).unready() == {}
    assert caretakers(cluster).uncovered() == {}


@pytest.mark.parametrize(
    "given", [daemon_set(DRIVERS, 1, 2), daemon_set(DRIVERS, 2, 2, updated=1), daemon_set(DRIVERS, 2, 2, generation=2)]
)
def test_what_is_not_ready_or_not_up_to_date_everywhere_is_named(fill, given):
    assert list(caretakers(fill(node("a", {GPU: "1"}), given)).unready()) == [DRIVERS]


def test_a_node_without_a_ready_pod_is_uncovered_and_several_sets_cover_together(fill):
    cluster = fill(
        *(node(name, {GPU: "1"}) for name in "abc"),
        node("of-another-vendor", {"amd.com/gpu": "1"}),
        daemon_set(DRIVERS, 1, 1),
        daemon_set(f"{DRIVERS}-other", 2, 2),
        pod_of(DRIVERS, "a"),
        pod_of(f"{DRIVERS}-other", "b"),
        pod_of(f"{DRIVERS}-other", "c", ready="False"),
    )
    assert caretakers(cluster).uncovered() == {"drivers of NVIDIA": ["c"]}
    fill(pod_of(f"{DRIVERS}-other", "c"))
    assert caretakers(cluster).uncovered() == {}


def test_a_node_whose_driver_comes_with_its_image_needs_nobody_for_the_driver_but_for_the_runtime(fill):
    built_in = {"nvidia.com/gpu.deploy.driver": "pre-installed"}
    cluster = fill(
        node("a", {GPU: "1"}),
        node("b", {GPU: "1"}, built_in),
        *(daemon_set(name, 1, 1) for name in (DRIVERS, TOOLKIT)),
        *(pod_of(name, "a") for name in (DRIVERS, TOOLKIT)),
    )
    assert caretakers(cluster).uncovered() == {"container runtimes of NVIDIA": ["b"]}


def test_a_set_that_wants_no_node_is_not_in_use(fill):
    assert caretakers(fill(node("a", {GPU: "1"}), daemon_set(DRIVERS, 0, 0))).sets() == []


def test_every_row_holds_what_the_instruments_read():
    for row in rows("vendors"):
        for marks in (row.get("shares") or {}).values():
            assert set(marks) <= {"resources", "labels", "each"}
        assert set(row.get("shares") or {}) <= {"turns", "parts"}
        assert set(row.get("virtual") or {}) <= {"labels", "attributes", "told"}
        for what in ("driver", "runtime"):
            assert set(row.get(what) or {}) <= {"labels", "attributes", "inside"}
        seen = row.get("seen") or {}
        assert set(seen) <= {"each", "common", "units", "obeyed"}
        assert set(seen.get("obeyed") or {}) <= {"variables", "values", "mounts", "annotations"}
        assert all(by["names"] for by in (row.get("looked_after") or {}).values())


@pytest.fixture
def bench_of():
    """Give a function that returns the bench of a check on a cluster without simulated nodes."""
    ledgers = []

    def bench_of(cluster, requirement, **values):
        ledgers.append(Ledger(cluster, requirement, "run-1", "clusterproof", "restricted"))
        known = Values(window=0.02, timeout_scale=1e-5, **values)
        return Bench(cluster, requirement, known, Facts("v1.37.2"), ledgers[-1], lambda _line: None)

    yield bench_of
    for each in ledgers:
        each.stop()


def all_hold(observations):
    for seen in observations:
        assert seen.holds, seen.claim


def ending(check, bench):
    """Run a check to its end, with every claim true so far, and return how it ended."""
    with pytest.raises(Inconclusive) as stop:
        all_hold(check(bench))
    return (Outcome(stop.value.outcome), Reason(stop.value.reason)), stop.value.message


@pytest.mark.parametrize(
    ("requirement", "check"),
    [
        ("gpu_sharing", several_pods_share_an_accelerator),
        ("virtualized_accelerator", virtual_accelerators_are_like_others),
    ],
)
def test_where_nothing_of_the_kind_is_offered_the_check_says_what_it_looked_for_and_creates_nothing(
    fill, bench_of, api, requirement, check
):
    bench = bench_of(fill(node("n", {GPU: "2"}, {COUNT: "2"})), requirement)
    (outcome, reason), message = ending(check, bench)
    assert (outcome, reason) == (Outcome.SKIP, Reason.NOT_INSTALLED)
    assert "Looked for" in message
    assert "declare the requirement N/A" in message
    assert bench.ledger.evidence() == ()


def test_shares_that_others_hold_leave_the_question_open(fill, bench_of):
    taken = pod("taken", "n")
    taken["spec"]["containers"] = [{"name": "c", "resources": {"limits": {SHARED: "4"}}}]
    bench = bench_of(fill(node("n", {SHARED: "6"}, {COUNT: "2"}), taken), "gpu_sharing")
    ended, message = ending(several_pods_share_an_accelerator, bench)
    assert ended == (Outcome.SKIP, Reason.NOT_ENOUGH_ACCELERATORS), message
    assert f"n has 2 of {SHARED} free" in message


def test_drivers_of_nobodys_accelerators_are_not_looked_for(fill, bench_of):
    bench = bench_of(fill(node("n", {"cpu": "8"})), "driver_runtime_management")
    assert ending(drivers_are_known_and_looked_after, bench)[0] == (Outcome.SKIP, Reason.NO_ACCELERATOR)


def test_a_vendor_whose_versions_the_table_does_not_know_leaves_the_answer_unknown(fill, bench_of):
    bench = bench_of(fill(node("n", {"google.com/tpu": "4"})), "driver_runtime_management")
    (outcome, _), message = ending(drivers_are_known_and_looked_after, bench)
    assert outcome is Outcome.UNKNOWN
    assert "Google TPU" in message


def test_what_a_container_sees_is_left_open_on_real_nodes_as_well(fill, bench_of):
    bench = bench_of(
        fill(node("n", {GPU: "0"}, {FULL: "580.95.05", "nvidia.com/vgpu.present": "true"})), "driver_runtime_management"
    )
    assert ending(drivers_are_known_and_looked_after, bench)[0] == (Outcome.SKIP, Reason.NO_CHECK)
