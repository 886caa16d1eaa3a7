"""What the checks measure with says what it should, also where no cluster can be made to show it."""

from __future__ import annotations

import itertools
from collections import Counter
from math import comb
from types import SimpleNamespace

import pytest

from clusterproof.bench.album import Album
from clusterproof.cluster.waiting import Waiter
from clusterproof.errors import ClusterError
from clusterproof.instruments import kinds, operators, routing, webhooks
from clusterproof.instruments.traffic import band
from clusterproof.manifest import backends
from clusterproof.model import Kind

KINDS = ["DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice"]
NEWEST = [*KINDS, "DeviceTaintRule"]


def bench(version, served):
    """Return as much of a bench as `served` looks at."""
    discovery = SimpleNamespace(serves=lambda api_version, kind: kind in served.get(api_version, ()))
    return SimpleNamespace(
        facts=SimpleNamespace(version=version),
        cluster=SimpleNamespace(discovery=discovery),
        observe=lambda claim, expected, actual: SimpleNamespace(claim=claim, holds=expected == actual, actual=actual),
    )


@pytest.mark.parametrize(
    ("version", "served", "holds"),
    [
        ("v1.37.2", {"resource.k8s.io/v1": NEWEST}, True),
        ("v1.37.2", {"resource.k8s.io/v1": NEWEST[1:]}, False),  # one kind is missing
        ("v1.37.2", {"resource.k8s.io/v1": KINDS}, False),  # the kind that is due since 1.37 is missing
        ("v1.36.4", {"resource.k8s.io/v1": KINDS}, True),
        ("v1.36.4", {"resource.k8s.io/v1": KINDS[:3]}, False),
        ("v1.37.2", {"resource.k8s.io/v1beta2": NEWEST}, False),  # from 1.34 on a beta is not enough
        ("v1.37.2", {}, False),
        ("v1.33.5", {"resource.k8s.io/v1beta2": KINDS}, True),
        ("v1.33.5", {"resource.k8s.io/v1beta1": KINDS}, True),
        ("v1.33.5", {"resource.k8s.io/v1alpha3": KINDS}, False),
        ("v1.33.5", {"resource.k8s.io/v1beta1": KINDS[:2], "resource.k8s.io/v1beta2": KINDS[2:]}, False),
    ],
)
def test_every_kind_must_be_served_in_one_version_that_is_due(version, served, holds):
    [backend] = backends("dra_support")
    assert kinds.served(bench(version, served), backend).holds is holds


WEBHOOK = "validator.example.com"
DENIED = f'admission webhook "{WEBHOOK}" denied the request: no'


@pytest.mark.parametrize(
    ("error", "decision"),
    [
        (None, "accepted"),
        (ClusterError(DENIED, status=403, reason="Forbidden"), f"denied by {WEBHOOK}"),
        (
            ClusterError(f'Internal error: failed calling webhook "{WEBHOOK}": refused', status=500),
            "could not be called",
        ),
        (ClusterError(f"x is forbidden: a policy denied request: {DENIED}", status=422, reason="Invalid"), "(Invalid)"),
        (ClusterError("spec.x: Required value", status=422, reason="Invalid"), "refused by the API server (Invalid)"),
    ],
)
def test_only_the_webhooks_own_denial_is_called_one(error, decision):
    said = webhooks.decision(error)
    assert said.endswith(decision)
    assert said.startswith("denied by") is decision.startswith("denied by")


def probability(count, share, low, high):
    return sum(comb(count, hits) * share**hits * (1 - share) ** (count - hits) for hits in range(low, high + 1))


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("count", [20, 500])
def test_a_correct_split_is_called_wrong_once_in_ten_thousand_at_most_and_the_bound_is_no_wider(count, share):
    low, high = band(count, share)
    assert probability(count, share, low, high) >= 1 - 1e-4
    assert probability(count, share, low + 1, count) < 1 - 0.5e-4 or low == 0
    assert probability(count, share, 0, high - 1) < 1 - 0.5e-4 or high == count


def test_a_weight_of_nothing_and_of_everything_has_no_spread():
    assert band(500, 0.0) == (0, 0)
    assert band(500, 1.0) == (500, 500)


def test_half_of_the_requests_is_no_tenth():
    low, high = band(500, 0.1)
    assert not low <= 250 <= high


def definition(schema):
    return {"spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]}}


def test_a_definition_without_fields_describes_nothing():
    described = {"properties": {"spec": {"properties": {"b": {}, "a": {}}}}}
    assert operators.spec_fields(definition(described), "v1") == ["a", "b"]
    assert operators.spec_fields(definition({"x-kubernetes-preserve-unknown-fields": True}), "v1") == []


def test_a_definition_whose_names_are_taken_is_not_established():
    status = {"conditions": [{"type": "Established", "status": "True"}, {"type": "NamesAccepted", "status": "False"}]}
    assert operators.is_defined({"status": status}) == {"Established": "True", "NamesAccepted": "False"}
    assert operators.is_defined({}) == {"Established": "", "NamesAccepted": ""}


@pytest.mark.parametrize(
    ("weights", "answers", "holds", "kind"),
    [
        ((90, 10), {"a": 450, "b": 50}, True, Kind.POSITIVE),
        ((90, 10), {"a": 250, "b": 250}, False, Kind.POSITIVE),
        ((90, 10), {"a": 400, "b": 50, "HTTP 503": 50}, False, Kind.POSITIVE),  # none may be lost
        ((0, 100), {"b": 500}, True, Kind.NEGATIVE),
        ((0, 100), {"a": 1, "b": 499}, False, Kind.NEGATIVE),
    ],
)
def test_a_split_holds_if_the_share_is_what_chance_allows_and_no_request_is_lost(weights, answers, holds, kind):
    seen = {}
    stub = SimpleNamespace(
        values=SimpleNamespace(gateway_requests=500),
        observe=lambda claim, **said: seen.update(said, claim=claim),
        album=Album(Waiter()),
    )
    routing.split(stub, SimpleNamespace(answers=lambda *_: list(Counter(answers).elements())), weights)
    assert (seen["holds"], seen["kind"]) == (holds, kind)
    [picture] = stub.album.taken()
    assert picture.series[0].points[-1] == (500, answers["b"])
    low, high = band(500, weights[1] / 100)
    assert picture.bands[0].edges[-1] == (500, low, high)


LOOKS = SimpleNamespace(observe=lambda _claim, *, holds, **_said: SimpleNamespace(holds=holds))


def test_a_webhook_that_takes_turns_does_not_refuse_three_wrong_things_in_a_row():
    turns = itertools.cycle([ClusterError(DENIED, status=403), None])
    words = []
    seen = webhooks.decisions(lambda word: words.append(word) or next(turns))
    assert seen == [f"denied by {WEBHOOK}", "accepted"]
    assert len(set(words)) == len(words)
    assert not webhooks.denied(LOOKS, "It is refused", seen, [WEBHOOK]).holds
    assert webhooks.denied(LOOKS, "It is refused", [f"denied by {WEBHOOK}"] * webhooks.TRIES, [WEBHOOK]).holds
    assert not webhooks.denied(LOOKS, "It is refused", [f"denied by {WEBHOOK}"] * webhooks.TRIES, ["own"]).holds


def test_only_webhooks_of_the_operators_names_are_its_own():
    mine, policy = webhooks.Webhook("v.job.operator.io", None), webhooks.Webhook("v.policies.io", None)
    assert webhooks.own([policy, mine], ["*.operator.io"]) == (mine,)
