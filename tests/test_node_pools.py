"""Which pool is grown: one that somebody says grows, with accelerators, and with room; else a question, no verdict."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from clusterproof.bench import Bench
from clusterproof.bench.ledger import Ledger
from clusterproof.checks import cluster_autoscaling
from clusterproof.errors import Inconclusive
from clusterproof.instruments import new_nodes
from clusterproof.instruments.new_nodes import Nodes, places, shortage, unschedulable
from clusterproof.instruments.node_pools import Pool, find
from clusterproof.manifest import backends
from clusterproof.model import Facts, Outcome, Reason
from clusterproof.parameters import Values
from fakes import Kind

GPU, OTHER = "testbed.clusterproof.dev/accelerator", "testbed.clusterproof.dev/other"
POOLS = Kind("karpenter.sh/v1", "NodePool", "nodepools", namespaced=False)
CLAIMS = Kind("karpenter.sh/v1", "NodeClaim", "nodeclaims", namespaced=False)
EVER = ("old", "stays", "went")
DEPLOYMENTS = Kind("apps/v1", "Deployment", "deployments")
KARPENTER, CLOUD = "karpenter.sh/nodepool", "cloud.google.com/gke-nodepool"
TAINT = {"key": GPU, "value": "present", "effect": "NoSchedule"}
NEW = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
BY_NAME = {backend.name: backend for backend in backends("cluster_autoscaling")}


@pytest.fixture
def bench(api, cluster):
    """Give what a bench is to the functions that look for pools, on a cluster without any."""
    api.store.kinds += [POOLS, DEPLOYMENTS]
    return bench_of(cluster)


def bench_of(cluster, **values):
    def skip(reason, message):
        raise Inconclusive(Outcome.SKIP, reason, message)

    known = Values(**values)
    return SimpleNamespace(cluster=cluster, requirement="cluster_autoscaling", values=known, skip=skip, backend=None)


def node(name, labels, *, offers=(GPU,), ready=True, taints=(TAINT,)):
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": list(taints)},
        "status": {"conditions": conditions, "allocatable": {"cpu": "8"} | dict.fromkeys(offers, "2")},
    }


def node_pool(name, limits, used=None):
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": name},
        "spec": {"limits": limits, "template": {"spec": {"taints": [TAINT]}}},
        "status": {"resources": used or {}},
    }


def status_map():
    metadata = {"name": "cluster-autoscaler-status", "namespace": "kube-system"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def skipped(bench):
    with pytest.raises(Inconclusive) as caught:
        find(bench)
    assert caught.value.outcome is Outcome.SKIP
    return caught.value.reason, caught.value.message


def test_a_cluster_without_an_autoscaler_is_asked_about_and_not_judged(api, bench):
    api.store.put(node("a", {CLOUD: "gpus"}))
    reason, message = skipped(bench)
    assert reason is Reason.NOT_INSTALLED
    assert "?" in message
    assert "autoscaling_pool_label" in message
    assert "N/A" in message


def test_an_autoscaler_whose_kind_is_served_and_that_has_no_pool_is_none(bench):
    assert skipped(bench)[0] is Reason.NOT_INSTALLED


def test_what_may_not_be_looked_at_is_not_found(api, bench):
    api.store.put(node_pool("gpus", {GPU: "4"}))
    api.answer(403, {"kind": "Status", "message": "no", "reason": "Forbidden"}, path="nodepools", times=9)
    assert skipped(bench)[0] is Reason.NOT_INSTALLED


def test_a_pool_without_nodes_is_known_by_its_limits(api, bench):
    api.store.put(node_pool("cpus", {"cpu": "100"}))
    api.store.put(node_pool("gpus", {GPU: "4"}))
    pool, resource = find(bench)
    assert (pool.label, resource) == (f"{KARPENTER}=gpus", GPU)
    assert pool.tolerations() == [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}]
    assert bench.backend.name == "karpenter"


def test_a_pool_without_limits_is_known_by_its_nodes(api, bench):
    api.store.put(node_pool("gpus", None))
    api.store.put(node("a", {KARPENTER: "gpus"}))
    api.store.put(node("b", {KARPENTER: "cpus"}, offers=()))
    pool, resource = find(bench)
    assert (list(pool.nodes), resource) == (["a"], GPU)


def test_the_accelerator_that_is_wanted_decides_which_pool_is_grown(api, cluster, bench):
    api.store.put(node_pool("a", {GPU: "4"}))
    api.store.put(node_pool("b", {OTHER: "4"}))
    assert find(bench)[0].value == "a"
    pool, resource = find(bench_of(cluster, resource_name=OTHER))
    assert (pool.value, resource) == ("b", OTHER)


def test_pools_without_accelerators_are_no_reason_for_a_verdict(api, bench):
    api.store.put(node_pool("cpus", {"cpu": "100"}))
    assert skipped(bench)[0] is Reason.NO_ACCELERATOR


@pytest.mark.parametrize(
    ("limits", "used"),
    [({GPU: "2"}, {GPU: "2"}), ({GPU: "3"}, {GPU: "2"}), ({GPU: "9", "nodes": "1"}, {GPU: "2", "nodes": "1"})],
    ids=["none left", "less than a node left", "no node left"],
)
def test_a_pool_at_its_limit_is_left_alone(api, bench, limits, used):
    api.store.put(node_pool("gpus", limits, used))
    api.store.put(node("a", {KARPENTER: "gpus"}))
    reason, message = skipped(bench)
    assert reason is Reason.NOT_ENOUGH_ACCELERATORS
    assert f"{KARPENTER}=gpus" in message


def test_a_pool_with_room_for_just_one_node_more_is_grown(api, bench):
    api.store.put(node_pool("gpus", {GPU: "4", "nodes": "2"}, {GPU: "2", "nodes": "1"}))
    api.store.put(node("a", {KARPENTER: "gpus"}))
    assert find(bench)[0].value == "gpus"


@pytest.mark.parametrize("sign", ["status", "deployment"])
def test_pools_of_the_other_autoscaler_are_known_by_a_label_of_their_cloud(api, bench, sign):
    metadata = {"name": "my-cluster-autoscaler-aws", "namespace": "infra"}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata}
    api.store.put(status_map() if sign == "status" else deployment)
    api.store.put(node("a", {CLOUD: "gpus"}))
    api.store.put(node("b", {CLOUD: "cpus"}, offers=()))
    assert find(bench)[0].label == f"{CLOUD}=gpus"
    assert bench.backend.name == "cluster-autoscaler"


def test_of_several_pools_that_nobody_describes_one_has_to_be_named(api, cluster, bench):
    api.store.put(status_map())
    api.store.put(node("a", {CLOUD: "grows"}))
    api.store.put(node("b", {CLOUD: "stays"}))
    reason, message = skipped(bench)
    assert reason is Reason.NOT_REQUESTED
    assert f"{CLOUD}=grows, {CLOUD}=stays" in message
    assert find(bench_of(cluster, autoscaling_pool_label=f"{CLOUD}=grows"))[0].value == "grows"


def test_whoever_names_a_pool_says_that_it_grows(api, cluster, bench):
    api.store.put(node("a", {"team/pool": "gpus"}))
    named = bench_of(cluster, autoscaling_pool_label="team/pool=gpus")
    assert find(named)[0].tolerations() == [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}]
    assert named.backend.name == "node-pools"


def test_an_empty_pool_can_be_named_with_what_its_nodes_offer(cluster, bench):
    named = bench_of(cluster, autoscaling_pool_label="team/pool=gpus", resource_name="made-up.example/chip")
    pool, resource = find(named)
    assert (pool.label, pool.nodes, resource) == ("team/pool=gpus", {}, "made-up.example/chip")


def test_an_empty_pool_that_is_only_named_is_not_enough(cluster, bench):
    assert skipped(bench_of(cluster, autoscaling_pool_label="team/pool=gpus"))[0] is Reason.NO_ACCELERATOR


def test_the_taints_of_a_node_that_is_not_ready_are_not_those_of_the_pool(api, cluster, bench):
    api.store.put(node("a", {"pool": "gpus"}, ready=False, taints=(TAINT, NEW)))
    api.store.put(node("b", {"pool": "gpus"}))
    assert find(bench_of(cluster, autoscaling_pool_label="pool=gpus"))[0].taints == [TAINT]


def watched(before, now, ever=()):
    """Return nodes as a check sees them, of which those with a uid in `before` were there at the beginning."""
    items = [{"metadata": {"uid": uid, "labels": {"pool": pool}}} for uid, pool in now]
    gone = [{"metadata": {"uid": uid, "labels": {"pool": pool}}} for uid, pool in ever]
    ledger = SimpleNamespace(items=lambda _kind: items, ever=lambda _kind: [*items, *gone])
    return Nodes(SimpleNamespace(ledger=ledger), Pool("pool", "gpus"), frozenset(before))


def test_a_node_of_an_old_name_and_a_new_uid_is_another_one():
    nodes = watched(["old"], [("new", "gpus")])
    assert not nodes.same()
    assert [node["metadata"]["uid"] for node in nodes.come()] == ["new"]


def test_a_node_of_another_pool_is_no_growth_and_is_noticed():
    nodes = watched(["old"], [("old", "gpus"), ("new", "cpus")])
    assert nodes.come() == []
    assert nodes.ever_come() == ["pool=cpus"]


def test_a_node_that_came_and_went_is_noticed():
    assert watched(["old"], [("old", "gpus")], ever=[("short", "gpus")]).ever_come() == ["pool=gpus"]


def test_a_node_offers_nothing_before_it_is_ready():
    nodes = watched([], [])
    ready, late = node("a", {}), node("b", {}, ready=False)
    for each in (ready, late):
        each["metadata"]["uid"] = each["metadata"]["name"]
    nodes.bench.ledger.items = lambda _kind: [ready, late]
    assert [nodes.offered(each, GPU) for each in (ready, late)] == [2, 0]
    assert nodes.offered({"metadata": {"uid": "gone"}}, GPU) == 0


def thing(*statuses, node="n", name="t"):
    pods = [{"metadata": {"name": name}, "spec": {"nodeName": node}, "status": status} for status in statuses]
    return SimpleNamespace(pods=lambda: pods)


def test_only_the_scheduler_says_that_a_pod_has_to_wait():
    waits = {"conditions": [{"type": "PodScheduled", "reason": "Unschedulable", "message": "0/1: Insufficient x"}]}
    gated = {"conditions": [{"type": "PodScheduled", "reason": "SchedulingGated"}]}
    assert unschedulable(thing(waits)) == "Unschedulable: 0/1: Insufficient x"
    assert unschedulable(thing(gated, {})) == ""


def test_a_pod_is_where_it_runs_not_where_it_is_bound():
    assert places(thing({"phase": "Running"}, {"phase": "Pending"})) == ["n"]


@pytest.mark.parametrize(
    ("name", "reason", "message", "is_one"),
    [
        ("karpenter", "InsufficientCapacityError", "NodeClaim event", True),
        ("karpenter", "FailedScheduling", "0/6 nodes are available: 1 Insufficient gpu", False),
        ("cluster-autoscaler", "NotTriggerScaleUp", "pod didn't trigger: 1 max node group size reached", True),
        ("cluster-autoscaler", "NotTriggerScaleUp", "1 node(s) didn't match Pod's node affinity", False),
        ("node-pools", "FailedScaleUp", "QuotaExceeded", True),
    ],
)
def test_a_cloud_without_machines_is_told_from_an_autoscaler_that_does_nothing(name, reason, message, is_one):
    about = {"kind": "Pod", "name": "trigger"}
    said = {"reason": reason, "message": message, "involvedObject": about}
    bench = SimpleNamespace(
        backend=BY_NAME[name], ledger=SimpleNamespace(events=lambda: [{"reason": "Scheduled"}, said])
    )
    assert shortage(bench, thing({}, name="trigger")) == (f"{reason}: {message}" if is_one else "")


@pytest.mark.parametrize(("kind", "counts"), [("Pod", False), ("NodeClaim", True)])
def test_a_shortage_that_is_said_of_another_pod_is_none(kind, counts):
    about = {"kind": kind, "name": "too-many"}
    said = {"reason": "FailedScaleUp", "message": "QuotaExceeded", "involvedObject": about}
    bench = SimpleNamespace(backend=BY_NAME["node-pools"], ledger=SimpleNamespace(events=lambda: [said]))
    assert bool(shortage(bench, thing({}, name="trigger"))) is counts


@pytest.fixture
def running(cluster):
    """Give the bench of a check that runs, with little patience."""
    ledger = Ledger(cluster, "cluster_autoscaling", "run-1", "clusterproof", "restricted")
    values = Values(window=0.02, timeout_scale=1e-5)
    bench = Bench(cluster, "cluster_autoscaling", values, Facts("v1.37.0"), ledger, lambda _line: None)
    bench.backend = BY_NAME["node-pools"]
    yield bench
    ledger.stop()


def test_only_nodes_of_pools_are_watched_of_other_pools_too(api, running):
    for name, labels in (("mine", {"pool": "gpus"}), ("other", {"pool": "cpus"}), ("nobodys", {})):
        api.store.put(node(name, labels))
    nodes = Nodes.watched(running, Pool("pool", "gpus"))
    assert len(nodes.before) == 2
    assert nodes.same()


def test_pools_that_change_by_themselves_end_the_check_without_a_verdict(api, running):
    nodes = Nodes.watched(running, Pool("pool", "gpus"))
    cluster_autoscaling._steady(running, nodes)
    api.store.put(node("somebody-elses", {"pool": "cpus"}))
    with pytest.raises(Inconclusive, match="before anything was asked for"):
        cluster_autoscaling._steady(running, nodes)


def test_no_new_node_is_a_false_claim_unless_there_are_none_to_be_had(api, running):
    nodes = Nodes.watched(running, Pool("pool", "gpus"))
    observation = next(cluster_autoscaling._grows(running, nodes, thing({}), GPU))
    assert (observation.claim, observation.holds) == ("A new node joins the pool", False)
    metadata = {"name": "said", "namespace": running.ledger.namespace()}
    event = {"reason": "FailedScaleUp", "message": "QuotaExceeded"}
    api.store.put({"apiVersion": "v1", "kind": "Event", "metadata": metadata, **event})
    with pytest.raises(Inconclusive, match="QuotaExceeded") as caught:
        next(cluster_autoscaling._grows(running, nodes, thing({}), GPU))
    assert (caught.value.outcome, caught.value.reason) == (Outcome.SKIP, Reason.QUOTA)


def test_pods_that_no_node_could_run_ask_for_more_than_there_is_and_for_what_nobody_offers(api, running):
    pool = Pool("pool", "gpus", nodes={"a": node("a", {"pool": "gpus"})})
    never = new_nodes.impossible(running, pool, GPU)
    asked = {each.name: each.objects[0]["spec"] for each in never}
    assert asked["nobody"]["nodeSelector"] == {"pool": "gpus", **new_nodes.NOBODY}
    assert asked["too-many"]["nodeSelector"] == {"pool": "gpus"}
    limits = {name: spec["containers"][0]["resources"]["limits"][GPU] for name, spec in asked.items()}
    assert limits == {"nobody": 2, "too-many": new_nodes.TOO_MANY}  # as many as a whole node has


def test_a_quota_that_refuses_the_larger_of_them_leaves_the_other(api, running):
    running.ledger.namespace()
    refusal = {"kind": "Status", "reason": "Forbidden", "message": "exceeded quota: accelerators"}
    api.answer(403, refusal, path=r"/pods\?.*dryRun=All")
    assert [each.name for each in new_nodes.impossible(running, Pool("pool", "gpus"), GPU)] == ["nobody"]


def test_the_pod_that_a_node_has_come_for_is_counted_among_those_that_stay():
    things = [SimpleNamespace(running=lambda: 1), SimpleNamespace(running=lambda: 0)]
    assert new_nodes.running(things) == 1


def test_machines_are_counted_since_the_beginning_those_also_that_are_gone():
    def item(uid):
        return {"metadata": {"uid": uid}}

    ledger = SimpleNamespace(items=lambda _kind: [item("old"), item("stays")], ever=lambda _kind: map(item, EVER))
    machines = new_nodes.Machines(SimpleNamespace(ledger=ledger), "NodeClaim", frozenset({"old"}))
    assert machines.come() == [2, 1]


def test_an_autoscaler_that_does_not_show_its_machines_is_not_asked_for_them(running):
    assert new_nodes.Machines.watched(running, Pool("pool", "gpus")) is None


def test_machines_of_other_pools_are_not_looked_at(api, running):
    api.store.kinds += [CLAIMS]
    for name, pool in (("mine", "gpus"), ("other", "cpus")):
        metadata = {"name": name, "labels": {KARPENTER: pool}}
        api.store.put({"apiVersion": "karpenter.sh/v1", "kind": "NodeClaim", "metadata": metadata})
    running.backend = BY_NAME["karpenter"]
    running.ledger.namespace()
    machines = new_nodes.Machines.watched(running, Pool(KARPENTER, "gpus"))
    assert len(machines.before) == 1
    assert machines.come() == [0, 0]
