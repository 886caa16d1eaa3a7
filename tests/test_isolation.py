"""What has been put into a pod is read from the pod, and what others may do is asked of the server, not guessed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from clusterproof.errors import ClusterError
from clusterproof.instruments.isolation import given, may_ask, may_debug, reached

RESOURCE = "acme.example/chip"
WANTED = [["create", "pods/exec"], ["get", "nodes/proxy"], ["update", "resourceclaims/status", "resource.k8s.io"]]


def pod(annotations=None, status=None, requests=None, **spec):
    containers = [{"name": "c", "resources": {"requests": requests or {}}}]
    return {"metadata": {"annotations": annotations}, "spec": {"containers": containers, **spec}, "status": status}


@pytest.mark.parametrize(
    ("item", "found"),
    [
        (pod(), []),
        (pod(requests={"cpu": "1", "example.com/nic": "1", RESOURCE: "0"}), []),
        (pod(requests={RESOURCE: "1"}), [RESOURCE]),
        (pod(requests={"nvidia.com/gpu": "1"}), ["nvidia.com/gpu"]),
        (pod(initContainers=[{"resources": {"requests": {RESOURCE: 1}}}]), [RESOURCE]),
        (pod(resourceClaims=[{"name": "d"}]), ["the claim d"]),
        (pod(volumes=[{"name": "v", "hostPath": {"path": "/dev"}}, {"name": "w"}]), ["the volume v"]),
        (pod({"cdi.k8s.io/all": "x", "other": "y"}), ["cdi.k8s.io/all"]),
        (pod(status={"extendedResourceClaimStatus": {"resourceClaimName": "x"}}), ["a claim of the scheduler's"]),
    ],
)
def test_what_is_or_brings_an_accelerator_is_named_and_nothing_else(item, found):
    assert given(item, RESOURCE) == found


def bench(answer):
    asked = []

    def call(_method, _path, *, body, query=None):
        asked.append(body["spec"])
        return answer(body["spec"]["resourceAttributes"])

    backend = SimpleNamespace(settings={"reach": WANTED})
    ledger = SimpleNamespace(left_out=[], namespace=lambda: "ours")
    cluster = SimpleNamespace(call=call, resource=lambda *_: "pods", allowed=lambda *_, **how: answer(how))
    return SimpleNamespace(cluster=cluster, backend=backend, asked=asked, ledger=ledger)


def test_each_way_is_asked_about_for_an_account_of_another_namespace_with_its_groups():
    own = bench(lambda asked: {"status": {"allowed": asked["subresource"] == "exec"}})
    assert reached(own, "ours") == ["create pods/exec"]
    assert {each["user"] for each in own.asked} == {"system:serviceaccount:ours-elsewhere:default"}
    assert all("system:serviceaccounts:ours-elsewhere" in each["groups"] for each in own.asked)
    places = [each["resourceAttributes"].get("namespace") for each in own.asked]
    assert places == ["ours", None, "ours"]
    assert own.asked[2]["resourceAttributes"]["group"] == "resource.k8s.io"


def refusing(status):
    def answer(_asked):
        raise ClusterError("no", status=status)

    return answer


def test_who_may_not_ask_is_told_from_a_server_that_is_away():
    assert may_ask(bench(lambda _asked: {}))
    with pytest.raises(ClusterError):
        may_ask(bench(refusing(0)))


@pytest.mark.parametrize(("status", "why"), [(403, "may not create subjectaccessreviews"), (404, "nothing answers")])
def test_what_was_not_asked_is_told(status, why):
    refused = bench(refusing(status))
    assert not may_ask(refused)
    [told] = refused.ledger.left_out
    assert told.startswith("what accounts of other namespaces may do: ")
    assert why in told


@pytest.mark.parametrize("may", [True, False])
def test_containers_for_debugging_that_the_kit_may_not_add_are_told(may):
    own = bench(lambda how: may and how == {"sub": "ephemeralcontainers"})
    assert may_debug(own) is may
    assert len(own.ledger.left_out) == (not may)
