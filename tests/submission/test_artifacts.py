"""Results of the programme's own suite among the evidence, which the later rules open."""

from __future__ import annotations

import pytest

from clusterproof.submission import artifacts
from clusterproof.submission.artifacts import Ended, results_of

PASSED = "=== RUN   TestGangScheduling\n--- PASS: TestGangScheduling (1s)\n    --- PASS: TestGangScheduling/fits (1s)\n"
JUNIT = '<testsuites><testsuite><testcase name="TestGangScheduling"/>{}</testsuite></testsuites>'
EVENT = '{{"Action":"{}","Test":"TestGangScheduling"}}\n'


def evidence(desk, name, text, fragment=""):
    (desk.folder / name).write_text(text)
    desk.item()["evidence"] = [name + fragment]
    return desk.rules()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("e2e.log", PASSED), ("E2E.LOG", PASSED), ("junit.xml", JUNIT.format("")),
        ("junit.xml", '<testsuite xmlns="urn:x"><testcase name="TestGangScheduling/a"/></testsuite>'),
        ("results.json", EVENT.format("run") + EVENT.format("pass")),
    ],
)  # fmt: skip
def test_results_that_passed_are_accepted(desk, name, text):
    assert evidence(desk, name, text) == set()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("e2e.log", "Ran 9 of 9 Specs\nPASS\n"), ("e2e.log", ""), ("junit.xml", "no xml"),
        ("junit.xml", "<testsuites/>"), ("junit.xml", '<!DOCTYPE x [<!ENTITY a "b">]><testsuite>&a;</testsuite>'),
        ("results.json", "{}\n"), ("results.json", "[1]\n"), ("results.json", "PASS\n"), ("results.json", "[" * 90_000),
    ],
)  # fmt: skip
def test_what_is_no_result_is_rejected_by_the_later_rules_only(desk, name, text):
    assert evidence(desk, name, text) == {"artifact-unreadable"}
    assert desk.rules(rules="snapshot") == (set() if text else {"evidence-hollow"})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("e2e.log", PASSED + "--- FAIL: TestOther (0.01s)\n"),
        ("junit.xml", JUNIT.format('<testcase name="TestOther"><error/></testcase>')),
        ("results.json", EVENT.format("pass") + '{"Action":"fail","Package":"p","Test":"TestOther"}\n'),
        ("results.json", EVENT.format("pass") + '{"Action":"fail","Package":"p"}\n'),
    ],
)
def test_any_failed_test_in_the_file_counts(desk, name, text):
    assert evidence(desk, name, text) == {"artifact-failing"}


@pytest.mark.parametrize(
    ("text", "rule"), [("nothing", "artifact-unreadable"), (PASSED + "--- FAIL: TestOther\n", "artifact-failing")]
)
def test_a_file_is_told_of_once_whoever_names_it(desk, text, rule):
    desk.item("ai_service_metrics")["evidence"] = ["e2e.log"]
    evidence(desk, "e2e.log", text)
    assert [each.rule for each in desk.lint().findings] == [rule]


@pytest.mark.parametrize(
    ("text", "fragment", "how"),
    [
        ("--- PASS: TestOther (0.01s)\n", "", "was not found"),
        (PASSED, "#TestAbsent", "was not found"),
        ("--- SKIP: TestGangScheduling (0.01s)\n", "", "was skipped"),
        ("--- FAIL: TestGangScheduling (0.01s)\n--- PASS: TestGangScheduling (0.01s)\n", "", "failed"),
    ],
)
def test_the_items_own_test_has_to_have_passed(desk, text, fragment, how):
    assert "artifact-test" in evidence(desk, "e2e.log", text, fragment)
    assert any(how in each.reason for each in desk.lint().findings if each.rule == "artifact-test")


def test_an_item_without_a_test_of_its_own_needs_none(desk):
    desk.item("ai_service_metrics")["evidence"] = ["e2e.log"]
    assert evidence(desk, "e2e.log", PASSED) == set()


@pytest.mark.parametrize(
    "link", ["file://results/e2e.log", "/results/e2e.log", "v1.36/engine/results/e2e.log#TestGangScheduling"]
)
def test_the_later_rules_know_more_ways_to_name_a_file(desk, link):
    (desk.folder / "results").mkdir()
    (desk.folder / "results" / "e2e.log").write_text(PASSED)
    desk.item()["evidence"] = [link]
    assert desk.rules() == set()
    found = desk.rules(rules="snapshot")
    assert found == (set() if link.startswith("/") else {"evidence-missing"})


def test_from_1_37_on_results_are_recommended(desk_of):
    desk = desk_of("1.37")
    found = [(each.rule, each.subject) for each in desk.lint().findings]
    assert sorted(found) == [
        ("artifact-recommended", "cluster_autoscaling"),
        ("artifact-recommended", "gang_scheduling"),
    ]
    assert evidence(desk, "e2e.log", PASSED) == {"artifact-recommended"}
    assert desk.rules(rules="snapshot") == set()


def test_subtests_speak_for_their_test(tmp_path):
    (tmp_path / "e2e.log").write_text(
        "    --- PASS: TestA/x (0s)\n    --- SKIP: TestA/y (0s)\n    --- SKIP: TestB/x (0s)\n"
    )
    results = results_of(tmp_path / "e2e.log")
    assert (results.ended("TestA"), results.ended("TestB"), results.ended("Test")) == (Ended.PASS, Ended.SKIP, None)


def test_a_log_without_end_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(artifacts, "LARGEST", 10)
    (tmp_path / "e2e.log").write_text(PASSED)
    assert "bytes" in results_of(tmp_path / "e2e.log").error


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("e2e.log", PASSED + "panic: out of memory\n"), ("e2e.log", PASSED + "FAIL\tp\t1s\n"),
        ("junit.xml", '<testsuite failures="1"><testcase name="TestGangScheduling"/></testsuite>'),
        ("results.json", EVENT.format("pass") + '{"ImportPath":"p","Action":"build-fail"}\n'),
    ],
)  # fmt: skip
def test_a_run_that_went_wrong_as_a_whole_is_questioned(desk, name, text):
    assert evidence(desk, name, text) == {"artifact-broken"}
