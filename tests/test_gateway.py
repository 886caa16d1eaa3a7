"""The class of a gateway, and the way to it: what was asked for, else the first that a controller has accepted."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from clusterproof.bench.choice import choose
from clusterproof.bench.thing import Thing
from clusterproof.errors import Inconclusive
from clusterproof.instruments import gateway as gw
from clusterproof.instruments.traffic import Answer
from clusterproof.manifest import backends
from clusterproof.model import Outcome, Reason
from clusterproof.parameters import Values
from fakes import Kind

GROUP = "gateway.networking.k8s.io"
[BACKEND] = backends("ai_inference")
CLASSES = Kind(f"{GROUP}/v1", "GatewayClass", "gatewayclasses", namespaced=False)
KINDS = [
    CLASSES,
    Kind(f"{GROUP}/v1", "Gateway", "gateways"),
    Kind(f"{GROUP}/v1", "HTTPRoute", "httproutes"),
    Kind(f"{GROUP}/v1beta1", "ReferenceGrant", "referencegrants"),
]


@pytest.fixture
def bench(api, cluster):
    """Give what a bench is to a gateway's functions; a check's own is in test_bench.py."""
    api.store.kinds += KINDS

    def skip(reason, message):
        raise Inconclusive(Outcome.SKIP, reason, message)

    return SimpleNamespace(cluster=cluster, backend=BACKEND, values=Values(), skip=skip)


def offer(api, name, *, accepted="True", **marks):
    conditions = [{"type": "SupportedVersion", "status": "True"}, {"type": "Accepted", "status": accepted}]
    api.store.put({
        "apiVersion": CLASSES.api_version, "kind": "GatewayClass", "metadata": {"name": name, "annotations": marks},
        "spec": {"controllerName": f"{name}.example/controller"}, "status": {"conditions": conditions},
    })  # fmt: skip


def test_the_first_class_that_was_accepted_is_used(api, bench):
    offer(api, "a", accepted="False")
    offer(api, "b")
    offer(api, "c")
    assert gw.choose_class(bench) == gw.GatewayClass("b", "b.example/controller", 80)


def test_the_class_that_was_asked_for_is_used(api, bench):
    offer(api, "b")
    offer(api, "c")
    bench.values = Values(gateway_class="c")
    assert gw.choose_class(bench).name == "c"


@pytest.mark.parametrize(
    ("wanted", "said"), [("", "GatewayClass."), ("a", "GatewayClass named a."), ("nothing", "named nothing")]
)
def test_without_an_accepted_class_the_check_is_skipped_and_says_which(api, bench, wanted, said):
    offer(api, "a", accepted="Unknown")
    offer(api, "c", accepted="False" if not wanted else "True")
    bench.values = Values(gateway_class=wanted)
    with pytest.raises(Inconclusive) as caught:
        gw.choose_class(bench)
    assert (caught.value.outcome, caught.value.reason) == (Outcome.SKIP, Reason.NOT_INSTALLED)
    assert said in caught.value.message


def test_a_class_that_says_nothing_yet_is_not_accepted(api, bench):
    api.store.put({"apiVersion": CLASSES.api_version, "kind": "GatewayClass", "metadata": {"name": "a"}, "spec": {}})
    with pytest.raises(Inconclusive):
        gw.choose_class(bench)


def test_a_class_may_say_which_port_its_listeners_have(api, bench):
    offer(api, "a", **{BACKEND.settings["port_annotation"]: "18080"})
    assert gw.choose_class(bench).port == 18080


def gateway(*addresses):
    item = {"kind": "Gateway", "metadata": {"name": "g"}, "status": {"addresses": list(addresses)} if addresses else {}}
    return Thing("g", (item,), lambda kind: [item] if kind == "Gateway" else [], print)


@pytest.mark.parametrize(
    ("thing", "address"),
    [
        (gateway({"type": "IPAddress", "value": "10.0.0.1"}, {"value": "10.0.0.2"}), "10.0.0.1"),
        (gateway({"type": "IPAddress"}), ""),
        (gateway(), ""),
        (Thing("g", (), lambda _: [], print), ""),
    ],
)
def test_the_address_is_the_first_that_the_gateway_has(thing, address):
    assert gw.address(thing) == address


@pytest.mark.parametrize(
    ("url", "to"),
    [
        ("", ("10.0.0.1", 8081)),
        ("http://127.0.0.1:9000", ("127.0.0.1", 9000)),
        ("http://way.in.example/", ("way.in.example", 80)),
        ("http://[::1]:9000", ("::1", 9000)),
    ],
)
def test_requests_go_to_the_gateway_or_where_the_user_says(bench, url, to):
    bench.values = Values(gateway_url=url)
    target = gw.target(bench, gateway({"value": "10.0.0.1"}), "models.example", 8081)
    assert (target.address, target.port, target.host) == (*to, "models.example")


def test_where_no_packet_comes_back_the_check_is_skipped_with_the_ways_out(bench):
    lost = SimpleNamespace(send=lambda: Answer(0, problem="TimeoutError: timed out", reachable=False))
    with pytest.raises(Inconclusive) as caught:
        gw.skip_where_unreachable(bench, lost)
    assert caught.value.reason is Reason.UNREACHABLE_FROM_HERE
    assert "gateway_url" in caught.value.message


@pytest.mark.parametrize("answer", [Answer(200), Answer(404), Answer(0, problem="reset"), Answer(0, problem="refused")])
def test_any_answer_is_the_gateways_own_and_no_reason_to_skip(bench, answer):
    assert gw.skip_where_unreachable(bench, SimpleNamespace(send=lambda: answer)) is None


def serve(api, *backends):
    for backend in backends:
        for api_version, kind in backend.kinds():
            version = api_version.replace(
                "/auto", f"/{(backend.versions.get(api_version.rpartition('/')[0]) or ['v1'])[0]}"
            )
            api.store.kinds.append(Kind(version, kind, f"{kind.lower()}s"))


GANGS = backends("gang_scheduling")


@pytest.mark.parametrize("number", range(len(GANGS)))
def test_the_first_backend_that_is_served_is_chosen(api, cluster, number):
    serve(api, *GANGS[number:])
    assert choose("gang_scheduling", "auto", cluster.discovery).name == GANGS[number].name


@pytest.mark.parametrize("backend", GANGS, ids=lambda backend: backend.name)
def test_the_backend_that_was_asked_for_is_chosen(api, cluster, backend):
    serve(api, *GANGS)
    assert choose("gang_scheduling", backend.name, cluster.discovery) == backend


def test_a_backend_that_was_asked_for_and_is_not_served_is_a_skip_and_no_other_is_taken(api, cluster):
    serve(api, GANGS[0])
    with pytest.raises(Inconclusive) as caught:
        choose("gang_scheduling", GANGS[1].name, cluster.discovery)
    assert (caught.value.outcome, caught.value.reason) == (Outcome.SKIP, Reason.NOT_INSTALLED)
    assert GANGS[1].name in caught.value.message
    assert GANGS[0].name not in caught.value.message


def test_where_none_is_served_it_is_said_what_each_would_need(cluster):
    with pytest.raises(Inconclusive) as caught:
        choose("gang_scheduling", "auto", cluster.discovery)
    for backend in GANGS:
        assert f"{backend.name} needs {', '.join(backend.missing(cluster.discovery))}" in caught.value.message


def test_a_backend_that_nobody_knows_is_a_skip_that_names_those_that_are_known(cluster):
    with pytest.raises(Inconclusive) as caught:
        choose("gang_scheduling", "nobody", cluster.discovery)
    assert all(backend.name in caught.value.message for backend in GANGS)
