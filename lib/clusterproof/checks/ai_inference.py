"""Gateway API traffic management: what a route says is what requests see (there is no KAR for this item)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from clusterproof import gateway as gw
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check
from clusterproof.traffic import Answer, band

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench import Bench
    from clusterproof.thing import Thing
    from clusterproof.traffic import Target

EVERY = 0.1   # seconds between tries of a request; nothing can be watched on the way that requests take
A_FEW = 20    # requests where all must agree
PORT = 8080
HEADER, MODEL = "X-Model", "b"


@check(
    "ai_inference",
    probe="Gateway API: weights, header matches, references",
    needs=("create namespaces", "create pods", "create services", "create gateways.gateway.networking.k8s.io",
           "create httproutes.gateway.networking.k8s.io", "create referencegrants.gateway.networking.k8s.io"),
)
def traffic_follows_the_routes(bench: Bench) -> Iterator[Observation]:
    """Send real requests through a Gateway: by header, by weight, to what is not there, and after each change."""
    bench.use_backend()
    chosen = gw.choose_class(bench)
    gateway = bench.apply("gateway", name="gateway", gateway_class=chosen.name, listener_port=chosen.port)
    backends = [bench.apply("backend", name=name) for name in ("a", "b")]
    for backend in backends:
        yield bench.eventually(f"The server '{backend.name}' runs", backend.running, equals=1, kind=Kind.CONTROL)
    yield bench.eventually("The Gateway is programmed", lambda: gateway.condition("Gateway", "Programmed"),
                           equals="True")
    yield bench.eventually("The Gateway has an address", lambda: gw.address(gateway), accept=bool, expected="an address")
    to = partial(gw.target, bench, gateway, port=chosen.port)
    yield from _by_header(bench, to("models.example"))
    yield from _by_weight(bench, to)
    yield from _references(bench, to("missing.example"), to("elsewhere.example"))


def _by_header(bench: Bench, target: Target) -> Iterator[Observation]:
    """A route with a header match: the header decides, and only its exact value."""
    match = {"headers": [{"type": "Exact", "name": HEADER.lower(), "value": MODEL}]}
    route = bench.apply("route", name="models", host=target.host, rules=[
        {"matches": [match], "backendRefs": [_ref("b")]}, {"backendRefs": [_ref("a")]},
    ])
    yield _reaches(bench, "A request without the header reaches the default backend", target, "a")
    yield _all(bench, f"Every request with {HEADER}: {MODEL} reaches the backend of that model", target, "b",
               {HEADER: MODEL})
    yield _all(bench, f"No request with another value of {HEADER} reaches that backend", target, "a",
               {HEADER: f"{MODEL}b"}, Kind.NEGATIVE)
    unknown = replace(target, host="unknown.example").send()
    yield bench.observe("A host that no route names is not served", expected=404, actual=unknown.status,
                        kind=Kind.NEGATIVE)
    route.delete()
    yield bench.eventually("A deleted route is not served any more", lambda: target.send().status, equals=404,
                           kind=Kind.NEGATIVE, within=bench.patience.traffic, every=EVERY)


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
        claim = f"A route with weights {weights[0]} and {weights[1]} is served"
        yield bench.eventually(claim, lambda to=target: _served_by(bench, to.send()), accept=lambda name: name in {"a", "b"},
                               expected="a or b", within=bench.patience.traffic, every=EVERY)
        if before:
            yield bench.observe("The host that the route named before its change is not served any more",
                                expected=404, actual=before.send().status, kind=Kind.NEGATIVE)
        yield _split(bench, target, count, weights)
        before = target


def _split(bench: Bench, target: Target, count: int, weights: tuple[int, int]) -> Observation:
    seen = target.tally(count, lambda answer: _served_by(bench, answer))
    low, high = band(count, weights[1] / sum(weights))
    whole = seen["a"] + seen["b"] == count
    return bench.observe(
        f"Of {count} requests a share of {weights[1]} in {sum(weights)} reaches the second backend",
        expected=f"{low} to {high} of {count}, the others to the first", actual=dict(sorted(seen.items())),
        holds=whole and low <= seen["b"] <= high, kind=Kind.POSITIVE if weights[0] else Kind.NEGATIVE,
    )


def _references(bench: Bench, missing: Target, elsewhere: Target) -> Iterator[Observation]:
    """References that must not resolve: a Service that does not exist, and one of another namespace without a grant."""
    nowhere = bench.apply("route", name="nowhere", host=missing.host, rules=[{"backendRefs": [_ref("nobody")]}])
    yield _resolved(bench, "A route to a missing Service says that its references do not resolve", nowhere, "False")
    yield bench.observe("Requests to a missing Service get an error", expected=500, actual=missing.send().status,
                        kind=Kind.NEGATIVE)
    far = bench.apply("backend", name="far", place="other")
    foreign = {**_ref("far"), "namespace": bench.ledger.namespace("other")}
    route = bench.apply("route", name="elsewhere", host=elsewhere.host, rules=[{"backendRefs": [foreign]}])
    yield bench.eventually("The server of the other namespace runs", far.running, equals=1, kind=Kind.CONTROL)
    yield _resolved(bench, "A reference into another namespace does not resolve without a grant", route, "False")
    yield bench.observe("Requests into another namespace get an error without a grant", expected=500,
                        actual=elsewhere.send().status, kind=Kind.NEGATIVE)
    bench.apply("grant", name="grant", place="other", route_namespace=bench.ledger.namespace())
    yield _reaches(bench, "Requests reach the other namespace once it grants them", elsewhere, "far")
    yield _resolved(bench, "With the grant the reference resolves", route, "True", Kind.POSITIVE)


def _ref(name: str, weight: int = 1) -> dict[str, Any]:
    return {"name": name, "port": PORT, "weight": weight}


def _served_by(bench: Bench, answer: Answer) -> str:
    """Return the name of the server that answered, or what came instead."""
    if not answer.reachable:
        bench.skip(Reason.UNREACHABLE_FROM_HERE, f"No packet comes back from the Gateway ({answer.problem}); run the "
                   "notebook where clients are, or name another way in with -p gateway_url.")
    return answer.body if answer.status == 200 else (answer.problem or f"HTTP {answer.status}")  # noqa: PLR2004


def _reaches(bench: Bench, claim: str, target: Target, server: str) -> Observation:
    return bench.eventually(claim, lambda: _served_by(bench, target.send()), equals=server,
                            within=bench.patience.traffic, every=EVERY)


def _all(  # noqa: PLR0913, PLR0917 - a claim and the requests that decide it
    bench: Bench, claim: str, target: Target, server: str, headers: dict[str, str], kind: Kind = Kind.POSITIVE
) -> Observation:
    seen = target.tally(A_FEW, lambda answer: _served_by(bench, answer), headers)
    return bench.observe(claim, expected={server: A_FEW}, actual=dict(seen), kind=kind)


def _resolved(bench: Bench, claim: str, route: Thing, status: str, kind: Kind = Kind.NEGATIVE) -> Observation:
    return bench.eventually(claim, lambda: gw.route_condition(route, "ResolvedRefs"), equals=status, kind=kind,
                            within=bench.patience.settle)
