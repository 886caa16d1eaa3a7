"""Requests that are followed through the two phases of a stack."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from clusterproof.instruments.completions import said_in
from clusterproof.instruments.phases import OK, words
from clusterproof.model import Kind, Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.instruments.phases import Stack

PHASES = PREFILL, DECODE = ("prefill", "decode")
REQUESTS, WORDS = 3, 1000
EVERY = 0.5  # seconds between two tries


def new_id() -> str:
    """Return an id that no request has had."""
    return f"clusterproof-{secrets.token_hex(8)}"


def prompt(first: str = "") -> str:
    """Return a prompt that begins like no other, so that nothing of it can be remembered."""
    return " ".join([first or new_id(), *map(str, range(WORDS - 1))])


def followed(bench: Bench, stack: Stack) -> Iterator[Observation]:
    """Send some requests and look in both phases at what has become of them."""
    before = _counters(bench, stack)
    ids = [new_id() for _ in range(REQUESTS)]
    answers = [stack.ask(each, prompt(each)) for each in ids]
    yield bench.observe(
        "Every request is answered with words",
        expected=f"{REQUESTS} answers",
        actual=[answer.said[:200] for answer in answers],
        holds=all(answer.status == OK and words(answer.body) for answer in answers),
    )
    yield bench.observe(
        "Every answer is a stream that ends as it should",
        expected=[True] * REQUESTS,
        actual=[said_in(answer.body)[1] for answer in answers],
    )
    after = _counters(bench, stack)
    risen = {key: after[key] - before[key] for key in before}
    knows = {phase: sum(stack.knows(phase, each) for each in ids) for phase in PHASES}
    counts = {phase: risen[phase, "requests"] >= REQUESTS for phase in PHASES}
    yield bench.observe(
        "Both phases have worked on every one of these requests",
        expected=dict.fromkeys(PHASES, REQUESTS),
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


def without_prefill(bench: Bench, stack: Stack) -> Observation:
    """Ask while nobody takes prompts in: a failure is right, and so is a second phase that is seen to do it."""
    return bench.eventually(
        "Without the first phase requests fail, or the second phase is seen to take them in itself",
        lambda: [_alone(stack) for _ in range(REQUESTS)],
        accept=all_right,
        expected="no words, or words of a prompt that was counted",
        kind=Kind.NEGATIVE,
        within=bench.patience.settle,
        every=EVERY,
    )


def all_right(seen: list[tuple[str, float]]) -> bool:
    """True if no request was answered whose prompt nobody has taken in."""
    return all(not said or taken_in >= WORDS for said, taken_in in seen)


def _alone(stack: Stack) -> tuple[str, float]:
    """Send one request and return what was said, and how many words the second phase has taken in for it."""
    before = stack.counted(DECODE, "prompt") or 0.0
    said = words(stack.ask(new_id(), prompt()).body)
    return said, (stack.counted(DECODE, "prompt") or 0.0) - before


def _counters(bench: Bench, stack: Stack) -> dict[tuple[str, str], float]:
    wanted = [
        (PREFILL, "requests"),
        (DECODE, "requests"),
        (PREFILL, "prompt"),
        (DECODE, "prompt"),
        (DECODE, "received"),
    ]
    found = {key: stack.counted(*key) for key in wanted}
    for (phase, meaning), value in found.items():
        if value is None:
            bench.unknown(
                f"No pod of the phase {phase} tells a counter of {meaning} by a name that the kit knows; "
                "add its name to the manifest of this check."
            )
    return {key: value or 0.0 for key, value in found.items()}
