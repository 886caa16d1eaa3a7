"""KAR-41: prompts are taken in by some pods and answered by others, and either kind can be scaled alone."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from clusterproof.instruments import phases, scaling
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench

PREFILL, DECODE = PHASES = ("prefill", "decode")
REQUESTS, WORDS = 3, 1000
EVERY = 0.5  # seconds between two looks at the pods of somebody else, or two requests
OK = 200


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
    yield from _followed(bench, stack)
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
    if stack.toy:
        bench.skip(
            Reason.NEEDS_KUBELET,
            "Every claim holds of the testbed's toy, which has no model: a test of this check and no evidence for any "
            "platform. Name a real stack with -p prefill_selector and -p decode_selector.",
        )


def _followed(bench: Bench, stack: phases.Stack) -> Iterator[Observation]:
    """Each request is new, so that nothing of it can be remembered from another one."""
    before = _counters(bench, stack)
    ids = [f"clusterproof-{secrets.token_hex(8)}" for _ in range(REQUESTS)]
    answers = [stack.ask(each, " ".join([each, *map(str, range(WORDS - 1))])) for each in ids]
    yield bench.observe(
        "Every request is answered with words",
        expected=f"{REQUESTS} answers",
        actual=[answer.said[:200] for answer in answers],
        holds=all(answer.status == OK and phases.words(answer.body) for answer in answers),
    )
    after = _counters(bench, stack)
    risen = {key: after[key] - before[key] for key in before}
    knows = {phase: sum(stack.knows(phase, each) for each in ids) for phase in PHASES}
    counts = {phase: risen[phase, "requests"] >= REQUESTS for phase in PHASES}
    yield bench.observe(
        "Both phases have worked on every one of these requests",
        expected={phase: REQUESTS for phase in PHASES},
        actual=knows if any(knows.values()) else {phase: risen[phase, "requests"] for phase in PHASES},
        holds=all(seen == REQUESTS for seen in knows.values()) if any(knows.values()) else all(counts.values()),
    )
    yield bench.observe(
        "The first phase has taken in every word of the prompts",
        expected=f"{REQUESTS * WORDS} or more",
        actual=risen[PREFILL, "prompt"],
        holds=risen[PREFILL, "prompt"] >= REQUESTS * WORDS,
    )
    yield bench.observe(
        "The second phase has not taken them in once more",
        expected=f"less than {REQUESTS * WORDS // 10}",  # a last block may be computed again
        actual=risen[DECODE, "prompt"],
        holds=risen[DECODE, "prompt"] < REQUESTS * WORDS // 10,
        kind=Kind.NEGATIVE,
    )
    yield bench.observe(
        "The second phase has been handed something over",
        expected="more than nothing",
        actual=risen[DECODE, "received"],
        holds=risen[DECODE, "received"] > 0,
    )


def _counters(bench: Bench, stack: phases.Stack) -> dict[tuple[str, str], float]:
    wanted = [(PREFILL, "requests"), (DECODE, "requests"), (PREFILL, "prompt"), (DECODE, "prompt"), (DECODE, "received")]
    found = {key: stack.counted(*key) for key in wanted}
    for (phase, meaning), value in found.items():
        if value is None:
            bench.unknown(
                f"No pod of the phase {phase} tells a counter of {meaning} by a name that the kit knows; "
                "add its name to the manifest of this check."
            )
    return {key: value or 0.0 for key, value in found.items()}
