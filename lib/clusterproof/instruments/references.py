"""References that must not lead anywhere: to what is not there, and between namespaces without leave."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from clusterproof.instruments.routing import answered, ref, resolved, served, up_to_date
from clusterproof.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.instruments.traffic import Target
    from clusterproof.model import Observation

OTHER = "other"
NEAR, FAR = frozenset({"a", "b"}), frozenset({"far"})


def missing(bench: Bench, target: Target) -> Iterator[Observation]:
    """Refer to a Service that does not exist."""
    rules = [{"backendRefs": [ref("nobody")]}]
    route = bench.apply("route", name="nowhere", hosts=[target.host], rules=rules, gateway_namespace=None)
    yield resolved(bench, "A route to a missing Service says that its references do not resolve", route, "False")
    yield answered(bench, "Requests to a missing Service get an error", target, 500)


def elsewhere(bench: Bench, target: Target) -> Iterator[Observation]:
    """Refer to a Service of another namespace, which resolves if, and as long as, that namespace grants it."""
    foreign = ref("far", namespace=bench.ledger.namespace(OTHER))
    rules = [{"backendRefs": [foreign]}]
    route = bench.apply("route", name="elsewhere", hosts=[target.host], rules=rules, gateway_namespace=None)
    yield resolved(bench, "A reference into another namespace does not resolve without a grant", route, "False")
    yield answered(bench, "Requests into another namespace get an error without a grant", target, 500)
    grant = bench.apply("grant", name="grant", place=OTHER, route_namespace=bench.ledger.namespace())
    yield served(bench, "Requests reach the other namespace once it grants them", target, FAR)
    yield resolved(bench, "With the grant the reference resolves", route, "True", Kind.POSITIVE)
    grant.delete()
    yield answered(bench, "Requests into another namespace get an error again without the grant", target, 500)


def intruding(bench: Bench, gateway: Thing, target: Target, later: Target) -> Iterator[Observation]:
    """Attach a route of another namespace to the Gateway, whose listener has to admit it.

    A gateway takes what it is told in turn: once a route that came ``later`` is served, the first one would be.
    """
    own, rules = bench.ledger.namespace(), [{"backendRefs": [ref("far")]}]
    bench.apply("route", name="intruder", place=OTHER, hosts=[target.host], rules=rules, gateway_namespace=own)
    own_rules = [{"backendRefs": [ref(name) for name in sorted(NEAR)]}]
    bench.apply("route", name="later", hosts=[later.host], rules=own_rules, gateway_namespace=None)
    yield served(bench, "A route of the Gateway's own namespace that came later is served", later, NEAR)
    admitted = "A route of another namespace is not served, as the listener admits those of its own only"
    yield answered(bench, admitted, target, 404)
    [item] = gateway.objects
    everybody = {"namespaces": {"from": "All"}}
    listeners = [{**listener, "allowedRoutes": everybody} for listener in item["spec"]["listeners"]]
    bench.objects.change(item, {"spec": {"listeners": listeners}})
    yield served(bench, "It is served once the listener admits the routes of all namespaces", target, FAR)
    yield bench.eventually(
        "What is said of the Gateway is said of its last change",
        partial(up_to_date, gateway, "Gateway"),
        equals=True,
        within=bench.patience.settle,
    )
