"""What a route says and what requests see of it: the observations that traffic checks are made of."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.reading import condition_of
from clusterproof.instruments.traffic import band
from clusterproof.model import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.instruments.traffic import Answer, Target
    from clusterproof.model import Observation

EVERY = 0.1  # seconds between tries of a request; nothing can be watched on the way that requests take
A_FEW = 20  # requests where all must agree
EDGES = 25  # places at which a band is drawn


def served(bench: Bench, claim: str, target: Target, servers: frozenset[str]) -> Observation:
    """Wait until some servers give all the answers: of several requests, since a gateway may be more than one proxy."""
    return bench.eventually(
        claim,
        lambda: dict(target.tally(A_FEW, said)),
        accept=lambda seen: seen.keys() <= servers,
        expected=f"{A_FEW} answers of {' or '.join(sorted(servers))}",
        within=bench.patience.traffic,
        every=EVERY,
    )


def answered(bench: Bench, claim: str, target: Target, status: int) -> Observation:
    """Wait until a status is all that comes back: of several requests, since one may hit what is being changed."""
    return bench.eventually(
        claim,
        lambda: dict(target.tally(A_FEW, lambda answer: str(answer.status))),
        equals={str(status): A_FEW},
        kind=Kind.NEGATIVE,
        within=bench.patience.traffic,
        every=EVERY,
    )


def split(bench: Bench, target: Target, weights: tuple[int, int]) -> Observation:
    """Count which of two servers answers, and say whether the second one's share is what its weight makes it."""
    count, share = bench.values.gateway_requests, weights[1] / sum(weights)
    answers = target.answers(count, said)
    _draw(bench, f"weight of {weights[1]} in {sum(weights)}", answers, share)
    seen = Counter(answers)
    low, high = band(count, share)
    whole = seen["a"] + seen["b"] == count
    return bench.observe(
        f"Of {count} requests a share of {weights[1]} in {sum(weights)} reaches the second backend",
        expected=f"{low} to {high} of {count}, the others to the first",
        actual=dict(sorted(seen.items())),
        holds=whole and low <= seen["b"] <= high,
        kind=Kind.POSITIVE if weights[0] else Kind.NEGATIVE,
    )


def _draw(bench: Bench, line: str, answers: Sequence[str], share: float) -> None:
    """Draw how many requests reach the second server as they are sent, and how many may by chance."""
    title = "Requests that reach the second backend, and how many may by chance (shaded)"
    picture = bench.album.begin(title, "requests", across="requests sent", steps=False)
    for sent, reached in enumerate(accumulate(answer == "b" for answer in answers), start=1):
        picture.note(line, reached, at=sent)
    places = {*range(0, len(answers), max(1, len(answers) // EDGES)), len(answers)}
    picture.expect(line, [(sent, *band(sent, share)) for sent in sorted(places)])


def resolved(bench: Bench, claim: str, route: Thing, status: str, kind: Kind = Kind.NEGATIVE) -> Observation:
    """Wait until a route says of its references that they resolve, or that they do not."""
    probe = partial(condition, route, "ResolvedRefs")
    return bench.eventually(claim, probe, equals=status, kind=kind, within=bench.patience.settle)


def condition(route: Thing, name: str) -> str:
    """Return the status of a condition that the gateway's controller has set on a route; empty if none."""
    parents = (route.now("HTTPRoute").get("status") or {}).get("parents") or []
    return next((condition_of(parent, name) for parent in parents), "")


def said(answer: Answer) -> str:
    """Return what an answer says: the name of the server, or what came instead."""
    return answer.said


def ref(name: str, weight: int = 1, **more: Any) -> dict[str, Any]:
    """Return a reference to a Service behind the gateway."""
    return {"name": name, "port": 8080, "weight": weight, **more}
