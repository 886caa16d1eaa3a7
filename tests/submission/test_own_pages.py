"""The kit's own pages beside a submission are read, in every form in which it writes them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from clusterproof import serial
from clusterproof.model import Declaration, Outcome, Status
from clusterproof.report import Known, junit, markdown
from clusterproof.report.pages import Site
from recorded import measured, report_of

GANG = "gang_scheduling"


def written(report, name, form):
    """Return a page of a report's as its author would put it beside a submission."""
    verdict = next(each for each in report.verdicts if each.requirement.id == name)
    if form == "md":
        return markdown.evidence(report, verdict, Known())
    if form == "html":
        return Site(report, known=Known(), notebook_pages={}).evidence(verdict)
    if form == "index.html":
        return Site(report, known=Known(), notebook_pages={}).index()
    return junit.suite(report) if form == "xml" else json.dumps(serial.dump(report))


def rules_with(desk, text, form, encoding="utf-8"):
    """Return the rules that a submission breaks whose gang_scheduling has this page as its evidence."""
    name = f"page.{form.rpartition('.')[2]}"
    (desk.folder / "evidence" / name).write_text(text, encoding)
    desk.item()["evidence"] = [f"evidence/{name}"]
    return desk.rules()


FORMS = pytest.mark.parametrize("form", ["md", "html"])
WHOLE = pytest.mark.parametrize("form", ["index.html", "json", "xml"])
EVERY = pytest.mark.parametrize("form", ["md", "html", "index.html", "json", "xml"])


@pytest.fixture
def page(tmp_path):
    def render(form, outcome=Outcome.PASS, *, simulated=False, about=GANG, checklist="1.36"):
        # Of one requirement only, so that the page of a whole report tells of a single answer as well.
        report = report_of(tmp_path, [measured(about, outcome, simulated=simulated)], checklist)
        return written(report, about, form)

    return render


@pytest.fixture
def declared(tmp_path):
    """Give the page of something that a person declared and nobody measured."""

    def render(form):
        report = report_of(tmp_path, [measured(GANG, Outcome.SKIP)], "1.36")
        said = {"declaration": Declaration(GANG, Status.IMPLEMENTED, "Ran.", "Ann"), "status": Status.IMPLEMENTED}
        verdicts = [replace(each, **said) if each.requirement.id == GANG else each for each in report.verdicts]
        return written(replace(report, verdicts=tuple(verdicts)), GANG, form)

    return render


@EVERY
def test_a_page_of_what_is_claimed_breaks_no_rule(desk, page, form):
    assert rules_with(desk, page(form), form) == set()


@EVERY
def test_a_page_of_simulated_nodes_is_rejected_for_what_it_is(desk, page, form):
    assert rules_with(desk, page(form, simulated=True), form) == {"simulated"}


@EVERY
def test_a_page_of_a_failure_contradicts_the_claim(desk, page, form):
    text = page(form, Outcome.FAIL)
    assert rules_with(desk, text, form) == {"page-contradicts"}
    [finding] = [each for each in desk.lint().findings if each.rule == "page-contradicts"]
    assert "gang_scheduling is Implemented" in finding.reason
    assert "'Not Implemented'" in finding.reason


@EVERY
def test_a_page_of_something_that_was_not_measured_contradicts_the_claim(desk, page, form):
    assert rules_with(desk, page(form, Outcome.SKIP), form) == {"page-contradicts"}


@FORMS
def test_a_page_of_another_requirement_is_told(desk, page, form):
    assert rules_with(desk, page(form, about="gpu_sharing"), form) == {"page-of-another"}


@EVERY
def test_a_page_of_another_checklist_is_told(desk, page, form):
    assert "page-of-another" in rules_with(desk, page(form, checklist="1.37"), form)


@pytest.mark.parametrize("text", ["{", "[]", '{"verdicts": 1, "kit_version": 2}', "[" * 90_000])
def test_other_json_is_no_page(desk, text):
    assert rules_with(desk, text, "json") == set()


def test_a_transcript_that_speaks_of_the_kit_is_no_page(desk):
    assert rules_with(desk, "Tried clusterproof.\n> **SIMULATED.** is what it said of the testbed.\n", "md") == set()


@WHOLE
@pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.FAIL, Outcome.SKIP])
def test_of_a_whole_report_the_requirements_own_answer_counts(desk, tmp_path, form, outcome):
    results = [measured("gpu_sharing"), measured(GANG, outcome), measured("ai_service_metrics", Outcome.FAIL)]
    text = written(report_of(tmp_path, results, "1.36"), GANG, form)
    assert rules_with(desk, text, form) == ({"page-contradicts"} if outcome is not Outcome.PASS else set())


@WHOLE
def test_a_whole_report_without_the_requirement_is_of_others(desk, tmp_path, form):
    report = report_of(tmp_path, [measured("gpu_sharing"), measured("ai_service_metrics")], "1.36")
    report = replace(report, verdicts=tuple(each for each in report.verdicts if each.requirement.id != GANG))
    assert rules_with(desk, written(report, "gpu_sharing", form), form) == {"page-of-another"}


@EVERY
@pytest.mark.parametrize(
    ("name", "encoding"), [("txt", "utf-8"), ("log", "utf-16"), ("md", "utf-16-be"), ("", "utf-8-sig")]
)
def test_a_page_is_known_by_what_it_says_whatever_it_is_named_and_however_it_is_saved(desk, page, form, name, encoding):
    text = page(form, simulated=True)
    assert "simulated" in rules_with(desk, text, name, encoding)


@EVERY
def test_a_page_of_a_declaration_alone_is_asked_about(desk, declared, form):
    assert rules_with(desk, declared(form), form) == {"page-not-measured"}
    desk.item()["evidence"].append("https://works.test/conformance/gangs.log")
    assert desk.rules() == set()


@pytest.mark.parametrize("status", ["Implemented ", "implemented"])
def test_a_status_that_is_misspelt_does_not_contradict_a_page(desk, page, status):
    desk.item()["status"] = status
    assert "page-contradicts" not in rules_with(desk, page("md"), "md")
    assert "page-contradicts" in rules_with(desk, page("md", Outcome.FAIL), "md")


@pytest.mark.parametrize(
    "text",
    [
        '<testsuites name="clusterproof"><testsuite>',
        '<testsuites name="clusterproof"/>',
        '<!DOCTYPE a [<!ENTITY b "c">]><testsuites name="clusterproof"/>',
        "Written by clusterproof 1.",
    ],
)
def test_what_only_begins_like_a_page_is_none(desk, text):
    assert rules_with(desk, text, "xml") == set()
