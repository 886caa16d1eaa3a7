"""Gateway API traffic management: what a route says is what requests see (there is no KAR for this item)."""

from __future__ import annotations

import operator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from clusterproof.instruments import gateway as gw
from clusterproof.instruments.traffic import band
from clusterproof.model import Kind, Observation
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.instruments.traffic import Target

EVERY = 0.1  # seconds between tries of a request; nothing can be watched on the way that requests take
A_FEW = 20  # requests where all must agree
PORT = 8080
HEADER, MODEL = "X-Model", "b"
OTHERS = ("bb", "ab", "B", "a b")  # what an inexact match would take for the model
ANY = frozenset({"a", "b"})
SAID = operator.attrgetter("said")


@check(
    "ai_inference",
    probe="Gateway API: weights, header matches, references",
    needs=(
        "create namespaces",
        "create pods",
        "create services",
        "create gateways.gateway.networking.k8s.io",
        "create httproutes.gateway.networking.k8s.io",
        "create referencegrants.gateway.networking.k8s.io",
    ),
)
def traffic_follows_the_routes(bench: Bench) -> Iterator[Observation]:
    """Send real requests through a Gateway: by header, by weight, to what is not there, and after each change."""
    bench.use_backend()
    chosen = gw.choose_class(bench)
    gateway = bench.apply("gateway", name="gateway", gateway_class=chosen.name, listener_port=chosen.port)
    servers = [bench.apply("backend", name=name) for name in sorted(ANY)]
    yield bench.eventually(
        "Both servers behind the Gateway run",
        lambda: [server.running() for server in servers],
        equals=[1, 1],
        kind=Kind.CONTROL,
    )
    yield bench.eventually(
        "The Gateway is programmed", lambda: gateway.condition("Gateway", "Programmed"), equals="True"
    )
    yield bench.eventually(
        "The Gateway has an address", partial(gw.address, gateway), accept=bool, expected="an address"
    )
    to = partial(gw.target, bench, gateway, port=chosen.port)
    yield from _by_header(bench, to("models.example"))
    yield from _by_weight(bench, to)
    yield from _missing(bench, to("missing.example"))
    yield from _elsewhere(bench, to("elsewhere.example"))


def _by_header(bench: Bench, target: Target) -> Iterator[Observation]:
    """A route with a header match: the header decides, and only its exact value."""
    match = {"headers": [{"type": "Exact", "name": HEADER.lower(), "value": MODEL}]}
    route = bench.apply(
        "route",
        name="models",
        host=target.host,
        rules=[{"matches": [match], "backendRefs": [_ref("b")]}, {"backendRefs": [_ref("a")]}],
    )
    first = _served(bench, "A request without the header reaches the default backend", target, ANY - {MODEL})
    if not first.holds:
        gw.skip_where_unreachable(bench, target)
    yield first
    yield bench.eventually(
        "The route says that it is accepted and that its references resolve",
        partial(_says, route),
        equals=["True", "True"],
        within=bench.patience.settle,
    )
    seen = target.tally(A_FEW, SAID, {HEADER: MODEL})
    yield bench.observe(
        f"Every request with {HEADER}: {MODEL} reaches the backend of that model",
        expected={"b": A_FEW},
        actual=dict(seen),
    )
    inexact = {value: dict(target.tally(A_FEW, SAID, {HEADER: value})) for value in OTHERS}
    yield bench.observe(
        f"No request with another value of {HEADER} reaches that backend",
        kind=Kind.NEGATIVE,
        expected={value: {"a": A_FEW} for value in OTHERS},
        actual=inexact,
    )
    unknown = replace(target, host="unknown.example")
    yield bench.observe(
        "A host that no route names is not served", expected=404, actual=unknown.send().status, kind=Kind.NEGATIVE
    )
    route.delete()
    yield _answers(bench, "A deleted route is not served any more", target, 404)


def _by_weight(bench: Bench, to: Any) -> Iterator[Observation]:
    """Split traffic 90/10, then 50/50, then all to one: each change takes a new host, so that it is seen to arrive."""
    count = bench.values.gateway_requests
    route, before = None, None
    for number, weights in enumerate([(90, 10), (50, 50), (0, 100)]):
        target = to(f"split-{number}.example")
        rules = [{"backendRefs": [_ref("a", weights[0]), _ref("b", weights[1])]}]
        if route is None:
            route = bench.apply("route", name="split", host=target.host, rules=rules)
        else:
            bench.objects.change(route.objects[0], {"spec": {"hostnames": [target.host], "rules": rules}})
        yield _served(bench, f"A route with weights {weights[0]} and {weights[1]} is served", target, ANY)
        if before:
            yield _answers(
                bench, f"The host is not served any more that the route named before change {number}", before, 404
            )
        yield _split(bench, target, count, weights)
        before = target


def _split(bench: Bench, target: Target, count: int, weights: tuple[int, int]) -> Observation:
    seen = target.tally(count, SAID)
    low, high = band(count, weights[1] / sum(weights))
    whole = seen["a"] + seen["b"] == count
    return bench.observe(
        f"Of {count} requests a share of {weights[1]} in {sum(weights)} reaches the second backend",
        expected=f"{low} to {high} of {count}, the others to the first",
        actual=dict(sorted(seen.items())),
        holds=whole and low <= seen["b"] <= high,
        kind=Kind.POSITIVE if weights[0] else Kind.NEGATIVE,
    )


def _missing(bench: Bench, target: Target) -> Iterator[Observation]:
    """A reference that must not resolve: to a Service that does not exist."""
    route = bench.apply("route", name="nowhere", host=target.host, rules=[{"backendRefs": [_ref("nobody")]}])
    yield _resolved(bench, "A route to a missing Service says that its references do not resolve", route, "False")
    yield _answers(bench, "Requests to a missing Service get an error", target, 500)


def _elsewhere(bench: Bench, target: Target) -> Iterator[Observation]:
    """A reference into another namespace, which resolves if and only if that namespace grants it."""
    far = bench.apply("backend", name="far", place="other")
    yield bench.eventually("The server of the other namespace runs", far.running, equals=1, kind=Kind.CONTROL)
    foreign = {**_ref("far"), "namespace": bench.ledger.namespace("other")}
    route = bench.apply("route", name="elsewhere", host=target.host, rules=[{"backendRefs": [foreign]}])
    yield _resolved(bench, "A reference into another namespace does not resolve without a grant", route, "False")
    yield _answers(bench, "Requests into another namespace get an error without a grant", target, 500)
    bench.apply("grant", name="grant", place="other", route_namespace=bench.ledger.namespace())
    yield _served(bench, "Requests reach the other namespace once it grants them", target, frozenset({"far"}))
    yield _resolved(bench, "With the grant the reference resolves", route, "True", Kind.POSITIVE)


def _ref(name: str, weight: int = 1) -> dict[str, Any]:
    return {"name": name, "port": PORT, "weight": weight}


def _says(route: Thing) -> list[str]:
    return [gw.route_condition(route, condition) for condition in ("Accepted", "ResolvedRefs")]


def _served(bench: Bench, claim: str, target: Target, servers: frozenset[str]) -> Observation:
    """Wait until one of some servers answers."""
    return bench.eventually(
        claim,
        lambda: target.send().said,
        accept=servers.__contains__,
        expected=" or ".join(sorted(servers)),
        within=bench.patience.traffic,
        every=EVERY,
    )


def _answers(bench: Bench, claim: str, target: Target, status: int) -> Observation:
    """Wait until a status is all that comes back: of several requests, since one may hit what is being changed."""
    return bench.eventually(
        claim,
        lambda: dict(target.tally(A_FEW, lambda answer: str(answer.status))),
        equals={str(status): A_FEW},
        kind=Kind.NEGATIVE,
        within=bench.patience.traffic,
        every=EVERY,
    )


def _resolved(bench: Bench, claim: str, route: Thing, status: str, kind: Kind = Kind.NEGATIVE) -> Observation:
    return bench.eventually(
        claim, lambda: gw.route_condition(route, "ResolvedRefs"), equals=status, kind=kind, within=bench.patience.settle
    )
