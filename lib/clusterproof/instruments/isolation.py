"""What the API server says to those who ask for what was not given to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.bench.values import fragments
from clusterproof.cluster.accelerators import is_accelerator
from clusterproof.errors import ClusterError
from clusterproof.manifest import fill

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

Item = dict[str, Any]
ACCEPTED, REFUSED = "accepted", "refused"
REFUSALS = frozenset({400, 403, 422})  # by a policy, by a webhook, by the API itself
NOT_ASKED = {403: "the kit may not create subjectaccessreviews", 404: "nothing answers reviews"}
REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
INJECTED = ("cdi.k8s.io/",)
"""Beginnings of annotations by which a runtime puts devices into containers."""


def answer(bench: Bench, template: str) -> str:
    """Return what the server answers to an object of a template, without creating it.

    Raises:
        ClusterError: it answers with something else than yes or no.
    """
    refused = bench.refused(
        template, name=template.replace("_", "-"), dry_run=True, device_class="any.clusterproof.dev"
    )
    return _word(refused)


def debugged(bench: Bench, thing: Thing, how: str) -> str:
    """Return what the server answers to a container for debugging in a pod that runs, without putting it there.

    Raises:
        ClusterError: as above.
    """
    backend = bench.backend or bench.use_backend()
    values = {**fragments(), "image": bench.values.image()}
    change = {"spec": {"ephemeralContainers": [fill(backend.settings["debuggers"][how], values)]}}
    metadata = thing.objects[0]["metadata"]
    pods = bench.cluster.resource("v1", "Pod")
    path = pods.path(metadata["namespace"], metadata["name"], "ephemeralcontainers")
    return _answered(
        lambda: bench.cluster.call(
            "PATCH", path, query={"dryRun": "All"}, body=change, content="application/strategic-merge-patch+json"
        )
    )


def may_debug(bench: Bench) -> bool:
    """True if the kit may put containers for debugging into its pods; who may not is refused for that."""
    pods = bench.cluster.resource("v1", "Pod")
    may = bench.cluster.allowed("patch", pods, bench.ledger.namespace(), sub="ephemeralcontainers")
    if not may:
        bench.ledger.left_out.append("containers for debugging: the kit may not patch pods/ephemeralcontainers")
    return may


def given(pod: Item, resource: str) -> list[str]:
    """Return what a pod has, as the server holds it, that is or brings an accelerator, such as the ``resource``."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    containers = [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]
    found = [
        name
        for each in containers
        for name, amount in ((each.get("resources") or {}).get("requests") or {}).items()
        if (name == resource or is_accelerator(name)) and str(amount) != "0"
    ]
    found += [f"the claim {each['name']}" for each in spec.get("resourceClaims") or []]
    found += [f"the volume {each['name']}" for each in spec.get("volumes") or [] if "hostPath" in each]
    found += [name for name in pod["metadata"].get("annotations") or {} if name.startswith(INJECTED)]
    return found + (["a claim of the scheduler's"] if status.get("extendedResourceClaimStatus") else [])


def may_ask(bench: Bench) -> bool:
    """True if the kit may ask what others may do."""
    try:
        bench.cluster.call("POST", REVIEWS, query={"dryRun": "All"}, body=_review(["get", "pods"], "nobody", ""))
    except ClusterError as error:
        if why := NOT_ASKED.get(error.status):
            bench.ledger.left_out.append(f"what accounts of other namespaces may do: {why}")
            return False
        raise
    return True


def reached(bench: Bench, namespace: str) -> list[str]:
    """Return what an account of another namespace may do to the pods of one."""
    backend = bench.backend or bench.use_backend()
    stranger = f"{namespace}-elsewhere"
    found = []
    for wanted in backend.settings["reach"]:
        status = bench.cluster.call("POST", REVIEWS, body=_review(wanted, stranger, namespace)).get("status") or {}
        found += [" ".join(wanted[:2])] if status.get("allowed") else []
    return found


def _review(wanted: list[str], account: str, namespace: str) -> Item:
    verb, (resource, _, sub), group = wanted[0], wanted[1].partition("/"), "".join(wanted[2:])
    own = f"system:serviceaccounts:{account}"
    place = {} if resource == "nodes" else {"namespace": namespace}
    attributes = {"verb": verb, "resource": resource, "subresource": sub, "group": group, **place}
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": f"system:serviceaccount:{account}:default",
            "groups": ["system:serviceaccounts", own, "system:authenticated"],
            "resourceAttributes": attributes,
        },
    }


def _answered(ask: Callable[[], Any]) -> str:
    try:
        ask()
    except ClusterError as error:
        return _word(error)
    return ACCEPTED


def _word(refused: ClusterError | None) -> str:
    if refused is None:
        return ACCEPTED
    if refused.status not in REFUSALS:
        raise ClusterError(refused.message, status=refused.status) from refused
    return REFUSED
