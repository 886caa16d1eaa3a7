"""Whatever a check does, its result is honest and what it made is removed: nothing that did not run is ever a PASS."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest

from clusterproof import registry
from clusterproof.errors import ClusterError, Inconclusive
from clusterproof.model import Outcome, Reason
from clusterproof.notebook.session import Session
from clusterproof.parameters import Values
from fakes import Kind as Served
from fakes.checks import SECRET, config_map, false, gives_up, good, negative, positive, raises

pytestmark = pytest.mark.usefixtures("quick")

NEEDS = ("create namespaces", "create jobs.batch")


def silent(bench):
    config_map(bench)
    yield from ()


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


@pytest.mark.parametrize("heard", [KeyboardInterrupt, None])
@pytest.mark.parametrize("raised", [RuntimeError, None])
def test_what_a_check_puts_right_is_right_before_its_result_is_there(run, heard, raised):
    done = []

    def lends(bench):
        try:
            yield positive(bench, holds=heard is not None)
        finally:
            done.append(len(run.session.results))
            if raised:
                raise raised("later")

    def hear(told):
        if told[0] == "observation" and heard:
            raise heard

    run.told = SimpleNamespace(append=hear)
    with pytest.raises(heard) if heard else nullcontext():
        run(lends)
    assert done == [0]


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


def test_inconclusive_words_become_the_outcome(run):
    def stops(bench):
        raise Inconclusive("SKIP", "not_installed", f"Bearer {SECRET} is missing")
        yield

    result = run(stops)
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.NOT_INSTALLED)
    assert SECRET not in result.message


def test_a_result_holds_the_pictures_that_were_drawn_until_a_claim_was_false(run):
    def draws(bench):
        bench.album.begin("Objects", "objects").follow("made", lambda: len(bench.ledger.items("ConfigMap")))
        config_map(bench)
        yield bench.eventually("It has been seen", lambda: len(bench.ledger.items("ConfigMap")), equals=1)
        bench.album.begin("Nothing", "objects")
        yield positive(bench)
        yield negative(bench, holds=False)

    [picture] = run(draws).pictures
    assert picture.title == "Objects"
    assert [value for _, value in picture.series[0].points] == [0, 1, 1]
