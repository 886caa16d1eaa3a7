"""A mutant is caught only by the claim that it is there for; a proof with a gap is none; a stop leaves no testbed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading

import psutil
import pytest

import command
from clusterproof import paths, registry, testbed
from clusterproof.errors import Interrupted, TestbedError, UsageError
from clusterproof.model import CheckResult, Kind, Observation, Outcome, Reason
from clusterproof.prove import Proof, Trial, sabotage, trials
from clusterproof.prove import gate as gates
from clusterproof.prove.case import Case
from clusterproof.prove.gate import Gate, remove_leftovers
from clusterproof.prove.mutant import claims_elsewhere, mutants
from clusterproof.prove.page import as_data, write_page
from clusterproof.prove.proof import GOOD, Beds
from clusterproof.prove.stand import Ran
from clusterproof.testbed.addons.table import plan
from clusterproof.testbed.node import host
from clusterproof.testbed.spec import TIERS
from clusterproof.testbed.state import home
from proofs import own_state
from real_nodes import needs_real_nodes

HOSTILE = "</style><script>alert(1)</script>\x1b[31m"


def seen(claim, holds, kind=Kind.POSITIVE):
    return Observation(claim, "this", "that", holds, kind, "2026-11-24T10:00:00.000Z", 0.1)


def result(*observations, outcome=Outcome.PASS):
    return CheckResult("dra_support", "x", outcome, Reason.CLAIMS_HOLD, "why", tuple(observations))


PASSED = result(seen("one", holds=True), seen("two", holds=True, kind=Kind.NEGATIVE))
FAILED = result(seen("one", holds=True), seen("two", holds=False), outcome=Outcome.FAIL)


def trial(mutant=GOOD, expected="", outcome=PASSED, requirement="dra_support", **more):
    return Trial(requirement, mutant, "about", expected, outcome, **more)


@pytest.mark.parametrize(
    ("tried", "ok"),
    [
        (trial(), True),
        (trial(left=("Pod default/left",)), False),
        (trial(outcome=FAILED), False),
        (trial(outcome=result(outcome=Outcome.SKIP)), False),
        (trial(outcome=None, error="it did not start"), False),
        (trial("m", "two", FAILED), True),
        (trial("m", "one", FAILED), False),  # another claim than the expected one is false
        (trial("m", "two", PASSED), False),  # not caught
        (trial("m", "two", result(outcome=Outcome.ERROR)), False),
        (trial("m", "two", result(seen("one", holds=True), outcome=Outcome.SKIP)), False),
        (trial("m", "two", result(outcome=Outcome.UNKNOWN)), False),
        (trial("m", "two", None, error="it did not start"), False),
        (trial("m", "two", result(seen("one", holds=False), seen("two", holds=False), outcome=Outcome.FAIL)), False),
    ],
)
def test_a_trial_is_ok_only_by_a_clean_pass_or_by_the_expected_claim(tried, ok):
    assert tried.ok is ok


def test_what_was_seen_instead_is_said():
    assert trial("m", "two", FAILED).seen == "two"
    assert trial("m", "two", PASSED).seen == "PASS"
    assert trial("m", "two", result(outcome=Outcome.ERROR)).seen == "ERROR: why"
    assert trial("m", "two", None, error="no port").seen == "no result: no port"
    assert trial(left=("Pod a", "Pod b")).seen == "left behind: Pod a, Pod b"


CAUGHT = trial("m", "two", FAILED)


@pytest.mark.parametrize(
    ("tried", "requirements", "gaps"),
    [
        ((trial(), CAUGHT), ("dra_support",), ()),
        ((), (), ()),
        ((trial(),), ("dra_support",), ("dra_support has no mutant.",)),
        ((CAUGHT,), ("dra_support",), ("dra_support was not tried on a good testbed.",)),
        (
            (trial(), CAUGHT, trial(requirement="gang_scheduling")),
            ("dra_support", "gang_scheduling"),
            ("gang_scheduling has no mutant.",),
        ),
    ],
)
def test_a_proof_needs_a_good_testbed_and_a_mutant_for_each_requirement(tried, requirements, gaps):
    proof = Proof(tried, requirements)
    assert proof.gaps() == gaps
    assert proof.ok is (bool(tried) and not gaps)


def test_one_trial_that_is_not_as_expected_spoils_the_proof():
    assert not Proof((trial(), CAUGHT, trial("n", "two", PASSED)), ("dra_support",)).ok


def test_claims_that_no_mutant_turns_false_are_listed():
    tried = (trial(), CAUGHT, trial("n", "two", result(seen("one", holds=False), outcome=Outcome.FAIL)))
    assert Proof(tried, ("dra_support",)).unproved() == {"dra_support": ["one"]}


def test_a_claim_that_is_left_to_mutants_of_another_tier_is_told_apart_and_not_called_proved(tmp_path):
    claims = ("one", "two", "three")
    passed = result(*(seen(each, holds=True) for each in claims))
    proof = Proof((trial(outcome=passed), CAUGHT), ("dra_support",), elsewhere={("dra_support", "three"): "node"})
    assert proof.unproved() == {"dra_support": ["one"]}
    assert proof.left_to_others() == {"dra_support": {"three": "node"}}
    assert as_data(proof)["left_to_other_tiers"] == {"dra_support": {"three": "node"}}
    page = write_page(proof, tmp_path).read_text(encoding="utf-8")
    assert "1 of its claims that no mutant turns false yet" in page
    assert "1 of its claims that are left to the mutants of real nodes" in page
    assert "prove --tier node" in page


def test_what_only_mutants_of_the_other_tier_are_there_for_is_known():
    inside = "A container that asks for one accelerator as a resource sees and reaches one"
    key = ("secure_accelerator_access", inside)
    assert claims_elsewhere(["secure_accelerator_access"], "sim")[key] == "node"
    assert key not in claims_elsewhere(["secure_accelerator_access"], "node")
    assert key not in claims_elsewhere(["dra_support"], "sim")


def test_what_simulated_nodes_cannot_show_is_no_pass_on_real_ones():
    further = CheckResult("dra_support", "x", Outcome.SKIP, Reason.NEEDS_KUBELET, "why", PASSED.observations)
    assert trial(outcome=further).ok
    assert not trial(outcome=further, tier="node").ok
    assert trial(tier="node").ok


def test_the_page_is_one_safe_file_and_agrees_with_the_data(tmp_path):
    wrong = trial("m", HOSTILE, result(seen(HOSTILE + "other", holds=False), outcome=Outcome.FAIL))
    beds = Beds(2, (f"m: {HOSTILE} is new",))
    proof = Proof((trial(), wrong), ("dra_support", "gang_scheduling"), "2026-11-24T10:00:00.000Z", 61.0, beds)
    page = write_page(proof, tmp_path).read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "\x1b" not in page
    assert not re.search(r"(?:src|href)=[\"'](?!#)", page)
    for said in ("NOT PROVED", "SIMULATED", "1 of 2 trials", "gang_scheduling has no mutant.", "Seen instead:"):
        assert said in page
    assert "2 testbeds were started, 1 of them" in page
    assert json.loads((tmp_path / "prove.json").read_text(encoding="utf-8")) == as_data(proof)
    assert [each["ok"] for each in as_data(proof)["trials"]] == [True, False]


EVERY = [(each, tier) for tier in TIERS for each in mutants(tier=tier)]


@pytest.mark.parametrize(
    ("mutant", "tier"), EVERY, ids=[f"{each.requirement}-{each.name}-{tier}" for each, tier in EVERY]
)
def test_every_mutant_can_be_set_up(mutant, tier):
    case = Case(mutant.requirement, mutant, tier)
    spec = case.whole("prove-0-0")
    assert mutant.testbed or mutant.sabotage
    for addon in spec.addons:
        plan(addon, spec.addon_options.get(addon, {}))
    assert set(spec.addon_options) <= set(spec.addons)
    assert {verb for step in mutant.sabotage for verb in step} <= set(sabotage._VERBS)
    assert mutant.about.endswith(".")
    assert spec.tier == tier
    assert (case.begun("prove-0-0") == spec) == (case.restarts() == testbed.Spec())


def test_no_two_mutants_of_a_requirement_have_the_same_name():
    names = [(each.requirement, each.name) for each, _ in EVERY]
    assert len(names) == len(set(names))


def test_a_file_with_an_unknown_key_is_no_mutant(tmp_path):
    (tmp_path / "dra_support").mkdir()
    (tmp_path / "dra_support" / "odd.yaml").write_text("about: x\ncaught_by: y\nsabotages: []\n")
    with pytest.raises(UsageError, match=r"odd\.yaml is not a mutant"):
        mutants(folder=tmp_path)


def test_an_unknown_verb_of_sabotage_is_refused():
    with pytest.raises(UsageError, match="no sabotage 'explode'") as caught:
        sabotage.carry_out({"explode": {}}, None, None, [].append)
    assert "signal" in caught.value.next_step


def test_what_labels_select_is_deleted_and_nothing_else(api, cluster):
    for name in ("a", "b"):
        metadata = {"name": name, "namespace": "ns", "labels": {"x": name}}
        api.store.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    given = {"apiVersion": "v1", "kind": "ConfigMap", "labels": "x=a"}
    sabotage.carry_out({"delete": given}, None, cluster, [].append)
    assert [item["metadata"]["name"] for item in api.store.items("configmaps")] == ["b"]


@pytest.fixture
def stub(monkeypatch, tmp_path):
    """Give a function that says what comes of each mutant; no testbed is started."""
    monkeypatch.setenv("CLUSTERPROOF_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(testbed, "fetch", lambda _spec, **_options: {})

    def stub(outcome_of):
        monkeypatch.setattr(trials.Stand, "start", lambda _name, case, _gate, **_options: FakeStand(outcome_of, case))

    return stub


class FakeStand:
    """A bed that needs no processes; what comes of a case is given."""

    def __init__(self, outcome_of, case):
        self.begun = case.begun("fake")
        self._outcome_of = outcome_of

    def serves(self, case):
        return case.mutant is not None and case.begun("fake") == self.begun

    def run(self, case):
        return self._outcome_of(case.mutant)

    def restore(self):
        return ""

    def remove(self):
        """Nothing is there."""


def as_expected(mutant):
    if mutant is None:
        return Ran(PASSED)
    return Ran(result(seen("one", holds=True), seen(mutant.caught_by, holds=False), outcome=Outcome.FAIL))


def fail_to_start(mutant):
    if mutant is None:
        return Ran(PASSED)
    raise TestbedError("etcd died at start.")


@pytest.mark.parametrize(
    ("outcome_of", "code"),
    [
        (as_expected, 0),
        (lambda _mutant: Ran(PASSED), 1),
        (lambda mutant: as_expected(mutant) if mutant else Ran(PASSED, ("Pod default/left",)), 1),
        (lambda mutant: as_expected(mutant) if mutant else Ran(FAILED), 1),
        (lambda mutant: Ran(FAILED) if mutant else Ran(PASSED), 1),
        (lambda mutant: Ran(result(outcome=Outcome.ERROR)) if mutant else Ran(PASSED), 1),
        (fail_to_start, 1),
    ],
    ids=["proved", "not caught", "left behind", "good one fails", "wrong claim", "error", "does not start"],
)
def test_the_command_succeeds_only_if_everything_is_as_expected(stub, capsys, tmp_path, outcome_of, code):
    stub(outcome_of)
    said = command.main(capsys, "prove", "--only", "dra_support", "--json", "--out", tmp_path)
    assert said.code == code
    assert said.data["ok"] is (code == 0)
    assert len(said.data["trials"]) == 1 + len(mutants(["dra_support"]))
    assert json.loads((tmp_path / "prove.json").read_text()) == said.data


def test_a_bug_of_the_kits_own_ends_the_proof_and_is_no_trial(stub, capsys, tmp_path):
    def broken(_mutant):
        raise ZeroDivisionError

    stub(broken)
    said = command.main(capsys, "prove", "--only", "dra_support", "--out", tmp_path)
    assert said.code == 3
    assert "ZeroDivisionError" in said.err


def nothing_starts(*_):
    pytest.fail("a testbed would have been started")


@pytest.fixture
def possible(monkeypatch):
    """Let every tier be possible here, and one check be missing."""
    monkeypatch.setattr(host, "missing", list)
    monkeypatch.setattr(host, "crowded", list)
    few = tuple(each for each in registry.declared() if each.requirement != "workload_sandboxing")
    monkeypatch.setattr(registry, "declared", lambda: few)


@pytest.fixture
def reports(tmp_path, monkeypatch):
    """Give the folder where proofs are kept that are told no other one."""
    monkeypatch.setattr(paths, "reports", lambda: tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--only", "gang_schedulin"), "the nearest is 'gang_scheduling'"),
        (("--only", "workload_sandboxing"), "no check for workload_sandboxing"),
        (("--only", "dra_support", "--mutants", "devices_share"), "Did you mean 'devices_shared'?"),
        (("--only", "dra_support", "--out", __file__), "cannot be made"),
        (("--tier", "nod"), "no tier 'nod'"),
        (("--tier", "node", "--only", "gpu_sharing", "--mutants", "inside_al"), "Did you mean 'inside_all'?"),
        (("--tier", "node", "--only", "dra_support"), "No mutant of dra_support is for real nodes"),
    ],
)
@pytest.mark.usefixtures("possible")
def test_a_wrong_word_starts_nothing(stub, capsys, reports, words, told):
    stub(nothing_starts)
    said = command.main(capsys, "prove", *words)
    assert said.code == 2
    assert told in said.err
    assert said.out == ""
    assert list(reports.iterdir()) == []


def test_real_nodes_are_proved_on_where_there_can_be_some(stub, capsys, monkeypatch, tmp_path):
    stub(as_expected)
    monkeypatch.setattr(host, "missing", list)
    monkeypatch.setattr(host, "crowded", list)
    said = command.main(capsys, "prove", "--tier", "node", "--json", "--out", tmp_path)
    broken = mutants(tier="node")
    known = {each.requirement for each in broken}
    assert (said.code, said.data["tier"]) == (0, "node")
    assert {each["requirement"] for each in said.data["trials"]} == known
    assert len(said.data["trials"]) == len(known) + len(broken)
    assert "real nodes, devices without hardware" in (tmp_path / "prove.html").read_text(encoding="utf-8")


def test_without_what_real_nodes_need_nothing_is_proved_on_them(stub, capsys, monkeypatch, tmp_path):
    stub(nothing_starts)
    monkeypatch.setattr(host, "missing", lambda: ["root"])
    said = command.main(capsys, "prove", "--tier", "node", "--out", tmp_path / "new")
    assert said.code == 2
    assert not (tmp_path / "new").exists()
    assert "this machine lacks root." in said.err
    assert "--tier sim" in said.err


def test_a_shut_gate_lets_no_testbed_start(monkeypatch):
    gate = Gate()
    gate.shut()
    with pytest.raises(Interrupted), gate.starting("prove-0-0"):
        nothing_starts()


def test_a_testbed_is_started_once_there_is_room_for_it_or_none_has_come(monkeypatch):
    looks = iter([False, False, True])
    monkeypatch.setattr(gates, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(testbed, "has_room", lambda tier: next(looks) if tier == "node" else nothing_starts())
    with Gate().starting("prove-0-0", "node"):
        assert list(looks) == []
    monkeypatch.setattr(testbed, "has_room", lambda _tier: False)
    monkeypatch.setattr(gates, "ROOM_WITHIN", 0.0)
    with Gate().starting("prove-0-0", "node"):
        pass
    gate = Gate()
    gate.shut()
    monkeypatch.setattr(gates, "ROOM_WITHIN", 60.0)
    with pytest.raises(Interrupted), gate.starting("prove-0-0", "node"):
        nothing_starts()


def test_shutting_the_gate_waits_for_a_testbed_that_is_just_being_started(monkeypatch):
    order, inside, go_on = [], threading.Event(), threading.Event()
    monkeypatch.setattr(testbed, "down", order.append)
    gate = Gate()

    def start():
        with gate.starting("prove-0-0"):
            inside.set()
            go_on.wait(10)
            order.append("started")

    starter = threading.Thread(target=start)
    starter.start()
    assert inside.wait(10)
    shutter = threading.Thread(target=gate.shut)
    shutter.start()
    go_on.set()
    shutter.join(10)
    starter.join(10)
    assert order == ["started", "prove-0-0"]


def test_once_the_gate_is_shut_nobody_else_removes_a_testbed(monkeypatch):
    removed = []
    monkeypatch.setattr(testbed, "down", removed.append)
    gate = Gate()
    for name in ("prove-0-0", "prove-0-1"):
        with gate.starting(name):
            pass
    gate.remove("prove-0-0")
    gate.shut()
    gate.remove("prove-0-1")
    assert removed == ["prove-0-0", "prove-0-0", "prove-0-1"]


def test_testbeds_of_a_killed_proof_are_removed_and_those_of_another_one_stay(tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    with own_state(tmp_path):
        for name in (f"prove-{gone.pid}-0", f"prove-{os.getpid()}-0", "prove", "default"):
            (home() / name).mkdir(parents=True)
        remove_leftovers()
        assert [each.name for each in testbed.statuses()] == ["default", "prove", f"prove-{os.getpid()}-0"]


@pytest.mark.live
def test_the_command_proves_one_check_by_one_mutant(tmp_path):
    environment = {"CLUSTERPROOF_STATE": str(tmp_path / "state")}
    words = ("prove", "--only", "dra_support", "--mutants", "selectors_dropped", "--out", tmp_path)
    said = command.run(*words, env=environment)
    assert said.code == 0, said.err
    assert "Proved: 2 of 2 trials" in said.out
    assert "(SIMULATED)" in (tmp_path / "prove.html").read_text(encoding="utf-8")
    assert not left_in(tmp_path / "state")


@pytest.mark.live
@needs_real_nodes
def test_the_command_proves_a_check_inside_containers(tmp_path):
    environment = {"CLUSTERPROOF_STATE": str(tmp_path / "state")}
    words = ("prove", "--tier", "node", "--only", "driver_runtime_management", "--mutants", "inside_silent")
    said = command.run(*words, "--out", tmp_path, env=environment)
    assert said.code == 0, said.err
    assert "Proved: 2 of 2 trials" in said.out
    assert not left_in(tmp_path / "state")


@pytest.mark.live
def test_a_mutant_that_names_another_claim_is_not_proved(tmp_path, monkeypatch):
    lies = tmp_path / "mutants" / "dra_support"
    lies.mkdir(parents=True)
    true = (paths.mutants() / "dra_support" / "selectors_dropped.yaml").read_text()
    (lies / "wrong.yaml").write_text(re.sub(r"caught_by: .*", "caught_by: That pod is bound", true))
    monkeypatch.setattr(paths, "mutants", lambda: tmp_path / "mutants")
    with own_state(tmp_path / "state"):
        proof = trials.prove(["dra_support"], lambda _line: None)
    assert [each.ok for each in proof.trials] == [True, False]
    assert proof.trials[1].seen == "A pod gets the one device that satisfies its selector"
    assert not left_in(tmp_path / "state")


@pytest.mark.live
@pytest.mark.parametrize(
    ("number", "moment"), [(signal.SIGINT, "spec.json"), (signal.SIGTERM, "ready")], ids=["starting", "running"]
)
def test_a_proof_that_is_stopped_leaves_no_testbed(tmp_path, number, moment):
    environment = {"CLUSTERPROOF_STATE": str(tmp_path / "state")}
    with command.started("prove", "--only", "gang_scheduling", "--out", tmp_path, env=environment) as process:
        while not list((tmp_path / "state").glob(f"testbeds/prove-*/{moment}")):
            assert process.poll() is None
        process.send_signal(number)
        said = command.ended(process)
    assert said.code == 3
    assert f"Stopped by {number.name}" in said.err
    assert not left_in(tmp_path / "state")


def left_in(state):
    """Return the folders of testbeds and the processes that name one of them."""
    folders = list((state / "testbeds").iterdir()) if (state / "testbeds").exists() else []
    argvs = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    return [*folders, *(argv for argv in argvs if any(f"{state}/testbeds/" in word for word in argv))]
