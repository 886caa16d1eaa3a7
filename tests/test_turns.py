"""What a check has for itself meanwhile: what it names, what lies beside it, or everything."""

from __future__ import annotations

import pytest

from clusterproof.cluster import turns
from clusterproof.manifest import Backend
from clusterproof.model import Facts, Outcome, Reason
from fakes import Kind
from fakes.checks import negative, positive

pytestmark = pytest.mark.usefixtures("quick")

GPU, SLICE, OTHER, UNKNOWN = "nvidia.com/gpu", "nvidia.com/mig-1g.5gb", "amd.com/gpu", "made.up/device"
READY = [{"type": "Ready", "status": "True"}]


def node(name, **allocatable):
    status = {"allocatable": allocatable, "conditions": READY}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": status}


@pytest.fixture(autouse=True)
def nodes(api):
    api.store.kinds.append(Kind("coordination.k8s.io/v1", "Lease", "leases"))
    for item in (
        node("one", **{GPU: "2", "cpu": "4"}),
        node("both", **{GPU: "2", SLICE: "3", "cpu": "4"}),
        node("other", **{OTHER: "2"}),
        node("unknown", **{UNKNOWN: "1"}),
    ):
        api.store.put(item)


def test_a_resource_is_taken_with_what_else_its_nodes_have(cluster):
    """One device may be behind both."""
    assert turns.of(cluster, Facts(""), SLICE) == (GPU, SLICE)
    assert turns.of(cluster, Facts(""), OTHER) == (OTHER,)
    assert turns.of(cluster, Facts(""), UNKNOWN) == (UNKNOWN,)


def test_who_makes_nodes_takes_the_turn_of_those_who_look_at_all_of_them(cluster):
    assert turns.of(cluster, Facts(""), OTHER, nodes=True) == (turns.EVERYWHERE, OTHER)
    assert turns.EVERYWHERE in turns.everything(Facts(""))


def test_a_resource_that_no_node_has_yet_is_taken_all_the_same(cluster):
    assert turns.of(cluster, Facts(""), "habana.ai/gaudi") == ("habana.ai/gaudi",)


@pytest.mark.parametrize(
    ("resource", "how", "claimed"),
    [
        (GPU, "device-plugin", False),
        (GPU, "dra-extended", True),
        (GPU, "device-plugin and dra-extended", True),
        ("deviceclass.resource.kubernetes.io/gpus", "", True),
    ],
)
def test_devices_that_claims_can_be_made_on_have_one_turn_whatever_they_are_called(cluster, resource, how, claimed):
    facts = Facts("", allocation=((resource, how),) if how else ())
    assert (turns.CLAIMED in turns.of(cluster, facts, resource)) is claimed
    assert turns.CLAIMED in turns.everything(facts)


def test_everything_is_all_that_somebody_offers_or_asks_for():
    facts = Facts("", accelerators=((GPU, 2), (OTHER, 1)), unknown_resources=(UNKNOWN,))
    assert turns.everything(facts, "asked.for/it") == (
        turns.EVERYWHERE, OTHER, "asked.for/it", turns.CLAIMED, UNKNOWN, GPU,
    )  # fmt: skip


def leases(api):
    return sorted(
        item["metadata"]["name"].removeprefix("clusterproof-accelerators") for item in api.store.items("leases")
    )


def takes(*wanted, nodes=False, seen=None):
    """Return a check that looks, takes, and notes in ``seen`` which Leases there are."""

    def check(bench):
        (seen if seen is not None else []).append(leases_of(bench))
        for resource in wanted:
            bench.take(resource, nodes=nodes)
        (seen if seen is not None else []).append(leases_of(bench))
        yield positive(bench)
        bench.ledger.namespace()
        yield negative(bench)

    def leases_of(bench):
        found = bench.cluster.pages(bench.cluster.resource("coordination.k8s.io/v1", "Lease"))
        return sorted(item["metadata"]["name"].removeprefix("clusterproof-accelerators") for item in found)

    return check


def test_a_check_that_says_what_it_takes_has_that_from_then_on_and_until_it_is_cleaned_up(api, run):
    seen = []
    result = run(takes(OTHER, OTHER, nodes=True, seen=seen), exclusive=True, by_resource=True)
    assert result.outcome is Outcome.PASS, result.message
    assert seen == [[], ["", "-amd-com-gpu"]]
    assert result.turns == (turns.EVERYWHERE, OTHER)
    assert leases(api) == []


def test_any_other_exclusive_check_has_everything_from_the_beginning(run):
    seen = []
    result = run(takes(OTHER, seen=seen), exclusive=True)
    assert result.outcome is Outcome.PASS, result.message
    assert (
        seen[0]
        == seen[1]
        == ["", "-amd-com-gpu", "-claims", "-made-up-device", "-nvidia-com-gpu", "-nvidia-com-mig-1g-5gb"]
    )
    assert GPU in result.turns


def test_a_check_that_shares_takes_nothing(run):
    seen = []
    assert run(takes(OTHER, seen=seen)).turns == ()
    assert seen == [[], []]


@pytest.mark.parametrize(
    ("wanted", "word"), [((), "before it has taken its turn"), ((OTHER, GPU), "beside amd.com/gpu")]
)
def test_a_check_that_takes_nothing_or_twice_is_broken(api, run, wanted, word):
    """The one would meet others, the other could wait for one that waits for it."""
    result = run(takes(*wanted), exclusive=True, by_resource=True)
    assert (result.outcome, result.reason) == (Outcome.ERROR, Reason.PROBE_BROKE)
    assert word in result.message
    assert leases(api) == []
    assert api.store.items("namespaces") == []


def test_a_disruptive_check_looks_and_changes_nothing_where_it_is_not_allowed(api, run):
    def looks(bench):
        bench.backend = Backend("somebody", "for tests", {})
        bench.take(OTHER)
        pytest.fail("it goes on")
        yield

    result = run(looks, exclusive=True, by_resource=True, disruptive=True)
    assert (result.outcome, result.reason, result.backend) == (Outcome.SKIP, Reason.NOT_REQUESTED, "somebody")
    assert "allow_disruptive" in result.message
    assert api.asked("POST", "/leases") + api.asked("POST", "/namespaces") == []
