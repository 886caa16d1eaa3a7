"""What a monitoring system has collected of the servers of a check, compared with what was sent to them."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterproof.bench.bench import Bench
    from clusterproof.instruments.monitoring import Monitoring
    from clusterproof.instruments.traffic import Answer
    from clusterproof.model import Observation

EVERY = 0.5  # seconds between two queries, which cannot be watched
BOUND = "0.5"  # seconds; a bucket between the fast and the slow ones
OK = 200


class Asked:
    """Queries about the pods of the check."""

    def __init__(self, bench: Bench, found: Monitoring, names: dict[str, str]) -> None:
        self._bench = bench
        self._found = found
        self._names = names

    def values(self, meaning: str, suffix: str = "", labels: str = "", of: str = "served") -> list[float]:
        """Return one value for each pod of a server that is collected from."""
        chosen = f'namespace="{self._bench.ledger.namespace()}",pod=~"{of}-.*"' + (f",{labels}" if labels else "")
        return sorted(self._found.query(f"sum by (pod) ({self._names[meaning]}{suffix}{{{chosen}}})").values())

    def until(self, claim: str, meaning: str, equals: list[float], **where: str) -> Observation:
        """Wait until that is what has been collected."""
        return self._bench.eventually(claim, partial(self.values, meaning, **where), equals=equals, every=EVERY)


def requests(asked: Asked, *, good: int, slow: int, every: int) -> Iterator[Observation]:
    """Requests by how they ended, and how long they took: ``slow`` of them longer than the bound of a bucket."""
    failed, stop, error = every - good, 'finished_reason="stop"', 'finished_reason="error"'
    yield asked.until("As many good answers are collected as were given", "answered", [float(good)], labels=stop)
    yield asked.until("As many failures are collected as there were", "answered", [float(failed)], labels=error)
    latencies = "As many latencies are collected as there were requests"
    yield asked.until(latencies, "latency", [float(every)], suffix="_count")
    bucket = partial(asked.until, meaning="latency", suffix="_bucket")
    fast, all_of_them = f'le="{BOUND}"', 'le="+Inf"'
    apart = "The latencies collected tell fast requests from slow ones"
    yield bucket(apart, equals=[float(every - slow)], labels=fast)
    yield bucket(
        "All latencies are in the last bucket, without which there are no quantiles",
        equals=[float(every)],
        labels=all_of_them,
    )


def tokens(asked: Asked, *, good: int, told: Counter[str]) -> Iterator[Observation]:
    """The answers say how many tokens they have cost; a server counts what it has told its clients."""
    prompt, generated = told["prompt_tokens"], told["completion_tokens"]
    between = float(generated - good)
    yield asked.until("As many tokens of prompts are collected as the answers say", "prompt", [float(prompt)])
    yield asked.until("As many tokens of answers are collected as they have", "generated", [float(generated)])
    yield asked.until(
        "A time to the first token is collected for every good answer", "first_word", [float(good)], suffix="_count"
    )
    yield asked.until("A time is collected for every further token", "next_word", [between], suffix="_count")


def usage(answers: Sequence[Answer]) -> Counter[str]:
    """Return how many tokens the good answers say that they have cost."""
    total: Counter[str] = Counter()
    for answer in answers:
        total.update(json.loads(answer.body)["usage"] if answer.status == OK else {})
    return total
