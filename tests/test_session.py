"""Whatever a check does, its result is honest and what it made is removed: nothing that did not run is ever a PASS."""

from __future__ import annotations

import pytest

from clusterproof import registry
from clusterproof.cluster import labels
from clusterproof.errors import ClusterError, Inconclusive
from clusterproof.model import Check, Kind, Outcome, Reason
from clusterproof.notebook.session import Session
from clusterproof.parameters import Values
from clusterproof.registry import Registered
from fakes import pod

pytestmark = pytest.mark.usefixtures("quick")

SECRET = "s3cr3t-s3cr3t-s3cr3t"  # noqa: S105 - of nobody
NEEDS = ("create namespaces", "create jobs.batch")


def positive(bench, *, holds=True):
    return bench.observe("It works", expected=1, actual=1, holds=holds)


def negative(bench, *, holds=True):
    return bench.observe("It refuses", expected=1, actual=1, holds=holds, kind=Kind.NEGATIVE)


@pytest.fixture
def run(cluster, monkeypatch):
    """Give a function that runs checks, written as functions, and keeps the session in `run.session`."""

    def run(*bodies, needs=(), disruptive=False, **values):
        checks = [
            Registered(Check("gang_scheduling", body.__name__, "", needs, "", disruptive), body) for body in bodies
        ]
        monkeypatch.setattr(registry, "load", lambda _: tuple(checks))
        run.session = Session(cluster, Values(window=0.02, **values), "run-1", lambda *told: run.told.append(told))
        return run.session.run("gang_scheduling")

    run.told = []
    return run


@pytest.fixture
def made(api):
    """Give a function that names what is there in the cluster and carries the label of a run."""

    def made():
        plurals = [kind.plural for kind in api.store.kinds]
        return sorted(item["metadata"]["name"] for each in plurals for item in api.store.items(each, labels=labels.RUN))

    return made


def config_map(bench, name="thing"):
    bench.ledger.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}, name=name)


def good(bench):
    config_map(bench)
    yield positive(bench)
    yield negative(bench)


def false(bench):
    config_map(bench)
    yield positive(bench)
    yield negative(bench, holds=False)


def raises(bench):
    config_map(bench)
    yield positive(bench)
    yield negative(bench)
    raise KeyError(f"HF_TOKEN={SECRET}")


def silent(bench):
    config_map(bench)
    yield from ()


def gives_up(bench):
    config_map(bench)
    yield positive(bench)
    yield negative(bench)
    bench.skip(Reason.QUOTA, "No room.")


def knows_nothing(bench):
    config_map(bench)
    yield positive(bench)
    bench.unknown("Never seen such a thing.")


def no_negative(bench):
    config_map(bench)
    yield positive(bench)


def no_generator(bench):
    config_map(bench)
    return positive(bench)


def returns_nothing(bench):
    config_map(bench)


def yields_words(bench):
    config_map(bench)
    yield positive(bench)
    yield negative(bench)
    yield "and a good day"


ENDINGS = [
    (good, Outcome.PASS, Reason.CLAIMS_HOLD),
    (false, Outcome.FAIL, Reason.CLAIM_FALSE),
    (raises, Outcome.ERROR, Reason.PROBE_BROKE),
    (silent, Outcome.ERROR, Reason.NO_OBSERVATIONS),
    (gives_up, Outcome.SKIP, Reason.QUOTA),
    (knows_nothing, Outcome.UNKNOWN, Reason.UNKNOWN_DEVICE),
    (no_negative, Outcome.ERROR, Reason.NO_NEGATIVE),
    (no_generator, Outcome.ERROR, Reason.PROBE_BROKE),
    (returns_nothing, Outcome.ERROR, Reason.PROBE_BROKE),
    (yields_words, Outcome.ERROR, Reason.PROBE_BROKE),
]


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending[0].__name__)
def test_every_ending_has_its_outcome_and_leaves_nothing_behind(api, run, made, ending):
    body, *decided = ending
    result = run(body)
    assert [result.outcome, result.reason] == decided
    assert len(api.asked("POST", "/configmaps")) == 1, "nothing was made, so nothing is proved"
    assert made() == []
    assert run.session.results == [result]
    assert run.told[-1] == ("result", result)


def test_what_a_broken_check_saw_and_why_it_broke_is_kept_without_its_secrets(run):
    result = run(raises)
    assert [seen.claim for seen in result.observations] == ["It works", "It refuses"]
    assert "KeyError" in result.message
    [trace] = [piece for piece in result.evidence if piece.title == "Traceback"]
    assert "in raises" in trace.body
    assert SECRET not in trace.body + result.message


def test_a_check_ends_at_its_first_false_claim(run):
    reached = []

    def goes_on(bench):
        yield positive(bench, holds=False)
        reached.append(1)
        yield positive(bench)
        yield negative(bench)

    result = run(goes_on)
    assert (result.outcome, len(result.observations), reached) == (Outcome.FAIL, 1, [])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("raised", [RuntimeError, ClusterError, None])
def test_a_false_claim_is_not_healed_by_what_the_check_does_when_it_is_ended(run, made, raised):
    def heals(bench):
        try:
            config_map(bench)
            yield positive(bench, holds=False)
        finally:
            if raised:
                raise raised("later")
            yield positive(bench)
            yield negative(bench)

    result = run(heals)
    assert (result.outcome, result.reason, len(result.observations)) == (Outcome.FAIL, Reason.CLAIM_FALSE, 1)
    assert made() == []


@pytest.mark.parametrize("holds", [None, 1, "yes", [True]])
def test_only_true_is_true(run, holds):
    from dataclasses import replace

    def odd(bench):
        yield replace(positive(bench), holds=holds)
        yield negative(bench)

    assert run(odd).outcome is Outcome.FAIL


def test_a_check_that_swallows_its_errors_is_judged_by_what_it_yields(api, run):
    def swallows(bench):
        try:
            bench.cluster.call("GET", "/nothing")
        except ClusterError:
            yield positive(bench)

    assert run(swallows).reason is Reason.NO_NEGATIVE


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_an_interrupt_gets_out_after_everything_is_removed_and_kept(run, made, stop, after):
    def interrupted(bench):
        config_map(bench)
        yield from [positive(bench), negative(bench)][:after]
        raise stop

    with pytest.raises(stop):
        run(interrupted)
    [result] = run.session.results
    assert (result.outcome, result.reason) == (Outcome.ERROR, Reason.INTERRUPTED)
    assert len(result.observations) == after
    assert made() == []


def test_an_interrupt_in_the_middle_of_a_wait_cleans_up_too(run, made):
    def interrupted(bench):
        config_map(bench)

        def probe():
            raise KeyboardInterrupt

        yield bench.eventually("It happens", probe, equals=1)

    with pytest.raises(KeyboardInterrupt):
        run(interrupted)
    assert run.session.results[0].reason is Reason.INTERRUPTED
    assert made() == []


def test_a_missing_right_is_a_skip_that_names_verb_and_resource_and_nothing_is_made(api, run):
    api.denied = {("create", "jobs")}
    result = run(good, needs=NEEDS)
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.FORBIDDEN)
    assert "create jobs.batch" in result.message
    assert "namespaces" not in result.message
    assert api.asked("POST", "/configmaps") + api.asked("POST", "/namespaces") == []


def test_a_check_whose_rights_are_all_there_runs(run):
    assert run(good, needs=NEEDS).outcome is Outcome.PASS


def test_a_disruptive_check_runs_only_where_it_is_allowed(api, run):
    result = run(good, disruptive=True)
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.NOT_REQUESTED)
    assert "allow_disruptive" in result.message
    assert api.asked("POST") == []
    assert run(good, disruptive=True, allow_disruptive=True).outcome is Outcome.PASS


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


def test_a_requirement_without_a_check_is_a_skip_that_says_so(cluster):
    result = Session(cluster, Values()).run("gpu_sharing_of_nobody")
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.NO_CHECK)


@pytest.mark.parametrize("error", [SyntaxError("bad"), ImportError("no"), RuntimeError("broken")])
def test_a_check_that_cannot_be_imported_is_an_error(cluster, monkeypatch, error):
    def load(_):
        raise error

    monkeypatch.setattr(registry, "load", load)
    result = Session(cluster, Values()).run("gang_scheduling")
    assert (result.outcome, result.reason) == (Outcome.ERROR, Reason.PROBE_BROKE)
    assert str(error) in result.message


@pytest.mark.parametrize(
    ("bodies", "outcome"),
    [((good, false), Outcome.FAIL), ((raises, false, good), Outcome.FAIL), ((good, raises), Outcome.ERROR),
     ((good, gives_up), Outcome.SKIP), ((good, good), Outcome.PASS)],
)  # fmt: skip
def test_of_several_checks_the_worst_decides_and_all_are_kept(run, bodies, outcome):
    assert run(*bodies).outcome is outcome
    assert [result.check for result in run.session.results] == [body.__name__ for body in bodies]


def test_a_result_holds_what_was_sent_read_and_seen_without_its_secrets(run, api):
    from fakes import Kind as Served

    api.store.kinds.append(Served("v1", "Secret", "secrets"))

    def secret(bench):
        item = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"x": SECRET}}
        bench.ledger.create(item, name="s")
        yield bench.eventually("It is there", lambda: len(bench.ledger.items("Secret")), equals=1)
        yield negative(bench)

    result = run(secret)
    bodies = {piece.title: piece.body for piece in result.evidence}
    assert set(bodies) >= {"Objects as sent", "Objects as last read back", "What the watches saw"}
    assert "kind: Secret" in bodies["Objects as sent"]
    assert "clusterproof.dev/run-id: run-1" in bodies["Objects as sent"]
    assert SECRET not in repr(result)
    assert result.started.endswith("Z")
    assert result.took >= 0


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


def test_inconclusive_words_become_the_outcome(run):
    def stops(bench):
        raise Inconclusive("SKIP", "not_installed", f"Bearer {SECRET} is missing")
        yield

    result = run(stops)
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.NOT_INSTALLED)
    assert SECRET not in result.message


@pytest.mark.parametrize("how", ["eof", "half", "reset", "gone", "nonsense"])
@pytest.mark.parametrize("transient", [False, True])
def test_a_check_comes_to_the_same_verdict_wherever_its_watch_is_cut(api, run, how, transient):
    """Two pods get bound; in the other story a third one is bound for as long as one event lasts."""
    if transient and how in {"gone", "nonsense"}:
        return  # a list tells of the end only: what the server itself has forgotten cannot be seen

    def story(namespace):
        changes = [
            pod("a"),
            pod("a", "n1"),
            pod("b"),
            pod("c"),
            *([pod("c", "n9")] if transient else []),
            pod("b", "n1"),
        ]
        for item in changes:
            item["metadata"]["namespace"] = namespace
        api.store.play([*((api.store.put, item) for item in changes), (api.store.remove, changes[3])])

    def check(bench):
        bound = lambda: [item["metadata"]["name"] for item in bench.ledger.items("Pod") if item["spec"].get("nodeName")]  # noqa: E731
        told = []

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
