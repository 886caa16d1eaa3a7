"""A result stays honest whatever the server does meanwhile: refuse, go away, cut a watch, keep what should go."""

from __future__ import annotations

import pytest

from clusterproof.model import Outcome, Reason
from clusterproof.parameters import Values
from fakes import pod
from fakes.checks import config_map, false, gives_up, good, negative, positive, raises

pytestmark = pytest.mark.usefixtures("quick")


@pytest.mark.parametrize(
    ("status", "message", "ends"),
    [
        (403, "may not", (Outcome.SKIP, Reason.FORBIDDEN)),
        (403, "exceeded quota: small", (Outcome.SKIP, Reason.QUOTA)),
        (403, 'violates PodSecurity "restricted:latest"', (Outcome.SKIP, Reason.POLICY_DENIED)),
        (404, "not found", (Outcome.ERROR, Reason.PROBE_BROKE)),
        (409, "already exists", (Outcome.ERROR, Reason.PROBE_BROKE)),
        (422, "spec.x: unknown", (Outcome.ERROR, Reason.PROBE_BROKE)),
        (500, "etcd is gone", (Outcome.ERROR, Reason.PROBE_BROKE)),
    ],
)
def test_a_refused_create_is_no_verdict_on_the_cluster(api, run, status, message, ends):
    api.answer(status, {"message": message}, method="POST", path="/configmaps")
    result = run(good)
    assert (result.outcome, result.reason) == ends
    assert message in result.message
    assert api.store.items("namespaces") == []


def test_a_server_that_goes_away_at_the_end_gives_no_pass(api, run):
    def away(bench):
        yield from good(bench)
        api.down()

    result = run(away)
    assert (result.outcome, result.reason) == (Outcome.ERROR, Reason.CLEANUP_FAILED)


def test_a_server_that_goes_away_at_the_end_takes_back_no_false_claim(api, run):
    def away(bench):
        config_map(bench)
        api.down()
        yield positive(bench, holds=False)

    assert run(away).outcome is Outcome.FAIL


@pytest.mark.parametrize("happens", [True, False])
@pytest.mark.parametrize("verb", ["eventually", "throughout"])
def test_a_server_that_is_away_when_a_wait_ends_gives_an_error_whatever_was_seen(api, run, verb, happens):
    def away(bench):
        yield positive(bench)
        yield negative(bench)
        config_map(bench)
        api.down()
        limit = {"within" if verb == "eventually" else "window": 0.02}
        yield getattr(bench, verb)("It happens", lambda: happens, equals=True, **limit)

    result = run(away)
    assert (result.outcome, result.reason) == (Outcome.ERROR, Reason.CLUSTER_UNREACHABLE)
    assert len(result.observations) == 2


def test_what_cannot_be_removed_makes_a_pass_an_error_that_names_it(api, run):
    api.answer(403, {"message": "may not delete"}, method="DELETE", path="/configmaps/thing")
    result = run(good)
    assert (result.outcome, result.reason) == (Outcome.ERROR, Reason.CLEANUP_FAILED)
    assert "ConfigMap thing: may not delete" in result.message


def test_one_object_that_cannot_be_removed_keeps_no_other(api, run, made):
    def two(bench):
        config_map(bench, "first")
        config_map(bench, "second")
        yield positive(bench)
        yield negative(bench)

    api.answer(403, {"message": "no"}, method="DELETE", path="/configmaps/second")
    api.answer(403, {"message": "no"}, method="DELETE", path="/namespaces/[^/]*$")
    run(two)
    assert [name for name in made() if name in {"first", "second"}] == ["second"]


def test_what_cannot_be_removed_takes_back_no_false_claim(api, run):
    api.answer(403, {"message": "no"}, method="DELETE", times=9)
    assert run(false).outcome is Outcome.FAIL


@pytest.mark.parametrize(("body", "stays"), [(false, True), (good, False), (raises, False), (gives_up, False)])
def test_what_a_failed_check_made_stays_where_the_user_wants_to_look_at_it(run, made, body, stays):
    run(body, keep_on_failure=True)
    assert ("thing" in made()) is stays
    assert run.session.close() == ()
    assert ("thing" in made()) is stays


def test_closing_removes_what_checks_have_left_and_names_what_stays(api, run, made):
    run(false, keep_on_failure=True)
    run.session.values = Values()
    [namespace] = [item for item in api.store.items("namespaces") if item["metadata"]["name"] in made()]
    api.answer(403, {"message": "no"}, method="DELETE", path=namespace["metadata"]["name"])
    assert run.session.close(within=0.02) == (f"Namespace {namespace['metadata']['name']}",)
    assert run.session.close(within=5) == ()
    assert made() == []


NODES = {"real": "v1.37.0", "kwok": "kwok-v0.7.0"}


def node(name):
    info = {"kubeletVersion": NODES[name]}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": {"nodeInfo": info}}


@pytest.mark.parametrize(
    ("nodes", "used", "simulated"),
    [
        (["real"], "real", False),
        (["kwok"], "kwok", True),
        (["kwok", "real"], "kwok", True),
        (["kwok", "real"], "real", False),
        (["kwok", "real"], "", True),
        (["real"], "", False),
    ],
)
def test_a_result_is_simulated_if_a_pod_of_it_ran_where_no_kubelet_is(api, run, nodes, used, simulated):
    for name in nodes:
        api.store.put(node(name))

    def runs(bench):
        namespace = bench.ledger.namespace()
        if used:
            item = pod("a", used, namespace=namespace)
            api.store.put(item)
            yield bench.eventually("A pod runs", lambda: len(bench.ledger.items("Pod")), equals=1)
            api.store.remove(item)  # a pod that is gone was there all the same
            yield bench.eventually("It is gone", lambda: len(bench.ledger.items("Pod")), equals=0)
        yield positive(bench)
        yield negative(bench)

    result = run(runs)
    assert (result.outcome, result.simulated) == (Outcome.PASS, simulated)


def test_a_node_that_cannot_be_asked_any_more_counts_as_simulated(api, run):
    api.store.put(node("kwok"))
    api.store.put(node("real"))
    api.answer(500, {"message": "no"}, path="/nodes/real", times=9)

    def runs(bench):
        api.store.put(pod("a", "real", namespace=bench.ledger.namespace()))
        yield bench.eventually("A pod runs", lambda: len(bench.ledger.items("Pod")), equals=1)
        yield negative(bench)

    assert run(runs).simulated


ENDS = ["eof", "half", "reset"]  # after which the server tells what happened meanwhile
LOSSES = ["gone", "nonsense"]  # after which a list tells of the end only


@pytest.mark.parametrize(
    ("transient", "how"), [*((False, how) for how in ENDS + LOSSES), *((True, how) for how in ENDS)]
)
def test_a_check_comes_to_the_same_verdict_wherever_its_watch_is_cut(api, run, how, transient):
    """Two pods get bound; in the other story a third one is bound for as long as one event lasts."""

    def story(namespace):
        bound_for_a_moment = [pod("c", "n9")] if transient else []
        changes = [pod("a"), pod("a", "n1"), pod("b"), pod("c"), *bound_for_a_moment, pod("b", "n1")]
        for item in changes:
            item["metadata"]["namespace"] = namespace
        api.store.play([*((api.store.put, item) for item in changes), (api.store.remove, changes[3])])

    def check(bench):
        told = []

        def bound():
            return [item["metadata"]["name"] for item in bench.ledger.items("Pod") if item["spec"].get("nodeName")]

        def probe():
            if not told:
                told.append(story(bench.ledger.namespace()))
            return "c" in bound()

        bench.ledger.namespace()
        yield bench.throughout("The third pod is never bound", probe, equals=False)
        yield bench.eventually("Two pods are bound", bound, equals=["a", "b"])

    for after in range(9):
        api.cut(after, how)
        result = run(check)
        wanted = (Outcome.FAIL, 1) if transient else (Outcome.PASS, 2)
        assert (result.outcome, len(result.observations)) == wanted, f"cut after {after} events"
        api._cuts.clear()


def test_a_run_asks_for_no_whole_collection_and_lets_no_unknown_field_pass(api, run):
    run(good)
    run.session.close()
    plurals = {kind.plural for kind in api.store.kinds}
    lists = [each for each in api.asked("GET") if each.path.rpartition("/")[2] in plurals]
    assert len(lists) > 5
    assert {each.query.get("limit") for each in lists} == {"500"}
    assert [each.query for each in api.asked("POST")] == [{"fieldValidation": "Strict"}] * 2
