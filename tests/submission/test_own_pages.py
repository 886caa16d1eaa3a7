"""The kit's own pages beside a submission are read, in every form in which it writes them."""

from __future__ import annotations

import json

import pytest

from clusterproof import serial
from clusterproof.model import Outcome
from clusterproof.report import Known, markdown
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
    return json.dumps(serial.dump(report))


def rules_with(desk, text, form):
    """Return the rules that a submission breaks whose gang_scheduling has this page as its evidence."""
    name = f"page.{form.rpartition('.')[2]}"
    (desk.folder / "evidence" / name).write_text(text)
    desk.item()["evidence"] = [f"evidence/{name}"]
    return desk.rules()


FORMS = pytest.mark.parametrize("form", ["md", "html"])
EVERY = pytest.mark.parametrize("form", ["md", "html", "index.html", "json"])


@pytest.fixture
def page(tmp_path):
    def render(form, outcome=Outcome.PASS, *, simulated=False, about=GANG, checklist="1.36"):
        # Of one requirement only, so that the page of a whole report tells of a single answer as well.
        report = report_of(tmp_path, [measured(about, outcome, simulated=simulated)], checklist)
        return written(report, about, form)

    return render


@EVERY
def test_a_page_of_what_is_claimed_breaks_no_rule(desk, page, form):
    assert rules_with(desk, page(form), form) == set()


@EVERY
def test_a_page_of_simulated_nodes_is_rejected_for_what_it_is(desk, page, form):
    assert rules_with(desk, page(form, simulated=True), form) == {"simulated"}


@FORMS
def test_a_page_of_a_failure_contradicts_the_claim(desk, page, form):
    text = page(form, Outcome.FAIL)
    assert rules_with(desk, text, form) == {"page-contradicts"}
    [finding] = [each for each in desk.lint().findings if each.rule == "page-contradicts"]
    assert "gang_scheduling is Implemented" in finding.reason
    assert "'Not Implemented'" in finding.reason


@FORMS
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
