"""KAR-11: a Gateway sends requests for a model to those of its servers that have the least to do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from clusterproof.instruments import gateway as gw
from clusterproof.instruments import pools
from clusterproof.instruments.autoscaling import workload_values
from clusterproof.instruments.containers import marked_anyway
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.instruments.traffic import Target

SERVERS, COUNT, MOST = 3, 100, 90  # requests, and how many of them have to go where they should
LONG = 50.0  # requests in a queue
EVERY = 0.5  # seconds between two tries, which nothing announces
ERRORS = ("500", "502", "503", "504")


@check(
    "advanced_inference_ingress",
    probe="KAR-11",
    needs=(
        "create namespaces",
        "create configmaps",
        "create deployments.apps",
        "create services",
        "create gateways.gateway.networking.k8s.io",
        "create httproutes.gateway.networking.k8s.io",
        "list gatewayclasses.gateway.networking.k8s.io",
        "watch pods",
    ),
)
def requests_follow_the_queues(bench: Bench) -> Iterator[Observation]:
    """Send requests to a pool whose servers tell queues of a length that we set, and to one without servers."""
    names = bench.use_backend().settings["metrics"]
    chosen = pools.choose(bench)
    gateway = bench.apply("gateway", name="gateway", gateway_class=chosen.name, listener_port=chosen.port)
    servers = bench.apply("servers", name="models", replicas=SERVERS, **workload_values(names))
    yield bench.eventually("The model servers run", servers.running, equals=SERVERS, kind=Kind.CONTROL)
    yield bench.eventually(
        "The Gateway is programmed", partial(gateway.condition, "Gateway", "Programmed"), equals="True"
    )
    pickers = [_picker(bench, pool) for pool in ("pool", "empty")]
    yield bench.eventually(
        "The endpoint pickers run", lambda: [each.running() for each in pickers], equals=[1, 1], kind=Kind.CONTROL
    )
    to = partial(gw.target, bench, gateway, port=chosen.port)
    yield from _said(bench, _pool(bench, "pool", "models", "models.example"), says_so=chosen.says_so)
    yield from _missing(bench)
    yield from _followed(bench, pools.Servers(bench, servers.pods()), to("models.example"))
    _pool(bench, "empty", "nobody", "empty.example")
    yield bench.eventually(
        "A pool without servers answers with an error",
        lambda: dict(pools.send(to("empty.example"), 1)),
        accept=lambda seen: seen.keys() <= set(ERRORS),
        expected=" or ".join(ERRORS),
        kind=Kind.NEGATIVE,
        within=bench.patience.traffic,
        every=EVERY,
    )
    if chosen.toy and not marked_anyway(bench, bench.ledger.nodes_used()):
        bench.skip(
            Reason.NEEDS_KUBELET,
            "Every claim holds of the testbed's toy, which picks pods itself: a test of this check and no evidence for "
            "any platform. Name the class of a real implementation with -p inference_gateway_class.",
        )


def _picker(bench: Bench, pool: str) -> Thing:
    return bench.apply("picker", name=f"{pool}-picker", pool=pool)


def _pool(bench: Bench, name: str, servers: str, host: str, picker: str = "") -> Thing:
    """Create a pool and a route to it."""
    pool = bench.apply("pool", name=name, servers=servers, picker=picker or f"{name}-picker")
    bench.apply("route", name=name, host=host, pool=name)
    return pool


def _said(bench: Bench, pool: Thing, *, says_so: bool) -> Iterator[Observation]:
    accepted = bench.eventually(
        "The pool is accepted for its Gateway",
        partial(pools.condition, bench, pool, "Accepted"),
        equals="True",
        within=bench.patience.settle,
    )
    if not accepted.actual and not says_so:
        bench.skip(
            Reason.NOT_INSTALLED,
            "Pools of model servers are served as an API, and no controller says anything of them; name the class of "
            "one that does with -p inference_gateway_class.",
        )
    yield accepted
    yield bench.eventually(
        "The references of the pool resolve",
        partial(pools.condition, bench, pool, "ResolvedRefs"),
        equals="True",
        within=bench.patience.settle,
    )


def _missing(bench: Bench) -> Iterator[Observation]:
    pool = _pool(bench, "lost", "models", "lost.example", picker="nobody")
    yield bench.eventually(
        "A pool whose endpoint picker does not exist says that its references do not resolve",
        partial(pools.condition, bench, pool, "ResolvedRefs"),
        equals="False",
        kind=Kind.NEGATIVE,
        within=bench.patience.settle,
    )


def _followed(bench: Bench, servers: pools.Servers, target: Target) -> Iterator[Observation]:
    """Only the queues change; what once was avoided has to be chosen later, so that it is not avoided for itself."""
    until = partial(bench.eventually, within=bench.patience.traffic, every=EVERY)
    first = until(
        "Requests to the pool are answered", lambda: dict(pools.send(target, SERVERS)), equals={"200": SERVERS}
    )
    if not first.holds:
        gw.skip_where_unreachable(bench, target)
    yield first
    share = partial(servers.share, target, COUNT)
    servers.queues([LONG, 0, 0])
    yield until(
        "Requests avoid the one server whose queue is long",
        share,
        accept=lambda seen: sum(seen) == COUNT and seen[0] <= COUNT - MOST,
        expected=f"{COUNT - MOST} of {COUNT} at most to the first",
    )
    servers.queues([0, LONG, LONG])
    yield until(
        "Requests go to the same server once all other queues are long",
        share,
        accept=lambda seen: sum(seen) == COUNT and seen[0] >= MOST,
        expected=f"{MOST} of {COUNT} at least to the first",
    )
