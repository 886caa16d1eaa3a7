"""KAR-63: an AI operator runs, its webhook refuses nonsense, and its controller keeps what was asked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from clusterproof.instruments import operators, webhooks
from clusterproof.manifest import fill
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
    patterns = backend.settings.get("webhooks", ["*"])
    every = webhooks.validating(bench.cluster, resource)
    hooks = webhooks.own(every, patterns)
    names = sorted(hook.name for hook in hooks)
    yield bench.observe(
        f"A validating webhook stands in front of every {kind}",
        expected=f"at least one of {', '.join(patterns)}",
        actual=names or {"others": sorted(hook.name for hook in every)},
        holds=bool(names),
    )
    pods = operators.pods_of(bench.cluster, hooks)
    if pods:
        yield bench.observe("Every pod of the operator is ready", expected=dict.fromkeys(pods, True), actual=pods)
    yield from _wrong_one_refused(bench, kind, names)
    children = operators.watch_children(bench, backend)
    good = bench.apply("good", name="job", sdk=backend.settings.get("sdk"))
    yield from _reconciled(bench, backend, good, children)
    yield _wrong_change_refused(bench, backend, good, names)
    yield from _kept(bench, backend, good)
    yield from _removed(bench, kind, good, children)


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
    refused = webhooks.decisions(lambda word: bench.refused("wrong", name="job", container=word))
    claim = f"A {kind} that satisfies the schema and makes no sense is refused by the webhook"
    yield webhooks.denied(bench, claim, refused, names)


def _wrong_change_refused(bench: Bench, backend: Backend, good: Thing, names: list[str]) -> Observation:
    change, item = backend.settings["wrong_change"], good.objects[0]
    refused = webhooks.decisions(lambda word: bench.objects.refused_change(item, fill(change, {"container": word})))
    claim = f"A change of a {backend.settings['kind']} to nonsense is refused by the webhook"
    return webhooks.denied(bench, claim, refused, names)


def _reconciled(bench: Bench, backend: Backend, good: Thing, children: tuple[str, ...]) -> Iterator[Observation]:
    """The corrected object of the same name comes to life, and what it makes belongs to it."""
    kind, workers, condition = (backend.settings[key] for key in ("kind", "workers", "condition"))
    yield bench.eventually(f"The operator creates the {workers} pods of a correct {kind}", good.running, equals=workers)
    yield bench.eventually(f"Every pod is controlled by its {kind}", lambda: operators.strays(good, kind), equals=[])
    for child in children:
        yield bench.eventually(
            f"Every {child} that it creates is controlled by its {kind}",
            partial(operators.controlled, bench, child, good, kind),
            accept=lambda seen: bool(seen) and all(seen.values()),
            expected="at least one, and True for each",
        )
    yield bench.eventually(
        f"The {kind} says that it is {condition}", lambda: good.condition(kind, condition), equals="True"
    )


def _kept(bench: Bench, backend: Backend, good: Thing) -> Iterator[Observation]:
    """Pods that are lost come back, twice: the controller watches on, and does not act once for each object."""
    yield _replaced(bench, backend, good, "A pod that was deleted is replaced by another one")
    yield _replaced(bench, backend, good, "A second pod that was deleted later is replaced too")


def _replaced(bench: Bench, backend: Backend, good: Thing, claim: str) -> Observation:
    """What comes in place of a pod must be what was asked for, and belong to the object as the first ones did."""
    lost = good.pods()[0]
    bench.objects.delete({**lost, "apiVersion": "v1", "kind": "Pod"})
    return bench.eventually(
        claim,
        partial(operators.standing, good, backend.settings["kind"], lost),
        equals={"running": backend.settings["workers"], "still there": False, "strays": [], "others": []},
        within=bench.patience.settle,
    )


def _removed(bench: Bench, kind: str, good: Thing, children: tuple[str, ...]) -> Iterator[Observation]:
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
    for child in children:
        yield bench.eventually(
            f"Every {child} of a deleted {kind} is gone",
            partial(bench.ledger.items, child),
            equals=[],
            kind=Kind.CONTROL,
            within=bench.patience.gone,
        )
