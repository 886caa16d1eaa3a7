"""KAR-41: prompts are taken in by some pods and answered by others, and either kind can be scaled alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.instruments import phases, requests, scaling
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench

PREFILL, DECODE = requests.PHASES
PHASES = requests.PHASES
EVERY = 0.5  # seconds between two looks at the pods of somebody else, or two requests


@check(
    "disaggregated_inference",
    probe="KAR-41",
    needs=(
        "create namespaces",
        "list pods",
        "get pods/log",
        "get replicasets.apps",
        "get deployments.apps",
        "patch deployments.apps/scale",
        "get statefulsets.apps",
        "patch statefulsets.apps/scale",
    ),
)
def phases_run_apart(bench: Bench) -> Iterator[Observation]:
    """Follow requests through both phases of a stack that is there, then scale one phase without the other."""
    stack = phases.find(bench)
    yield bench.eventually(
        "Some pod of each phase is ready",
        lambda: [stack.ready(phase) for phase in PHASES],
        accept=all,
        expected="one or more of each",
        kind=Kind.CONTROL,
        every=EVERY,
    )
    names = {phase: stack.names(phase) for phase in PHASES}
    yield bench.observe(
        "No pod belongs to both phases",
        expected=[],
        actual=sorted(set(names[PREFILL]) & set(names[DECODE])),
        kind=Kind.NEGATIVE,
    )
    yield from requests.followed(bench, stack)
    targets = {phase: scaling.target(bench.cluster, stack.pods(phase)[0]) for phase in PHASES}
    named = {phase: scaling.label(target) if target else "" for phase, target in targets.items()}
    yield bench.observe(
        "Each phase has a number of replicas of its own",
        expected="one object for each",
        actual=named,
        holds=all(named.values()) and len(set(named.values())) == len(PHASES),
    )
    if not bench.values.allow_disruptive:
        bench.skip(Reason.NOT_REQUESTED, "What follows changes the numbers of pods: -p allow_disruptive true.")
    yield from _scaled(bench, stack, {phase: target for phase, target in targets.items() if target})
    if not stack.evidence:
        bench.skip(
            Reason.NEEDS_KUBELET,
            "Every claim holds of the testbed's toy, which has no model: a test of this check and no evidence for any "
            "platform. Name a real stack with -p prefill_selector and -p decode_selector.",
        )


def _scaled(bench: Bench, stack: phases.Stack, targets: dict[str, dict[str, Any]]) -> Iterator[Observation]:
    """One more pod of the second phase, then none of the first; in the end there are as many of each as before."""
    before = {phase: target["spec"]["replicas"] for phase, target in targets.items()}
    names = {phase: stack.names(phase) for phase in PHASES}
    try:
        scaling.scale(bench.cluster, targets[DECODE], before[DECODE] + 1)
        yield bench.eventually(
            "A further pod of the second phase comes, and those of the first stay",
            lambda: [len(stack.names(DECODE)) - len(names[DECODE]), stack.names(PREFILL)],
            equals=[1, names[PREFILL]],
            every=EVERY,
        )
        scaling.scale(bench.cluster, targets[DECODE], before[DECODE])
        scaling.scale(bench.cluster, targets[PREFILL], 0)
        yield bench.eventually(
            "All pods of the first phase go, and as many of the second as before stay",
            lambda: [stack.left(phase) for phase in PHASES],
            equals=[0, len(names[DECODE])],
            every=EVERY,
            within=bench.patience.gone,
        )
        yield requests.without_prefill(bench, stack)
    finally:
        for phase, target in targets.items():  # also where the check ends here: this is somebody's service
            scaling.scale(bench.cluster, target, before[phase])
    yield bench.eventually(
        "Requests are answered again once the first phase is back",
        lambda: phases.words(stack.ask(requests.new_id(), requests.prompt()).body),
        accept=bool,
        expected="words",
        every=EVERY,
    )
