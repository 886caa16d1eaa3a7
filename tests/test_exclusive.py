"""The same accelerators are taken by one check at a time, and whoever was killed holds nobody up."""

from __future__ import annotations

import re
import threading
from itertools import permutations

import pytest

from clusterproof.cluster import exclusive, labels
from clusterproof.cluster.exclusive import NAME, PLACE, accelerators, lease_name
from clusterproof.cluster.sweep import sweep
from clusterproof.errors import ClusterError, Inconclusive
from clusterproof.model import Outcome, Reason
from fakes import Kind

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture(autouse=True)
def leases(api, monkeypatch):
    """Serve Leases, and let a holder that says nothing lose its own soon."""
    api.store.kinds.append(Kind("coordination.k8s.io/v1", "Lease", "leases"))
    monkeypatch.setattr(exclusive, "LASTS", 0.2)
    monkeypatch.setattr(exclusive, "RENEW_EVERY", 0.02)


def lease(api):
    return api.store.get("leases", PLACE, NAME)


def held_by(api, holder, *, run_id="other", renewed="now"):
    api.store.put({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": NAME, "namespace": PLACE, "labels": {labels.RUN: run_id}},
        "spec": {"holderIdentity": holder, "renewTime": renewed},
    })  # fmt: skip


def take(cluster, said=None, **more):
    return accelerators(cluster, "run-1", "gang_scheduling", (said if said is not None else []).append, **more)


def test_the_lease_is_held_for_the_body_and_gone_after_it(api, cluster):
    with take(cluster):
        found = lease(api)
        assert found["spec"]["holderIdentity"] == "run-1/gang_scheduling"
        assert found["metadata"]["labels"][labels.RUN] == "run-1"
    assert lease(api) is None


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_the_lease_is_given_back_however_the_body_ends(api, cluster, stop):
    with pytest.raises(stop), take(cluster):
        raise stop
    assert lease(api) is None


def test_a_holder_renews_and_keeps_it_while_others_wait(api, cluster, connect, monkeypatch):
    """The other one waits for longer than a Lease lasts without a renewal, and gets nothing."""
    monkeypatch.setattr(exclusive, "LASTS", 0.6)
    with take(cluster):
        mine = lease(api)["metadata"]["uid"]
        with (
            pytest.raises(Inconclusive) as caught,
            accelerators(connect(), "run-2", "dra_support", [].append, within=0.9),
        ):
            pytest.fail("two hold the accelerators")
        assert lease(api)["metadata"]["uid"] == mine
    assert (caught.value.outcome, caught.value.reason) == (Outcome.SKIP, Reason.NOT_ENOUGH_ACCELERATORS)
    assert "run-1/gang_scheduling" in caught.value.message


@pytest.mark.parametrize("within", [0.0, 0.05])
def test_whoever_has_no_time_to_wait_takes_nothing_from_a_holder(api, cluster, within):
    """A short wait has not seen that nobody renews."""
    held_by(api, "other/check")
    mine = lease(api)["metadata"]["uid"]
    with pytest.raises(Inconclusive), take(cluster, within=within):
        pytest.fail("two hold the accelerators")
    assert lease(api)["metadata"]["uid"] == mine


def test_a_lease_that_is_given_back_is_taken_at_once(api, cluster, monkeypatch):
    monkeypatch.setattr(exclusive, "LASTS", 600)
    held_by(api, "other/check")
    said = []
    later = threading.Timer(0.05, api.store.remove, [lease(api)])
    later.start()
    with take(cluster, said):
        assert lease(api)["spec"]["holderIdentity"] == "run-1/gang_scheduling"
    later.join()
    assert said == ["waiting for other/check, which holds the accelerators"]


def test_a_lease_that_nobody_renews_is_taken_over(api, cluster):
    held_by(api, "killed/check")
    with take(cluster):
        assert lease(api)["spec"]["holderIdentity"] == "run-1/gang_scheduling"
    assert lease(api) is None


def test_what_another_one_has_taken_over_is_neither_renewed_nor_given_back(api, cluster, monkeypatch):
    looked, looks = threading.Semaphore(0), exclusive._Lease._is_mine
    monkeypatch.setattr(exclusive._Lease, "_is_mine", lambda lease: (looks(lease), looked.release())[0])
    with take(cluster):
        api.store.remove(lease(api))
        for _ in range(2):  # a renewal that was under way may still reach the first one
            held_by(api, "other/check")
            assert all(looked.acquire(timeout=5) for _ in range(3)), "the holder does not look whose it is"
    assert lease(api)["spec"] == {"holderIdentity": "other/check", "renewTime": "now"}


def test_a_lease_that_may_not_be_made_is_an_error(api, cluster):
    api.answer(403, {"message": "may not"}, method="POST", path="/leases")
    with pytest.raises(ClusterError, match="may not"), take(cluster):
        pytest.fail("nobody may run without it")


def test_a_server_that_is_away_at_the_end_takes_nothing_back_from_the_body(api, cluster):
    with take(cluster):
        api.down()


def test_a_sweep_removes_the_lease_of_its_run_only(api, cluster):
    held_by(api, "other/check", run_id="other")
    assert sweep(cluster, "run-1") == ()
    assert lease(api)
    assert sweep(cluster, "other") == ()
    assert lease(api) is None


GPU, OTHER = "nvidia.com/gpu", "amd.com/gpu"


def held(api):
    return sorted(item["metadata"]["name"] for item in api.store.items("leases"))


def test_each_turn_has_a_lease_of_its_own_and_all_are_given_back(api, cluster):
    with take(cluster, turns=["", GPU, OTHER]):
        assert held(api) == [NAME, f"{NAME}-amd-com-gpu", f"{NAME}-nvidia-com-gpu"]
    assert held(api) == []


def test_checks_that_take_other_accelerators_do_not_wait_for_each_other(cluster, connect):
    said = []
    other = accelerators(connect(), "run-2", "cluster_autoscaling", said.append, turns=["", OTHER], within=0.0)
    with take(cluster, said, turns=[GPU]), other:
        assert said == []


@pytest.mark.parametrize("turns", [[GPU], ["", OTHER, GPU], [OTHER, GPU]])
def test_checks_that_have_a_turn_in_common_wait_and_hold_nothing_in_vain(api, cluster, connect, monkeypatch, turns):
    monkeypatch.setattr(exclusive, "LASTS", 600)
    with take(cluster, turns=[GPU, "made.up/device"]):
        mine = held(api)
        other = accelerators(connect(), "run-2", "accelerator_metrics", [].append, turns=turns, within=0.05)
        with pytest.raises(Inconclusive, match="run-1/gang_scheduling"), other:
            pytest.fail("two hold the accelerators")
        assert held(api) == mine


def test_however_turns_are_named_nobody_waits_for_ever(api, connect):
    """Each has what the next one wants; who took them in its own order would stop all of them."""
    took, orders = [], list(permutations(["", GPU, OTHER]))

    def one(number, order):
        with accelerators(connect(), f"run-{number}", "dra_support", [].append, turns=order, within=30):
            took.append(number)

    threads = [threading.Thread(target=one, args=each, daemon=True) for each in enumerate(orders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(took) == list(range(len(orders)))
    assert held(api) == []


LONG = "deviceclass.resource.kubernetes.io/" + "a" * 253


@pytest.mark.parametrize(
    "turn", ["", GPU, "claims", "example.com/A_b.C", "example.com/a..b", LONG, f"{'a-' * 126}b/c", LONG[:-1] + "b"]
)
def test_the_name_of_a_lease_is_one_that_the_server_takes(turn):
    name = lease_name(turn)
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name)
    assert len(name) <= 253
    assert name.startswith(NAME)


def test_names_that_were_cut_differ_where_the_turns_do():
    assert lease_name(LONG) != lease_name(LONG[:-1] + "b")
