"""KAR-63: an AI operator runs, its webhook refuses nonsense, and its controller keeps what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.cluster.inventory import is_ready
from clusterproof.cluster.reading import condition_of
from clusterproof.instruments import webhooks
from clusterproof.model import Kind, Observation
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.cluster.discovery import Resource
    from clusterproof.manifest import Backend

CRD = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")


@check(
    "robust_controller",
    probe="KAR-63",
    needs=(
        "create namespaces",
        "watch pods",
        "delete pods",
        "list customresourcedefinitions.apiextensions.k8s.io",
        "list validatingwebhookconfigurations.admissionregistration.k8s.io",
    ),
)
def an_operator_is_reliable(bench: Bench) -> Iterator[Observation]:
    """Have a wrong object refused by the webhook, a good one reconciled, a lost pod replaced, and all of it removed."""
    backend = bench.use_backend(bench.values.operator)
    kind = backend.settings["kind"]
    resource = bench.resource_of(kind)
    yield from _defined(bench, resource)
    hooks = webhooks.validating(bench.cluster, resource)
    names = sorted(hook.name for hook in hooks)
    yield bench.observe(
        f"A validating webhook stands in front of every {kind}",
        expected="at least one",
        actual=names,
        holds=bool(names),
    )
    yield from _operator_pods(bench, hooks)
    yield from _wrong_one_refused(bench, kind, names)
    good = bench.apply("good", name="job", sdk=backend.settings.get("sdk"))
    yield from _reconciled(bench, backend, good, resource)
    yield _wrong_change_refused(bench, backend, good, names)
    yield from _kept(bench, backend, good)
    good.delete()
    yield bench.eventually(
        f"The deleted {kind} itself is gone",
        lambda: good.now(kind),
        equals={},
        kind=Kind.CONTROL,
        within=bench.patience.gone,
    )
    yield bench.eventually(
        f"Every pod of a deleted {kind} is gone", good.left, equals=0, kind=Kind.CONTROL, within=bench.patience.gone
    )


def _defined(bench: Bench, resource: Resource) -> Iterator[Observation]:
    """The definition is established and says what its objects look like."""
    definition = bench.cluster.get(bench.cluster.resource(*CRD), f"{resource.plural}.{resource.group}") or {}
    status = definition.get("status") or {}
    seen = {name: condition_of(status, name) for name in ("Established", "NamesAccepted")}
    yield bench.observe(
        f"The definition of {resource.kind} is established", expected=dict.fromkeys(seen, "True"), actual=seen
    )
    described = sorted(_spec_fields(definition, resource.version))
    yield bench.observe(
        f"The definition of {resource.kind} describes its spec",
        expected="at least one field",
        actual=described,
        holds=bool(described),
    )


def _spec_fields(definition: dict[str, Any], version: str) -> dict[str, Any]:
    versions = (definition.get("spec") or {}).get("versions") or []
    [schema] = [each["schema"]["openAPIV3Schema"] for each in versions if each["name"] == version]
    fields: dict[str, Any] = schema.get("properties", {}).get("spec", {}).get("properties", {})
    return fields


def _operator_pods(bench: Bench, hooks: tuple[webhooks.Webhook, ...]) -> Iterator[Observation]:
    """The operator's pods are ready, where the webhook's Service leads to pods: a local process has none."""
    pods = [pod for hook in hooks for pod in webhooks.pods_behind(bench.cluster, hook)]
    if pods:
        tired = [pod["metadata"]["name"] for pod in pods if not is_ready(pod)]
        yield bench.observe("Every pod of the operator is ready", expected=[], actual=tired)


def _wrong_one_refused(bench: Bench, kind: str, names: list[str]) -> Iterator[Observation]:
    """Only a denial by the operator's own webhook counts; the schema and other policies refuse for other reasons."""
    admitted = bench.refused("good", name="job", dry_run=True)
    yield bench.observe(
        f"A correct {kind} is admitted", expected="accepted", actual=webhooks.decision(admitted), kind=Kind.CONTROL
    )
    refused = bench.refused("wrong", name="job")
    yield _denied(
        bench,
        f"A {kind} that satisfies the schema and makes no sense is refused by the webhook",
        webhooks.decision(refused),
        names,
    )


def _wrong_change_refused(bench: Bench, backend: Backend, good: Thing, names: list[str]) -> Observation:
    refused = bench.objects.refused_change(good.objects[0], backend.settings["wrong_change"])
    claim = f"A change of a {backend.settings['kind']} to nonsense is refused by the webhook"
    return _denied(bench, claim, webhooks.decision(refused), names)


def _denied(bench: Bench, claim: str, decision: str, names: list[str]) -> Observation:
    expected = [f"denied by {name}" for name in names]
    return bench.observe(
        claim, expected=" or ".join(expected), actual=decision, holds=decision in expected, kind=Kind.NEGATIVE
    )


def _reconciled(bench: Bench, backend: Backend, good: Thing, resource: Resource) -> Iterator[Observation]:
    """The corrected object of the same name comes to life, and what it makes belongs to it."""
    workers, condition = backend.settings["workers"], backend.settings["condition"]
    yield bench.eventually(
        f"The operator creates the {workers} pods of a correct {resource.kind}", good.running, equals=workers
    )
    yield bench.eventually(
        f"The {resource.kind} says that it is {condition}",
        lambda: good.condition(resource.kind, condition),
        equals="True",
    )
    uid = good.now(resource.kind).get("metadata", {}).get("uid", "")
    strays = [pod["metadata"]["name"] for pod in good.pods() if _controller(pod) != uid]
    yield bench.observe(f"Every pod is controlled by its {resource.kind}", expected=[], actual=strays)


def _kept(bench: Bench, backend: Backend, good: Thing) -> Iterator[Observation]:
    """A pod that is lost comes back: the controller watches, and does not only create."""
    before = {pod["metadata"]["uid"] for pod in good.pods()}
    lost = good.pods()[0]
    bench.objects.delete({**lost, "apiVersion": "v1", "kind": "Pod"})
    lost_uid = lost["metadata"]["uid"]
    yield bench.eventually(
        "A pod that was deleted is replaced by another one",
        lambda: _replaced(good, lost_uid, before, backend.settings["workers"]),
        equals=True,
        within=bench.patience.settle,
    )


def _replaced(good: Thing, lost: str, before: set[str], workers: int) -> bool:
    now = {pod["metadata"]["uid"] for pod in good.pods()}
    return lost not in now and bool(now - before) and good.running() == workers


def _controller(pod: dict[str, Any]) -> str:
    owners = pod["metadata"].get("ownerReferences") or []
    return next((owner["uid"] for owner in owners if owner.get("controller")), "")
