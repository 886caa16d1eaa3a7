"""KAR-63: an AI operator runs, its webhook refuses nonsense, and its controller keeps what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.instruments import operators, webhooks
from clusterproof.model import Kind, Observation
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.cluster.discovery import Resource
    from clusterproof.manifest import Backend


@check(
    "robust_controller",
    probe="KAR-63",
    needs=(
        "create namespaces",
        "watch pods",
        "delete pods",
        "get customresourcedefinitions.apiextensions.k8s.io",
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
    pods = operators.pods_of(bench.cluster, hooks)
    if pods:
        yield bench.observe("Every pod of the operator is ready", expected=dict.fromkeys(pods, True), actual=pods)
    yield from _wrong_one_refused(bench, kind, names)
    good = bench.apply("good", name="job", sdk=backend.settings.get("sdk"))
    yield from _reconciled(bench, backend, good)
    yield _wrong_change_refused(bench, backend, good, names)
    yield from _kept(bench, backend.settings["workers"], good)
    yield from _removed(bench, kind, good)


def _defined(bench: Bench, resource: Resource) -> Iterator[Observation]:
    """The definition is established and says what its objects look like."""
    definition = operators.definition(bench.cluster, resource)
    seen = operators.is_defined(definition)
    yield bench.observe(
        f"The definition of {resource.kind} is established", expected=dict.fromkeys(seen, "True"), actual=seen
    )
    described = operators.spec_fields(definition, resource.version)
    yield bench.observe(
        f"The definition of {resource.kind} describes its spec",
        expected="at least one field",
        actual=described,
        holds=bool(described),
    )


def _wrong_one_refused(bench: Bench, kind: str, names: list[str]) -> Iterator[Observation]:
    """Only a denial by the operator's own webhook counts; the schema and other policies refuse for other reasons."""
    admitted = bench.refused("good", name="job", dry_run=True)
    yield bench.observe(
        f"A correct {kind} is admitted", expected="accepted", actual=webhooks.decision(admitted), kind=Kind.CONTROL
    )
    refused = webhooks.decision(bench.refused("wrong", name="job"))
    claim = f"A {kind} that satisfies the schema and makes no sense is refused by the webhook"
    yield _denied(bench, claim, refused, names)


def _wrong_change_refused(bench: Bench, backend: Backend, good: Thing, names: list[str]) -> Observation:
    refused = bench.objects.refused_change(good.objects[0], backend.settings["wrong_change"])
    claim = f"A change of a {backend.settings['kind']} to nonsense is refused by the webhook"
    return _denied(bench, claim, webhooks.decision(refused), names)


def _denied(bench: Bench, claim: str, decision: str, names: list[str]) -> Observation:
    expected = [f"denied by {name}" for name in names]
    return bench.observe(
        claim, expected=" or ".join(expected), actual=decision, holds=decision in expected, kind=Kind.NEGATIVE
    )


def _reconciled(bench: Bench, backend: Backend, good: Thing) -> Iterator[Observation]:
    """The corrected object of the same name comes to life, and what it makes belongs to it."""
    kind, workers, condition = (backend.settings[key] for key in ("kind", "workers", "condition"))
    yield bench.eventually(f"The operator creates the {workers} pods of a correct {kind}", good.running, equals=workers)
    yield bench.eventually(f"Every pod is controlled by its {kind}", lambda: operators.strays(good, kind), equals=[])
    yield bench.eventually(
        f"The {kind} says that it is {condition}", lambda: good.condition(kind, condition), equals="True"
    )


def _kept(bench: Bench, workers: int, good: Thing) -> Iterator[Observation]:
    """Pods that are lost come back, twice: the controller watches on, and does not act once for each object."""
    yield _replaced(bench, workers, good, "A pod that was deleted is replaced by another one")
    yield _replaced(bench, workers, good, "A second pod that was deleted later is replaced too")


def _replaced(bench: Bench, workers: int, good: Thing, claim: str) -> Observation:
    lost = good.pods()[0]
    bench.objects.delete({**lost, "apiVersion": "v1", "kind": "Pod"})
    return bench.eventually(
        claim,
        lambda: [good.running(), lost["metadata"]["uid"] in operators.uids(good)],
        equals=[workers, False],
        expected=f"{workers} pods run, the deleted one is not among them",
        within=bench.patience.settle,
    )


def _removed(bench: Bench, kind: str, good: Thing) -> Iterator[Observation]:
    """What was asked for goes when it is not asked for any more."""
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
