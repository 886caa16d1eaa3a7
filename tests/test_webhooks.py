"""Only a denial by the webhook itself counts as its work, and only a webhook of the kind's own counts."""

from __future__ import annotations

import pytest

from clusterproof.cluster.discovery import Resource
from clusterproof.errors import ClusterError, Inconclusive
from clusterproof.instruments.webhooks import GROUP, KIND, Webhook, attempted, decision, pods_behind, validating
from clusterproof.model import Outcome, Reason
from fakes import pod

JOBS = Resource("train.example.com", "v1", "TrainJob", "trainjobs", namespaced=True)
OWN = {"apiGroups": ["train.example.com"], "resources": ["trainjobs"], "operations": ["CREATE", "UPDATE"]}
SERVICE = {"service": {"namespace": "operators", "name": "hook", "path": "/validate"}}


def configure(api, *hooks, name="operator"):
    api.store.put({"apiVersion": GROUP, "kind": KIND, "metadata": {"name": name}, "webhooks": list(hooks)})


def hook(name="validate.train.example.com", rules=(OWN,), client=SERVICE):
    return {"name": name, "rules": list(rules), "clientConfig": client}


def test_a_webhook_of_the_kinds_own_is_found_with_its_service(api, cluster):
    configure(api, hook(), hook("by-url", client={"url": "https://127.0.0.1:1"}))
    assert validating(cluster, JOBS) == (
        Webhook("validate.train.example.com", ("operators", "hook")),
        Webhook("by-url", None),
    )


@pytest.mark.parametrize(
    "rule",
    [
        OWN | {"apiGroups": ["other.example.com"]},
        OWN | {"apiGroups": ["*"]},
        OWN | {"resources": ["pods"]},
        OWN | {"resources": ["*"]},
        OWN | {"resources": ["trainjobs/status"]},
        OWN | {"operations": ["UPDATE"]},
        OWN | {"operations": ["DELETE", "CONNECT"]},
        {},
        {"apiGroups": None, "resources": None, "operations": None},
    ],
)
def test_a_webhook_for_something_else_or_for_everything_is_not_the_kinds_own(api, cluster, rule):
    configure(api, hook(rules=[rule]))
    assert validating(cluster, JOBS) == ()


@pytest.mark.parametrize("operations", [["*"], ["CREATE"], ["DELETE", "CREATE"]])
def test_a_rule_for_every_operation_covers_creation(api, cluster, operations):
    configure(api, hook(rules=[OWN | {"operations": ["DELETE"]}, OWN | {"operations": operations}]))
    assert len(validating(cluster, JOBS)) == 1


def test_configurations_without_webhooks_or_rules_are_none(api, cluster):
    configure(api)
    api.store.put({"apiVersion": GROUP, "kind": KIND, "metadata": {"name": "empty"}})
    configure(api, {"name": "a", "rules": None}, name="another")
    assert validating(cluster, JOBS) == ()


def service(api, spec):
    api.store.put(
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "hook", "namespace": "operators"}, **spec}
    )


BEHIND = Webhook("a", ("operators", "hook"))


def test_the_pods_behind_a_webhook_are_those_that_its_service_selects(api, cluster):
    service(api, {"spec": {"selector": {"app": "hook", "tier": "1"}}})
    api.store.put(pod("mine", namespace="operators", labels={"app": "hook", "tier": "1"}))
    api.store.put(pod("half", namespace="operators", labels={"app": "hook"}))
    api.store.put(pod("far", namespace="other", labels={"app": "hook", "tier": "1"}))
    assert [item["metadata"]["name"] for item in pods_behind(cluster, BEHIND)] == ["mine"]


@pytest.mark.parametrize("spec", [{}, {"spec": {}}, {"spec": {"selector": {}}}, {"spec": {"selector": None}}])
def test_a_service_that_selects_nothing_has_no_pods_rather_than_all(api, cluster, spec):
    service(api, spec)
    api.store.put(pod("any", namespace="operators"))
    assert list(pods_behind(cluster, BEHIND)) == []


@pytest.mark.parametrize("webhook", [Webhook("by-url", None), BEHIND])
def test_a_webhook_without_a_service_has_no_pods(api, cluster, webhook):
    api.store.put(pod("any", namespace="operators"))
    assert list(pods_behind(cluster, webhook)) == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (None, "accepted"),
        (
            ClusterError('admission webhook "validate.a" denied the request: no container named x', status=403),
            "denied by validate.a",
        ),
        (
            ClusterError(
                'Internal error occurred: failed calling webhook "validate.a": connection refused', status=500
            ),
            "validate.a could not be called",
        ),
        (ClusterError("spec.x: Required value", status=422, reason="Invalid"), "refused by the API server (Invalid)"),
        (ClusterError("no", status=403), "refused by the API server (403)"),
        (
            ClusterError(
                'policy "p" refuses: "admission webhook "x" denied the request"', status=403, reason="Forbidden"
            ),
            "refused by the API server (Forbidden)",
        ),
    ],
)
def test_it_is_said_who_refused(error, said):
    assert decision(error) == said


DENIAL = ClusterError('admission webhook "validate.a" denied the request: no', status=403)


def test_who_denies_a_creation_is_told_and_any_other_failure_is_passed_on():
    def fail(error):
        raise error

    assert attempted(lambda: "made", ["validate.a"]) == ("made", "accepted")
    assert attempted(lambda: fail(DENIAL), ["validate.a"]) == (None, "denied by validate.a")
    skip = Inconclusive(Outcome.SKIP, Reason.POLICY_DENIED, "denied")
    skip.__cause__ = DENIAL
    assert attempted(lambda: fail(skip), ["validate.a"]) == (None, "denied by validate.a")
    with pytest.raises(Inconclusive):
        attempted(lambda: fail(skip), ["validate.b"])
    with pytest.raises(ClusterError):
        attempted(lambda: fail(ClusterError("it exists", status=409)), ["validate.a"])
