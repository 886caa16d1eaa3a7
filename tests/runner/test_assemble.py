"""From results to a report: nothing is silently absent, and nothing that did not run passes."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

import measured
from clusterproof import checklist
from clusterproof.model import Declaration, Outcome, Reason, Status
from clusterproof.report import overview
from clusterproof.runner import Ending, exit_code
from clusterproof.runner.source import own_notebooks, read
from measured import report, request, result

ALL = ("gang_scheduling", "dra_support", "ai_inference", "robust_controller")
CALLED = [name for path in own_notebooks() for name in read(path).requirements]
REST = [result(name) for name in CALLED if name not in ALL]
FOUR = [*map(result, ALL)]
PASSED = [*FOUR, *REST]


def outcomes(found):
    return {verdict.requirement.id: (verdict.outcome, verdict.reason) for verdict in found.verdicts}


def code(found, folder, **more):
    return exit_code(Ending(found, folder, interrupted=more.pop("interrupted", False)), **more)


@pytest.mark.parametrize("version", checklist.versions())
def test_every_requirement_of_the_checklist_is_in_the_report_once(tmp_path, version):
    found = report(request(tmp_path, checklist=version), PASSED)
    names = [verdict.requirement.id for verdict in found.verdicts]
    wanted = [item.id for item in checklist.requirements(version)]
    assert names[: len(wanted)] == wanted
    assert sorted(names) == sorted({*wanted, *CALLED})


def test_what_has_no_check_is_a_skip_that_says_so(tmp_path):
    found = outcomes(report(request(tmp_path), PASSED))
    rest = {pair for name, pair in found.items() if name not in CALLED}
    assert rest <= {(Outcome.SKIP, Reason.NO_CHECK)}
    assert {found[name] for name in ALL} == {(Outcome.PASS, Reason.CLAIMS_HOLD)}


def test_a_check_whose_notebook_left_no_result_is_an_error(tmp_path):
    found = report(request(tmp_path), [result("ai_inference")])
    assert outcomes(found)["gang_scheduling"] == (Outcome.ERROR, Reason.NO_RESULT)
    assert outcomes(found)["ai_inference"] == (Outcome.PASS, Reason.CLAIMS_HOLD)
    assert code(found, tmp_path) == 3


@pytest.mark.parametrize("reason", [Reason.KERNEL_DIED, Reason.INTERRUPTED, Reason.NOTEBOOK_BROKE])
def test_how_a_notebook_ended_is_the_reason_for_what_is_missing_and_earlier_results_stay(tmp_path, reason):
    found = report(request(tmp_path), [result("gang_scheduling")], training=(reason, "It ended so."))
    assert outcomes(found)["gang_scheduling"] == (Outcome.PASS, Reason.CLAIMS_HOLD)
    assert outcomes(found)["dra_support"] == (Outcome.ERROR, reason)
    assert "It ended so." in next(v.message for v in found.verdicts if v.requirement.id == "dra_support")


def test_only_leaves_out_the_rest_and_says_why(tmp_path):
    found = report(request(tmp_path, only=["dra_support"]), [result("dra_support")])
    assert [run.name for run in found.notebooks] == ["10_training"]
    assert outcomes(found)["ai_inference"] == (Outcome.SKIP, Reason.NOT_REQUESTED)
    assert outcomes(found)["gang_scheduling"] == (Outcome.SKIP, Reason.NOT_REQUESTED)
    assert outcomes(found)["pod_autoscaling"] == (Outcome.SKIP, Reason.NO_CHECK)
    assert code(found, tmp_path) == 0


def test_an_id_that_no_chosen_notebook_checks_is_said_to_be_so(tmp_path):
    found = report(request(tmp_path, only=["dra_support"], notebooks=["inference"]))
    [message] = [verdict.message for verdict in found.verdicts if verdict.requirement.id == "dra_support"]
    assert message == "None of this run's notebooks checks it: 20_inference."


@pytest.mark.parametrize(
    ("results", "more", "plain", "strict"),
    [
        (FOUR, {}, 0, 0),
        ([*FOUR[:3], result("robust_controller", Outcome.FAIL, Reason.CLAIM_FALSE)], {}, 1, 1),
        ([result("gang_scheduling"), result("dra_support", Outcome.FAIL, Reason.CLAIM_FALSE), *FOUR[2:]], {}, 0, 0),
        ([*FOUR[:3], result("robust_controller", Outcome.SKIP, Reason.FORBIDDEN)], {}, 0, 1),
        ([*FOUR[:3], result("robust_controller", Outcome.ERROR, Reason.PROBE_BROKE)], {}, 3, 3),
        (FOUR, {"left": ("Namespace x",)}, 3, 3),
        (FOUR, {"mlops": (Reason.NOTEBOOK_BROKE, "Cell 4 raised.")}, 3, 3),
        ([result("gang_scheduling", Outcome.FAIL, Reason.CLAIM_FALSE)], {}, 1, 1),
    ],
    ids=["passed", "MUST failed", "beyond failed", "skip", "error", "left", "notebook", "failed and errors"],
)
def test_exit_codes(tmp_path, results, more, plain, strict):
    found = report(request(tmp_path, only=ALL), results, **more)  # other MUSTs stay without an answer: nobody asked
    assert (code(found, tmp_path), code(found, tmp_path, strict=True)) == (plain, strict)


def test_strict_asks_for_an_answer_to_every_must_of_the_checklist_unless_some_are_named(tmp_path):
    open_one = result("accelerator_metrics", Outcome.SKIP, Reason.NOT_INSTALLED)
    results = [open_one if each.requirement == open_one.requirement else each for each in PASSED]
    whole, some = report(request(tmp_path), results), report(request(tmp_path, only=ALL), results)
    assert [code(found, tmp_path, strict=True) for found in (whole, some)] == [1, 0]
    skipped = [*FOUR[1:], result("gang_scheduling", Outcome.SKIP, Reason.NOT_INSTALLED)]
    assert code(report(request(tmp_path, only=ALL), skipped), tmp_path, strict=True) == 1


@pytest.mark.parametrize(
    ("name", "summary", "said", "strict"),
    [
        ("cluster_autoscaling", "conformant", "7 of 8 MUST requirements hold, 1 declared not applicable.", 0),
        (
            "pod_autoscaling",
            "partial",
            "7 of 8 MUST requirements hold, 1 declared not applicable though it applies everywhere.",
            1,
        ),
    ],
)
def test_a_must_that_applies_everywhere_is_not_answered_by_declaring_that_it_does_not(
    tmp_path, name, summary, said, strict
):
    declared = Declaration(name, Status.NOT_APPLICABLE, "The product is bare metal.", "Ada")
    asked = request(tmp_path)
    asked = replace(asked, platform=replace(asked.platform, declarations=(declared,)))
    skipped = result(name, Outcome.SKIP, Reason.NOT_INSTALLED)
    found = report(asked, [skipped if each.requirement == name else each for each in PASSED])
    assert (found.summary, overview.sentence(found)) == (summary, said)
    assert [code(found, tmp_path), code(found, tmp_path, strict=True)] == [0, strict]


def test_a_run_that_was_stopped_exits_3_whatever_it_has_seen(tmp_path):
    failed = [result(name, Outcome.FAIL, Reason.CLAIM_FALSE) for name in ALL]
    assert code(report(request(tmp_path), failed), tmp_path, interrupted=True) == 3
    assert measured.RUN


def test_the_command_that_repeats_a_run_asks_for_the_same(tmp_path):
    changes = {"gang_size": "4", "timeout_scale": "5"}
    asked = request(tmp_path, only=["gang_scheduling"], changes=changes, context="east side")
    words = overview.command(report(asked, PASSED))
    assert shlex.split(words) == [
        *("clusterproof", "run", "--platform", "cluster", "--checklist", "1.37"),
        *("--kubeconfig", "FILE", "--context", "east side", "--only", "gang_scheduling"),
        *("-p", "gang_size=4", "-p", "timeout_scale=5"),
    ]
    [verdict] = [each for each in report(asked, PASSED).verdicts if each.requirement.id == "ai_inference"]
    assert overview.command(report(asked, PASSED), [verdict]).endswith("--only ai_inference")
    assert "gang_scheduling" not in overview.command(report(asked, PASSED), [verdict])


def test_a_report_says_which_results_come_from_a_notebook_that_is_not_the_kits(tmp_path):
    own = next(path for path in own_notebooks() if "ai_inference" in read(path).requirements)
    copy = tmp_path / "theirs.ipynb"
    copy.write_text(own.read_text(encoding="utf-8"), encoding="utf-8")
    kits, theirs = (report(request(tmp_path, notebooks=[str(path)]), PASSED) for path in (own, copy))
    assert [note for note in kits.notes if "not the kit's own" in note] == []
    [note] = [note for note in theirs.notes if "not the kit's own" in note]
    assert "theirs" in note
