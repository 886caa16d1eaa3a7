"""What a route says and what requests see of it: the observations that traffic checks are made of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.reading import condition_of
from clusterproof.instruments.autoscaling import PORT
from clusterproof.instruments.completions import question, server_of
from clusterproof.instruments.traffic import NAME, band
from clusterproof.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.instruments.traffic import Answer, Target
    from clusterproof.model import Observation

EVERY = 0.1  # seconds between tries of a request; nothing can be watched on the way that requests take
A_FEW = 20  # requests to begin with: where these do not agree, nobody need send many
MANY = (
    200  # one stale proxy in ten answers none of so many once in a thousand million times, one in twenty once in 28,000
)
EDGES = 25  # places at which a band is drawn


def served(bench: Bench, claim: str, target: Target, servers: frozenset[str]) -> Observation:
    """Wait until some servers give all the answers, and see that they go on to."""
    look = _Look(target, said, lambda seen: bool(seen) and seen.keys() <= servers, " or ".join(sorted(servers)))
    return _settled(bench, claim, look, Kind.POSITIVE)


def answered(bench: Bench, claim: str, target: Target, status: int) -> Observation:
    """Wait until a status is all that comes back, and see that it goes on to be."""
    look = _Look(target, lambda answer: str(answer.status), lambda seen: seen.keys() == {str(status)}, str(status))
    return _settled(bench, claim, look, Kind.NEGATIVE)


@dataclass(frozen=True)
class _Look:
    """Several requests at once, since a gateway may be more than one proxy and one may lag behind."""

    target: Target
    name: Callable[[Answer], str]
    agree: Callable[[dict[str, int]], bool]
    wanted: str

    def once(self, count: int) -> dict[str, int]:
        return dict(self.target.tally(count, self.name))

    def until(self) -> dict[str, int]:
        """Look at a few first: where they do not agree, or nobody answers, many would only take longer."""
        few = self.once(A_FEW)
        return self.once(MANY) if self.agree(few) else few


def _settled(bench: Bench, claim: str, look: _Look, kind: Kind) -> Observation:
    """Wait for agreement, then look once more without a second try: among many tries a stale proxy is missed in one."""
    expected = f"{MANY} answers of {look.wanted}, twice in a row"
    first = bench.eventually(
        claim, look.until, accept=look.agree, expected=expected, kind=kind, within=bench.patience.traffic, every=EVERY
    )
    if not first.holds:
        return first
    last = look.once(MANY)
    return first if look.agree(last) else bench.observe(claim, expected=expected, actual=last, holds=False, kind=kind)


def split(bench: Bench, target: Target, weights: tuple[int, int]) -> Observation:
    """Count which of two servers answers, and say whether the second one's share is what its weight makes it.

    Half of the requests are completions: a route's weights count for whatever is sent.
    """
    count, share = bench.values.gateway_requests, weights[1] / sum(weights)
    answers = target.answers([question() if number % 2 else NAME for number in range(count)], server_of)
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


def up_to_date(thing: Thing, kind: str) -> bool:
    """True if all that is said of a route or a Gateway is about it as it is now, after its last change."""
    now = thing.now(kind)
    status = now.get("status") or {}
    told = [each for place in (status, *(status.get("parents") or [])) for each in place.get("conditions") or []]
    return bool(told) and {each.get("observedGeneration") for each in told} == {now["metadata"]["generation"]}


def condition(route: Thing, name: str) -> str:
    """Return the status of a condition that the gateway's controller has set on a route; empty if none."""
    parents = (route.now("HTTPRoute").get("status") or {}).get("parents") or []
    return next((condition_of(parent, name) for parent in parents), "")


def said(answer: Answer) -> str:
    """Return what an answer says: the name of the server, or what came instead."""
    return answer.said


def ref(name: str, weight: int = 1, **more: Any) -> dict[str, Any]:
    """Return a reference to a Service behind the gateway."""
    return {"name": name, "port": PORT, "weight": weight, **more}
