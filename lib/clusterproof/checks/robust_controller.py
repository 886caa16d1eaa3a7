"""KAR-63: an AI operator runs, its webhook refuses nonsense, and its controller keeps what was asked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from clusterproof.bench.values import template_values
from clusterproof.instruments import operators, upkeep, webhooks
from clusterproof.instruments.operands import Operand, create, prepare, watch_children
from clusterproof.manifest import fill
from clusterproof.model import Kind, Observation
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.cluster.discovery import Resource
    from clusterproof.manifest import Backend

JOB, BESIDE, REHEARSAL = "job", "beside", "rehearsal"  # names of objects


@check(
    "robust_controller",
    probe="KAR-63",
    needs=(
        "create namespaces",
        "create pods",
        "get services",
        "get customresourcedefinitions.apiextensions.k8s.io",
        "list validatingwebhookconfigurations.admissionregistration.k8s.io",
    ),
)
def an_operator_is_reliable(bench: Bench) -> Iterator[Observation]:
    """Have a wrong object refused by the webhook, a good one reconciled, paused and repaired, and all of it removed."""
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
    watch_children(bench, backend)
    before = prepare(bench, backend, (JOB, BESIDE, REHEARSAL))
    yield from _wrong_one_refused(bench, backend, names)
    good, said = webhooks.attempted(partial(create, bench, backend, JOB, before.get(JOB)), names)
    yield bench.observe(
        f"A correct {kind} is admitted in earnest too", expected="accepted", actual=said, kind=Kind.CONTROL
    )
    if not good:
        return
    beside = create(bench, backend, BESIDE, before.get(BESIDE))
    alone = bench.apply("alone", name="alone")
    yield _comes_to_life(good)
    bystanders = yield from upkeep.others_run(beside, alone)
    yield from _as_asked(good, beside)
    yield _wrong_change_refused(good, names)
    yield from upkeep.keeps(good)
    yield from upkeep.follows(good)
    yield from upkeep.removes(good, beside)
    yield upkeep.left_alone(bench, bystanders)


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


def _wrong_one_refused(bench: Bench, backend: Backend, names: list[str]) -> Iterator[Observation]:
    """Only a denial by the operator's own webhook counts; the schema and other policies refuse for other reasons."""
    kind = backend.settings["kind"]
    yield bench.eventually(  # what it refers to, if anything, the webhook may hear of a moment later
        f"A correct {kind} is admitted",
        lambda: webhooks.decision(bench.refused("good", name=REHEARSAL, dry_run=True)),
        equals="accepted",
        kind=Kind.CONTROL,
        within=bench.patience.settle,
        every=1.0,
    )
    refused = webhooks.decisions(lambda word: bench.refused("wrong", name=JOB, container=word))
    claim = f"A {kind} that satisfies the schema and makes no sense is refused by the webhook"
    yield webhooks.denied(bench, claim, refused, names)


def _wrong_change_refused(good: Operand, names: list[str]) -> Observation:
    change, bench = good.backend.settings["wrong_change"], good.bench
    known = template_values(bench.values, {**bench.ledger.defaults, "name": JOB})
    refused = webhooks.decisions(lambda word: good.refused_change(fill(change, {**known, "container": word})))
    return webhooks.denied(bench, f"A change of a {good.kind} to nonsense is refused by the webhook", refused, names)


def _comes_to_life(good: Operand) -> Observation:
    return good.bench.eventually(
        f"The operator creates the {good.in_words} of a correct {good.kind}",
        good.thing.running,
        accept=lambda seen: seen >= good.workers,
        expected=good.workers,
    )


def _as_asked(good: Operand, beside: Operand) -> Iterator[Observation]:
    """What the operator makes belongs to the object and is as asked, and the object's status tells of it."""
    bench, kind = good.bench, good.kind
    yield bench.eventually(f"Every pod is controlled by its {kind}", good.strays, equals=[])
    yield bench.observe(f"Every pod is as its {kind} asks", expected=[], actual=good.others())
    for child in good.children():
        yield bench.eventually(
            f"Every {child} that it creates is controlled by its {kind}",
            partial(good.controlled, child, beside),
            accept=lambda seen: bool(seen) and all(seen.values()),
            expected="at least one, and True for each",
        )
    yield bench.eventually(f"The {kind} says that it is {good.state}", good.says, equals=True)
    actual = good.counts()["pods"]
    yield bench.observe(f"The operator creates no more than {good.in_words}", expected=good.workers, actual=actual)
