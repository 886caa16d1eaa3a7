"""Runs and checklists beside each other: flips are found, noise is none, and nothing is answered that was not seen."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from clusterproof import checklist, paths
from clusterproof.compare import Runs, differences, open_runs, remarks, unlike
from clusterproof.compare.gap import Step, gap
from clusterproof.compare.gap_page import as_data, page
from clusterproof.errors import KitError, UsageError
from clusterproof.model import Kind, Level, Outcome, Status
from clusterproof.report.digests import WITHOUT
from measured import RUN
from recorded import everything, measured, report_of, run_folder

HOSTILE = "<script>alert(1)</script>"


def pair(tmp_path, *later, **changes):
    return report_of(tmp_path, everything()), report_of(tmp_path, everything(*later), **changes)


def test_equal_runs_have_no_change(tmp_path):
    assert all(change.same for change in differences(*pair(tmp_path)))
    assert unlike(*pair(tmp_path)) == []


def test_a_must_that_fails_now_comes_first_and_is_worse(tmp_path):
    found = differences(
        *pair(tmp_path, measured("gpu_sharing", Outcome.SKIP), measured("robust_controller", Outcome.FAIL, actual=3))
    )
    assert [(c.requirement.id, c.worse, c.flipped) for c in found[:2]] == [
        ("robust_controller", True, True),
        ("gpu_sharing", True, True),
    ]
    [claim] = found[0].claims
    assert (claim.claim, claim.flipped) == ("every pod of a gang that fits is bound", True)
    assert (claim.before.actual, claim.after.actual) == (4, 3)


def test_a_value_that_moves_within_a_claim_is_no_flip_and_comes_after_flips(tmp_path):
    found = differences(*pair(tmp_path, measured("ai_inference", actual=5), measured("gang_scheduling", Outcome.FAIL)))
    assert [change.requirement.id for change in found[:2]] == ["gang_scheduling", "ai_inference"]
    assert not found[1].flipped
    assert not found[1].worse
    assert [each.flipped for each in found[1].claims] == [False]


def test_ids_of_runs_in_names_make_no_difference_and_other_names_do(tmp_path):
    def seen(name):
        return report_of(tmp_path, everything(measured("gang_scheduling", actual=[name])))

    one, same, other = map(seen, ("a-20261126-095602-350e54", "a-20261126-075945-2981bc", "b-20261126-095602-350e54"))
    assert all(change.same for change in differences(one, same))
    assert not all(change.same for change in differences(one, other))


def test_what_is_better_now_is_a_flip_and_not_worse(tmp_path):
    before, after = pair(tmp_path)
    before = report_of(tmp_path, everything(measured("gang_scheduling", Outcome.FAIL, actual=1)))
    first = differences(before, after)[0]
    assert (first.requirement.id, first.flipped, first.worse) == ("gang_scheduling", True, False)


def test_a_claim_made_twice_is_matched_in_its_order(tmp_path):
    twice = measured("gang_scheduling")
    twice = replace(twice, observations=twice.observations[:1] * 2 + twice.observations[1:])
    later = replace(
        twice, observations=(twice.observations[0], replace(twice.observations[1], actual=7), *twice.observations[2:])
    )
    [change] = [c for c in differences(report_of(tmp_path, [twice]), report_of(tmp_path, [later])) if c.claims]
    assert [(each.before.actual, each.after.actual) for each in change.claims] == [(4, 7)]


def test_what_makes_two_runs_unlike_is_named(tmp_path):
    found = unlike(*pair(tmp_path, kit_version="9", simulated=True, parameters={"window": 1}))
    assert [words.split(" ", 1)[0] for words in found] == ["kit", "simulated", "parameters"]


def test_a_level_a_status_a_reason_and_a_message_that_change_are_named(tmp_path):
    before = report_of(tmp_path, everything(), "1.33")
    after = report_of(tmp_path, everything(measured("dra_support", Outcome.SKIP)), "1.34")
    [change] = [each for each in differences(before, after) if each.requirement.id == "dra_support"]
    assert [(each.name, *each.words(100)) for each in change.fields] == [
        ("level", "SHOULD", "MUST"),
        ("status", "Implemented", "blank"),
        ("reason", "claims_hold", "not_installed"),
        ("message", "All 2 claims hold.", "Not there."),
    ]
    assert not change.same


def test_another_message_alone_is_a_change_and_comes_after_flips_and_before_what_is_the_same(tmp_path):
    skipped = measured("gpu_sharing", Outcome.SKIP)
    before = report_of(tmp_path, everything(skipped))
    found = differences(
        before,
        report_of(tmp_path, everything(replace(skipped, message="No driver."), measured("ai_inference", Outcome.FAIL))),
    )
    assert [change.requirement.id for change in found[:2]] == ["ai_inference", "gpu_sharing"]
    assert [each.name for each in found[1].fields] == ["message"]
    assert all(change.same for change in found[2:])


def test_a_message_with_the_runs_own_id_is_no_other_message(tmp_path):
    def said(name):
        result = replace(measured("gpu_sharing", Outcome.SKIP), message=f"Not there in {name}.")
        return report_of(tmp_path, everything(result))

    assert all(change.same for change in differences(*map(said, ("20261126-095602-350e54", "20261126-075945-2981bc"))))


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"expected": 5}, ("expected", "4", "5")), ({"kind": Kind.CONTROL}, ("kind", "positive", "control"))],
)
def test_a_claim_that_asks_otherwise_is_a_change_though_the_same_was_seen(tmp_path, changed, field):
    result = measured("gang_scheduling")
    later = replace(result, observations=(replace(result.observations[0], **changed), result.observations[1]))
    two = pair(tmp_path, later)
    [change] = [each for each in differences(*two) if not each.same]
    [claim] = change.claims
    assert [(each.name, *each.words(100)) for each in claim.fields] == [field]
    assert not claim.flipped
    [row] = Runs(two).claims().to_dict(orient="records")
    assert (row["before"], row["after"]) == tuple(f"holds: 4 ({field[0]} {value})" for value in field[1:])


def test_runs_with_one_id_are_remarked_and_others_are_not(tmp_path):
    first, second = report_of(tmp_path, []), report_of(tmp_path, [], run_id="two")
    assert remarks([first, second]) == []
    assert remarks([first, second, first]) == [f"2 of the runs carry the id {RUN}: they are one run, or copies of it."]
    assert Runs((first, first)).remarks() == remarks([first, first])


def test_a_run_that_nobody_vouches_for_is_remarked(tmp_path):
    report = report_of(tmp_path, [], notes=(WITHOUT,))
    assert remarks([report]) == [f"{RUN}: {WITHOUT}"]


def test_what_two_chosen_runs_say_otherwise_is_a_table(tmp_path):
    found = runs(tmp_path, [], [measured("gpu_sharing", Outcome.SKIP)], [])
    assert list(found.fields(0, 1).columns) == ["requirement", "field", "before", "after"]
    assert list(found.fields(0, 1).iloc[0]) == ["gpu_sharing", "status", "Implemented", "blank"]
    assert found.fields(0, 2).empty
    assert runs(tmp_path).fields().empty


def runs(tmp_path, *changes):
    """Return runs a day apart, each with these results instead."""
    reports = [
        report_of(tmp_path, everything(*change), run_id=f"r{n}", started=f"2026-01-{n + 1:02d}T00:00:00.000Z")
        for n, change in enumerate(changes)
    ]
    return Runs(tuple(reports))


def test_a_history_has_a_column_a_run_and_the_most_restless_first(tmp_path):
    fails, skips = measured("ai_inference", Outcome.FAIL), measured("gpu_sharing", Outcome.SKIP)
    found = runs(tmp_path, [], [fails], [skips], [fails])
    history = found.history()
    assert list(history.columns) == ["r0", "r1", "r2", "r3"]
    assert list(history.index[:2]) == ["ai_inference", "gpu_sharing"]
    assert list(history.loc["ai_inference"]) == ["✓ PASS", "✗ FAIL", "✓ PASS", "✗ FAIL"]
    assert set(found.flips().index) == {"ai_inference", "gpu_sharing"}


def test_times_stand_beside_each_other_with_the_median(tmp_path):
    found = runs(
        tmp_path,
        [measured("ai_inference", took=2)],
        [measured("ai_inference", took=4)],
        [measured("ai_inference", took=8)],
    )
    assert list(found.timings().loc["ai_inference"]) == [2, 4, 8, 4, 2]


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_runs_make_empty_tables_and_no_error(tmp_path, count):
    found = runs(tmp_path, *[[]] * count)
    assert len(found.about()) == count
    assert list(found.history().columns) == [f"r{n}" for n in range(count)]
    assert found.flips().empty
    assert found.claims().empty
    assert found.unlike() == []
    found.timings(), found.waits()


def test_the_claims_of_two_chosen_runs_come_flips_first(tmp_path):
    found = runs(
        tmp_path, [], [measured("ai_inference", actual=5), measured("robust_controller", Outcome.FAIL, actual=1)], []
    )
    table = found.claims(0, 1)
    assert list(table["requirement"]) == ["robust_controller", "ai_inference"]
    assert list(table["flipped"]) == [True, False]
    assert found.claims(0, 2).empty
    with pytest.raises(UsageError, match="runs 0 to 2"):
        found.claims(0, 7)


def test_hostile_words_are_escaped_in_tables(tmp_path):
    found = runs(tmp_path, [], [measured("ai_inference", actual=HOSTILE)])
    assert HOSTILE not in found.claims().to_html()
    assert "alert(1)" in found.claims().to_html()


def test_without_names_every_readable_run_is_read_and_the_others_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "reports", lambda: tmp_path / "reports")
    run_folder(tmp_path / "reports", everything(), "b", started="2026-01-02T00:00:00.000Z", run_id="late")
    run_folder(tmp_path / "reports", everything(), "c", started="2026-01-01T00:00:00.000Z", run_id="early")
    (tmp_path / "reports" / "a").mkdir()
    (tmp_path / "reports" / "a" / "report.json").write_text("{")
    found = open_runs()
    assert [report.run_id for report in found.reports] == ["early", "late"]
    assert len(found.unreadable) == 1
    with pytest.raises(KitError):
        open_runs([tmp_path / "reports" / "a"])


GAPS = {
    ("1.36", "1.37"): {"workload_sandboxing": Step.NEW, "accelerator_metrics": Step.REWORDED},
    ("1.33", "1.34"): {"dra_support": Step.RAISED},
    ("1.34", "1.33"): {"dra_support": Step.LOWERED},
    ("1.35", "1.36"): {
        "dra_support": Step.GONE, "advanced_inference_ingress": Step.NEW, "high_performance_networking": Step.NEW,
        "disaggregated_inference": Step.NEW,
    },
}  # fmt: skip


@pytest.mark.parametrize(("versions", "steps"), GAPS.items())
def test_a_gap_tells_what_is_new_gone_raised_or_lowered(versions, steps):
    way = gap(*versions)
    assert {item.requirement.id: item.step for item in way.items if item.step is not Step.SAME} == steps
    assert len({item.requirement.id for item in way.items}) == len(way.items)
    of_later = {item.requirement.id for item in way.items if item.after}
    assert of_later == {item.id for item in checklist.requirements(versions[1])}
    assert {item.requirement.id for item in way.remaining} == of_later  # no run answers anything
    assert way.items[0].step is not Step.SAME


def test_a_run_of_the_earlier_version_answers_what_stays(tmp_path):
    old = [each for each in everything() if each.requirement != "workload_sandboxing"]
    way = gap("1.36", "1.37", report_of(tmp_path, old, "1.36"))
    assert [item.requirement.id for item in way.remaining] == ["workload_sandboxing"]
    assert "blank" in way.remaining[0].remains


def test_what_only_simulated_nodes_answered_remains(tmp_path):
    way = gap("1.36", "1.37", report_of(tmp_path, everything(measured("gang_scheduling", simulated=True))))
    assert [item.requirement.id for item in way.remaining] == ["gang_scheduling"]
    assert "simulated" in way.remaining[0].remains


@pytest.mark.parametrize(
    ("outcome", "words"), [(Outcome.FAIL, "It failed"), (Outcome.SKIP, "No answer (SKIP)"), (Outcome.ERROR, "ERROR")]
)
def test_what_the_run_did_not_answer_remains_with_its_reason(tmp_path, outcome, words):
    way = gap("1.36", "1.37", report_of(tmp_path, everything(measured("ai_inference", outcome))))
    [item] = way.remaining
    assert item.requirement.id == "ai_inference"
    assert words in item.remains


def test_a_must_that_is_declared_partial_or_not_applicable_remains(tmp_path):
    report = report_of(tmp_path, everything())
    for status in (Status.NOT_APPLICABLE, Status.PARTIAL):
        verdicts = tuple(replace(v, status=status) if v.requirement.level is Level.MUST else v for v in report.verdicts)
        left = gap("1.36", "1.37", replace(report, verdicts=verdicts)).remaining
        assert {item.after for item in left} == {Level.MUST}
        assert len(left) == 8


def test_the_same_version_twice_and_an_unknown_one_are_refused():
    with pytest.raises(UsageError, match="nothing changes"):
        gap("1.37", "1.37")
    with pytest.raises(UsageError, match="no checklist version"):
        gap("1.36", "1.38")


def test_the_page_of_a_gap_escapes_what_others_wrote_and_runs_no_script(tmp_path):
    failed = replace(measured("ai_inference", Outcome.SKIP), message=HOSTILE)
    report = report_of(tmp_path, everything(failed), metadata={"platformName": HOSTILE})
    text = page(gap("1.36", "1.37", report))
    assert "<script" not in text
    assert "alert(1)" in text
    assert "default-src 'none'" in text


def test_the_data_of_a_gap_are_plain(tmp_path):
    data = json.loads(
        json.dumps(as_data(gap("1.35", "1.37", report_of(tmp_path, everything(simulated=True), simulated=True))))
    )
    assert data["simulated"] is True
    assert data["counts"] == {"new": 4, "gone": 1, "reworded": 1, "same": 10}
    assert len(data["remaining"]) == 15
