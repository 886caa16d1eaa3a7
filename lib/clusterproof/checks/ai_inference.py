"""Gateway API traffic management: what a route says is what requests see (there is no KAR for this item)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from clusterproof.instruments import gateway as gw
from clusterproof.instruments import matches, references
from clusterproof.instruments.autoscaling import workload_values
from clusterproof.instruments.routing import answered, condition, ref, served, split, up_to_date
from clusterproof.model import Kind, Observation
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.instruments.traffic import Target

NEAR, FAR = frozenset({"a", "b"}), "far"
OUTSIDE = "models.invalid"


@check(
    "ai_inference",
    probe="Gateway API: weights, matches, completions, references",
    needs=(
        "create namespaces",
        "create configmaps",
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
    server = partial(bench.apply, "backend", **workload_values({}))
    servers = [*(server(name=name) for name in sorted(NEAR)), server(name=FAR, place=references.OTHER)]
    yield bench.eventually(
        "The model servers behind the Gateway run",
        lambda: [each.running() for each in servers],
        equals=[1, 1, 1],
        kind=Kind.CONTROL,
    )
    yield bench.eventually(
        "The Gateway is programmed", lambda: gateway.condition("Gateway", "Programmed"), equals="True"
    )
    yield bench.eventually(
        "The Gateway has an address", partial(gw.address, gateway), accept=bool, expected="an address"
    )
    to = partial(gw.target, bench, gateway, port=chosen.port)
    yield from _by_match(bench, to("models.example"))
    yield from _by_weight(bench, to)
    yield from references.missing(bench, to("missing.example"))
    yield from references.elsewhere(bench, to("elsewhere.example"))
    yield from references.intruding(bench, gateway, to("intruder.example"), to("later.example"))


def _by_match(bench: Bench, target: Target) -> Iterator[Observation]:
    """A route with matches: they decide, and only they."""
    hosts, rules = [target.host, OUTSIDE], matches.rules()
    route = bench.apply("route", name="models", hosts=hosts, rules=rules, gateway_namespace=None)
    first = served(bench, "A request without the header reaches the default backend", target, NEAR - {matches.MODEL})
    if not first.holds:
        gw.skip_where_unreachable(bench, target)
    yield first
    yield bench.eventually(
        "The route says that it is accepted and that its references resolve",
        lambda: [condition(route, name) for name in ("Accepted", "ResolvedRefs")],
        equals=["True", "True"],
        within=bench.patience.settle,
    )
    yield from matches.matched(bench, target)
    yield from matches.completed(bench, target)
    yield answered(bench, "A host that no route names is not served", replace(target, host="unknown.example"), 404)
    yield answered(bench, "A host that the listener does not have is not served", replace(target, host=OUTSIDE), 404)
    route.delete()
    yield answered(bench, "A deleted route is not served any more", target, 404)


def _by_weight(bench: Bench, to: Callable[[str], Target]) -> Iterator[Observation]:
    """Split traffic 90/10, then 50/50, then all to one: each change takes a new host, so that it is seen to arrive."""
    route, before = None, None
    for number, weights in enumerate([(90, 10), (50, 50), (0, 100)]):
        target = to(f"split-{number}.example")
        rules = [{"backendRefs": [ref("a", weights[0]), ref("b", weights[1])]}]
        if route is None:
            route = bench.apply("route", name="split", hosts=[target.host], rules=rules, gateway_namespace=None)
        else:
            bench.objects.change(route.objects[0], {"spec": {"hostnames": [target.host], "rules": rules}})
        yield served(bench, f"A route with weights {weights[0]} and {weights[1]} is served", target, NEAR)
        if before:
            claim = f"The host is not served any more that the route named before change {number}"
            yield answered(bench, claim, before, 404)
        yield split(bench, target, weights)
        before = target
    if route:
        yield bench.eventually(
            "What is said of the route is said of its last change",
            partial(up_to_date, route, "HTTPRoute"),
            equals=True,
            within=bench.patience.settle,
        )
