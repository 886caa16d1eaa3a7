"""Every pod that a template makes is accepted under the Pod Security Standard `restricted`, but for those marked."""

from __future__ import annotations

from functools import cache

import pytest

from clusterproof import registry, testbed
from clusterproof.bench.ledger import Ledger
from clusterproof.bench.values import fragments
from clusterproof.cluster.client import Cluster
from clusterproof.errors import ClusterError
from clusterproof.manifest import backends
from clusterproof.parameters import Values
from clusterproof.plan import BEYOND, plan
from clusterproof.plan.pods import pods
from proofs import own_state

pytestmark = pytest.mark.live

# What checks give to their templates while they run, as far as a pod is none without it.
NAMES = {"resource": "example.com/device", "claim": "a", "container": "other"}
GIVEN = {**NAMES, "count": 1, "amount": 1, "load_command": fragments()["idle"]}
NAMESPACE = "strict"
ELSEWHERE = ("serviceAccountName", "runtimeClassName", "schedulingGroup")  # objects that would have to be there
LEVELS = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}


def every():
    checks = {check.requirement for check in registry.declared()}
    return [(name, backend) for name in sorted(checks) for backend in backends(name)]


def templates(*, beyond):
    return [
        pytest.param(each, id=f"{requirement}-{backend.name}-{each.template}-{number}")
        for requirement, backend in every()
        for number, each in enumerate(pods(backend, Values(), **GIVEN))
        if (each.template in backend.settings.get(BEYOND, {})) is beyond
    ]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with own_state(tmp_path_factory.mktemp("state")):
        try:
            bed = testbed.up(testbed.Spec("strict"), progress=lambda _line: None)
            cluster = Cluster.connect(str(bed.kubeconfig))
            cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": LEVELS}})
            yield cluster
        finally:
            testbed.down("strict")


def refused(cluster, template):
    """Return in which words the server refuses a pod as a template has it, without creating it."""
    spec = {key: value for key, value in template.spec.items() if key not in ELSEWHERE}
    metadata = {"name": "x", "namespace": NAMESPACE}
    try:
        cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}, dry_run=True)
    except ClusterError as error:
        return error.message
    return ""


@pytest.mark.parametrize("template", templates(beyond=False))
def test_a_pod_is_accepted_where_the_strictest_standard_is_enforced(cluster, template):
    assert refused(cluster, template) == ""


@pytest.mark.parametrize("template", templates(beyond=True))
def test_a_pod_that_is_said_to_need_more_does(cluster, template):
    assert 'violates PodSecurity "restricted' in refused(cluster, template)


def test_there_are_such_pods_of_many_kinds():
    kinds = {each.kind for _, backend in every() for each in pods(backend, Values(), **GIVEN)}
    assert {"Pod", "Job", "Deployment", "PyTorchJob", "JobSet", "RayCluster", "TrainingRuntime"} <= kinds


@cache
def reasons():
    return {name: item.beyond_restricted for item in plan([], Values(), None) for name in [item.requirement]}


def test_the_plan_says_which_checks_need_more_and_why():
    assert [name for name, said in reasons().items() if said] == ["secure_accelerator_access"]
    for said in reasons()["secure_accelerator_access"]:
        template, _, reason = said.partition(": ")
        assert (bool(template), len(reason.split()) > 3) == (True, True)


@pytest.mark.parametrize("level", ["restricted", "baseline", "privileged"])
def test_the_namespaces_of_checks_enforce_what_the_parameter_says(cluster, level):
    ledger = Ledger(cluster, "gang_scheduling", f"run-{level}", "clusterproof", level)
    try:
        found = [cluster.get(cluster.resource("v1", "Namespace"), ledger.namespace(place)) for place in ("", "other")]
    finally:
        failed = ledger.clean_up()
    marks = [{key: each["metadata"]["labels"].get(key) for key in LEVELS} for each in found]
    assert marks == [dict.fromkeys(LEVELS, level)] * 2
    assert failed == []
