"""Quotas, limits and policies of others are no failing of what is measured: a SKIP with the cause, never a FAIL."""

from __future__ import annotations

import time

import pytest

from clusterproof import checklist, parameters, plan, registry, testbed
from clusterproof.bench.ledger import Ledger
from clusterproof.cluster import labels
from clusterproof.cluster.client import Cluster
from clusterproof.errors import ClusterError
from clusterproof.model import Level, Outcome, Reason
from clusterproof.notebook.session import Session
from proofs import own_state

pytestmark = pytest.mark.live

ADDONS = ("training-operator", "traefik", "prometheus", "exporter", "karpenter")
VALUES = {"window": 1.0, "timeout_scale": 0.15}
CHECKED = {check.requirement for check in registry.declared()}
MUST = [item.id for item in checklist.requirements("1.37") if item.level is Level.MUST and item.id in CHECKED]
FOREIGN = "Bitte nur Images aus unserer Registry"
NAME = "of-somebody-else"
PODS = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
OURS = {"matchExpressions": [{"key": labels.RUN, "operator": "Exists"}]}
POLICY = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "ValidatingAdmissionPolicy",
    "metadata": {"name": NAME},
    "spec": {
        "matchConstraints": {"resourceRules": [PODS], "namespaceSelector": OURS},
        "validations": [{"expression": "false", "message": FOREIGN}],
    },
}
BINDING = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "ValidatingAdmissionPolicyBinding",
    "metadata": {"name": NAME},
    "spec": {"policyName": NAME, "validationActions": ["Deny"]},
}
MARKED = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAME, "labels": {labels.RUN: NAME}}}
QUOTA = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": NAME}, "spec": {"hard": {"pods": "0"}}}
LIMITS = {
    "apiVersion": "v1",
    "kind": "LimitRange",
    "metadata": {"name": NAME},
    "spec": {"limits": [{"type": "Pod", "max": {"cpu": "1m"}}]},
}


@pytest.fixture(scope="module")
def bed(tmp_path_factory):
    with own_state(tmp_path_factory.mktemp("state")):
        try:
            yield testbed.up(testbed.Spec("obstacles", addons=ADDONS), progress=lambda _line: None)
        finally:
            testbed.down("obstacles")


@pytest.fixture
def cluster(bed):
    return Cluster.connect(str(bed.kubeconfig))


def until(done):
    """Wait for what the API server has no watch for: that a policy or a quota is heeded."""
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def in_every_namespace(monkeypatch):
    """Give a function that has an object put into each namespace of the kit at once, as platforms do."""
    namespace = Ledger.namespace

    def arrange(item):
        def filled(ledger, place="", level=""):
            known = set(ledger._namespaces)
            name = namespace(ledger, place, level)
            if place not in known:
                put(ledger.cluster, name, item)
            return name

        monkeypatch.setattr(Ledger, "namespace", filled)

    return arrange


def put(cluster, name, item):
    resource = cluster.resource("v1", item["kind"])
    cluster.create({**item, "metadata": {**item["metadata"], "namespace": name}})
    if item["kind"] == "ResourceQuota":  # nobody heeds one before its status is there
        until(lambda: ((cluster.get(resource, NAME, name) or {}).get("status") or {}).get("hard"))


@pytest.fixture
def denied(cluster, marked):
    """Have a policy of somebody else's refuse every pod of the kit's."""
    for item in (POLICY, BINDING):
        cluster.create(item)
    until(lambda: refuses(cluster))
    yield
    for item in (BINDING, POLICY):
        cluster.delete(cluster.resource(item["apiVersion"], item["kind"]), NAME)
    until(lambda: not refuses(cluster))


@pytest.fixture(scope="module")
def marked(bed):
    """Make a namespace in which to try whether the policy is heeded."""
    Cluster.connect(str(bed.kubeconfig)).create(MARKED)


def refuses(cluster):
    spec = {"containers": [{"name": "c", "image": "example.com/nothing"}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "namespace": NAME}, "spec": spec}
    try:
        cluster.create(pod, dry_run=True)
    except ClusterError as error:
        return FOREIGN in error.message
    return False


def run(bed, requirement):
    values = parameters.merge(parameters.load("testbed"), VALUES)
    session = Session.open(values=values, kubeconfig=str(bed.kubeconfig))
    result = session.run(requirement)
    assert session.close() == ()
    return result


def creates_pods(requirement):
    [item] = plan.plan([requirement], parameters.load("testbed").values, None)[:1]
    return any(word.split()[0] in {"Pod", "Job", "Deployment", "PyTorchJob"} for word in item.objects)


def test_every_must_of_the_checklist_is_tried():
    assert [name for name in MUST if not creates_pods(name)] == []
    assert len(MUST) >= 8


@pytest.mark.parametrize("requirement", MUST)
def test_a_policy_of_others_that_refuses_pods_is_a_skip_in_its_own_words(bed, denied, requirement):
    result = run(bed, requirement)
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.POLICY_DENIED), result.message
    assert FOREIGN in result.message


@pytest.mark.parametrize("requirement", MUST)
def test_a_quota_on_pods_is_a_skip_that_names_it(bed, in_every_namespace, requirement):
    in_every_namespace(QUOTA)
    result = run(bed, requirement)
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.QUOTA), result.message
    assert NAME in result.message


@pytest.mark.parametrize("requirement", MUST)
def test_a_limit_on_pods_is_a_skip_that_says_so(bed, in_every_namespace, requirement):
    in_every_namespace(LIMITS)
    result = run(bed, requirement)
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.QUOTA), result.message
    assert "cpu" in result.message


@pytest.mark.parametrize("requirement", MUST)
def test_pods_satisfy_the_strictest_standard_which_every_namespace_enforces(bed, requirement):
    result = run(bed, requirement)
    assert result.outcome is not Outcome.FAIL, result.message
    assert result.reason is not Reason.POLICY_DENIED
    sent = next(each.body for each in result.evidence if each.title == "Objects as sent")
    assert "pod-security.kubernetes.io/enforce: restricted" in sent
