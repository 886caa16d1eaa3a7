"""Gateway API traffic management: what a route says is what requests see (there is no KAR for this item)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from clusterproof.instruments import gateway as gw
from clusterproof.instruments.routing import A_FEW, answered, condition, ref, resolved, said, served, split
from clusterproof.model import Kind, Observation
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.instruments.traffic import Target

HEADER, MODEL = "X-Model", "b"
OTHERS = (  # what a match that is not exact would take for the model
    (HEADER, "bb"),
    (HEADER, "ab"),
    (HEADER, "B"),
    (HEADER, "a b"),
    ("X-Model-Name", MODEL),
)
ANY = frozenset({"a", "b"})


@check(
    "ai_inference",
    probe="Gateway API: weights, header matches, references",
    needs=(
        "create namespaces",
        "create pods",
        "list gatewayclasses.gateway.networking.k8s.io",
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
    """A route with a header match: the header decides, and only its exact name and value."""
    match = {"headers": [{"type": "Exact", "name": HEADER.lower(), "value": MODEL}]}
    rules = [{"backendRefs": [ref("a")]}, {"matches": [match], "backendRefs": [ref("b")]}]  # the special one wins
    route = bench.apply("route", name="models", host=target.host, rules=rules)
    first = served(bench, "A request without the header reaches the default backend", target, ANY - {MODEL})
    if not first.holds:
        gw.skip_where_unreachable(bench, target)
    yield first
    yield bench.eventually(
        "The route says that it is accepted and that its references resolve",
        lambda: [condition(route, name) for name in ("Accepted", "ResolvedRefs")],
        equals=["True", "True"],
        within=bench.patience.settle,
    )
    yield bench.observe(
        f"Every request with {HEADER}: {MODEL} reaches the backend of that model",
        expected={"b": A_FEW},
        actual=dict(target.tally(A_FEW, said, {HEADER: MODEL})),
    )
    yield bench.observe(
        f"No request with another name or value of {HEADER} reaches that backend",
        kind=Kind.NEGATIVE,
        expected={f"{name}: {value}": {"a": A_FEW} for name, value in OTHERS},
        actual={f"{name}: {value}": dict(target.tally(A_FEW, said, {name: value})) for name, value in OTHERS},
    )
    unknown = replace(target, host="unknown.example")
    yield answered(bench, "A host that no route names is not served", unknown, 404)
    route.delete()
    yield answered(bench, "A deleted route is not served any more", target, 404)


def _by_weight(bench: Bench, to: Callable[[str], Target]) -> Iterator[Observation]:
    """Split traffic 90/10, then 50/50, then all to one: each change takes a new host, so that it is seen to arrive."""
    route, before = None, None
    for number, weights in enumerate([(90, 10), (50, 50), (0, 100)]):
        target = to(f"split-{number}.example")
        rules = [{"backendRefs": [ref("a", weights[0]), ref("b", weights[1])]}]
        if route is None:
            route = bench.apply("route", name="split", host=target.host, rules=rules)
        else:
            bench.objects.change(route.objects[0], {"spec": {"hostnames": [target.host], "rules": rules}})
        yield served(bench, f"A route with weights {weights[0]} and {weights[1]} is served", target, ANY)
        if before:
            claim = f"The host is not served any more that the route named before change {number}"
            yield answered(bench, claim, before, 404)
        yield split(bench, target, weights)
        before = target


def _missing(bench: Bench, target: Target) -> Iterator[Observation]:
    """A reference that must not resolve: to a Service that does not exist."""
    route = bench.apply("route", name="nowhere", host=target.host, rules=[{"backendRefs": [ref("nobody")]}])
    yield resolved(bench, "A route to a missing Service says that its references do not resolve", route, "False")
    yield answered(bench, "Requests to a missing Service get an error", target, 500)


def _elsewhere(bench: Bench, target: Target) -> Iterator[Observation]:
    """A reference into another namespace, which resolves if and only if, and as long as, that namespace grants it."""
    far = bench.apply("backend", name="far", place="other")
    yield bench.eventually("The server of the other namespace runs", far.running, equals=1, kind=Kind.CONTROL)
    foreign = ref("far", namespace=bench.ledger.namespace("other"))
    route = bench.apply("route", name="elsewhere", host=target.host, rules=[{"backendRefs": [foreign]}])
    yield resolved(bench, "A reference into another namespace does not resolve without a grant", route, "False")
    yield answered(bench, "Requests into another namespace get an error without a grant", target, 500)
    grant = bench.apply("grant", name="grant", place="other", route_namespace=bench.ledger.namespace())
    yield served(bench, "Requests reach the other namespace once it grants them", target, frozenset({"far"}))
    yield resolved(bench, "With the grant the reference resolves", route, "True", Kind.POSITIVE)
    grant.delete()
    yield answered(bench, "Requests into another namespace get an error again without the grant", target, 500)
