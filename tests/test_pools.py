"""Who serves pools is chosen by what it says of itself, and the toy of the testbed picks by queues."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from clusterproof.errors import Inconclusive
from clusterproof.instruments import pools
from clusterproof.instruments.traffic import Target
from clusterproof.manifest import backends
from clusterproof.model import Outcome
from clusterproof.parameters import Values
from clusterproof.plan import plan
from clusterproof.stub.inference import serve
from clusterproof.testbed.addons.poolproxy import Pod, Proxy
from fakes.store import Kind

CLASS = Kind("gateway.networking.k8s.io/v1", "GatewayClass", "gatewayclasses", namespaced=False)
BACKENDS = {backend.name: backend for backend in backends("advanced_inference_ingress")}
FIRST = BACKENDS["inference-pool"]
ADDRESSES = ("127.82.0.1", "127.82.0.2")


@pytest.fixture
def bench(api, cluster):
    """Give as much of a bench as choosing looks at."""
    api.store.kinds.append(CLASS)

    def skip(reason, message):
        raise Inconclusive(Outcome.SKIP, reason, message)

    values = SimpleNamespace(inference_gateway_class="")
    return SimpleNamespace(backend=FIRST, cluster=cluster, values=values, skip=skip)


def put_class(api, name, *, features=(), accepted="True", **annotations):
    status = {"conditions": [{"type": "Accepted", "status": accepted}], "supportedFeatures": list(features)}
    metadata = {"name": name, "annotations": {f"clusterproof.dev/{key}": value for key, value in annotations.items()}}
    api.store.put({"apiVersion": CLASS.api_version, "kind": CLASS.kind, "metadata": metadata, "status": status})


def test_a_class_that_says_that_it_serves_pools_goes_before_others(api, bench):
    put_class(api, "a")
    put_class(api, "b", features=[{"name": "SupportInferencePool"}])
    assert pools.choose(bench) == pools.Chosen("b", 80, says_so=True, toy=False)


def test_features_are_read_in_their_older_form_as_well(api, bench):
    put_class(api, "a")
    put_class(api, "b", features=["SupportInferencePool"])
    assert pools.choose(bench).name == "b"


def test_any_class_will_do_where_none_says_so_and_then_nothing_is_sure(api, bench):
    put_class(api, "refused", accepted="False")
    put_class(api, "usual")
    assert pools.choose(bench) == pools.Chosen("usual", 80, says_so=False, toy=False)


def test_a_class_that_is_named_is_sure_to_be_meant(api, bench):
    put_class(api, "a", features=["SupportInferencePool"])
    put_class(api, "b", toy="true", **{"listener-port": "8099"})
    bench.values.inference_gateway_class = "b"
    assert pools.choose(bench) == pools.Chosen("b", 8099, says_so=True, toy=True)


def test_without_an_accepted_class_nothing_is_measured(api, bench):
    put_class(api, "a", accepted="False")
    with pytest.raises(Inconclusive, match="No controller has accepted"):
        pools.choose(bench)


@pytest.mark.parametrize("name", BACKENDS)
def test_only_what_is_said_for_the_own_gateway_counts(bench, name):
    bench.backend = BACKENDS[name]
    said = [
        {"parentRef": {"name": other}, "conditions": [{"type": "Accepted", "status": status}]}
        for other, status in (("another", "True"), ("gateway", "False"))
    ]
    where = bench.backend.settings["parents"]
    thing = SimpleNamespace(now=lambda _kind: {"status": {where: said}})
    assert pools.condition(bench, thing, "Accepted") == "False"
    assert pools.condition(bench, thing, "ResolvedRefs") == ""
    assert pools.condition(bench, SimpleNamespace(now=lambda _kind: {}), "Accepted") == ""


@contextmanager
def toy(*faults, lengths=(0, 0)):
    """Give the toy's proxy in front of two servers with queues, and the servers."""
    servers = [serve(address, {"STUB_PORT": "0", "STUB_METRICS": '{"queue": "waiting"}'}) for address in ADDRESSES]
    proxy = Proxy(0, "waiting", frozenset(faults))
    proxy.hosts = {"pool": [Pod(*each.server_address) for each in servers], "empty": []}
    threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
    for server, length in zip(servers, lengths, strict=True):
        server.counts.queue = float(length)
    try:
        yield proxy, servers
    finally:
        for each in (proxy, *servers):
            each.shutdown()
            each.server_close()


def send(proxy, host, count=10):
    return dict(pools.send(Target("127.0.0.1", proxy.server_port, host), count))


def answered(servers):
    return [server.counts.answered["stop"] for server in servers]


@pytest.mark.parametrize(("lengths", "share"), [((9, 0), [0, 10]), ((0, 9), [10, 0]), ((0, 0), [5, 5])])
def test_the_toy_picks_the_shortest_queue_and_takes_turns_among_equals(lengths, share):
    with toy(lengths=lengths) as (proxy, servers):
        assert send(proxy, "pool") == {"200": 10}
        assert answered(servers) == share


def test_a_toy_that_ignores_queues_takes_turns():
    with toy("queues_ignored", lengths=(9, 0)) as (proxy, servers):
        send(proxy, "pool")
        assert answered(servers) == [5, 5]


def test_a_toy_that_forgives_nothing_avoids_a_server_after_its_queue_is_short():
    with toy("never_forgiven", lengths=(9, 0)) as (proxy, servers):
        send(proxy, "pool")
        servers[0].counts.queue, servers[1].counts.queue = 0.0, 4.0
        send(proxy, "pool")
        assert answered(servers) == [0, 20]


@pytest.mark.parametrize(("faults", "status"), [((), "503"), (("empty_answers",), "200")])
def test_a_pool_without_servers_is_an_error_unless_that_is_the_fault(faults, status):
    with toy(*faults) as (proxy, _):
        assert send(proxy, "empty", 1) == {status: 1}


def test_a_host_that_no_route_names_is_not_served():
    with toy() as (proxy, _):
        assert send(proxy, "unknown", 1) == {"404": 1}


def test_the_plan_names_the_image_of_the_endpoint_picker():
    [item] = plan(["advanced_inference_ingress"], Values(picker_image="example.com/picker:1"), None)
    assert "example.com/picker:1" in item.images
