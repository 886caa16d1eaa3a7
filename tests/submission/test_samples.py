"""Twenty-one real submissions: the verdict of the programme's validator, and every altered text, by both rule sets."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from clusterproof.submission.finding import Generation, Severity
from clusterproof.submission.lint import files, lint, lint_file
from clusterproof.submission.official import official

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SUBMISSIONS = DATA / "submissions"
pytestmark = pytest.mark.skipif(
    not SUBMISSIONS.is_dir(),
    reason=f"NOT TESTED: the real submissions are not beside this checkout ({SUBMISSIONS}); verdicts stay unproved",
)
EXPECTED = json.loads((SUBMISSIONS / "expected.json").read_text())["submissions"] if SUBMISSIONS.is_dir() else {}
SETS = [(name, rules) for name in EXPECTED for rules in Generation]
# What the validator says, and which rule of ours says it of what.
SAYS = {
    r"Missing metadata field: (\w+) ": "field-missing",
    r"vendorName '.*' does not match": "vendor",
    r"Invalid evidence file for '(\w+)'": "evidence-missing",
    r"Invalid test artifact for '(\w+)'": "artifact-unreadable",
    r"Invalid status '.*' for '(\w+)'": "status-unknown",
    r"Requirement '(\w+)' is MUST level but status": "must-not-implemented",
    r"Requirement '(\w+)' is MUST level and marked N/A": "must-not-applicable",
}
DIFFERENCES = {
    "description_changed": "text-altered",
    "level_changed": "level-altered",
    "extra_top_level_keys": "key-unknown",
    "implemented_without_evidence": "evidence-empty",
}


@cache
def official_files(*, texts=True):
    return official(DATA / "checklists" if texts else None, DATA / "cncf_members.json")


@cache
def linted(name, rules, *, texts=True):
    return lint_file(SUBMISSIONS / name / "PRODUCT.yaml", official_files(texts=texts), rules)


def told(message):
    rule, match = next((rule, match) for form, rule in SAYS.items() if (match := re.match(form, message)))
    return rule, match[1] if match.groups() else "vendorName"


@pytest.mark.parametrize(("name", "rules"), SETS)
def test_a_sample_gets_the_validators_verdict_for_the_same_reasons(name, rules):
    expected = EXPECTED[name][f"validate_{rules}"]
    found = linted(name, rules)
    assert int(found.rejected) == expected["exit_code"]
    refusals = {(each.rule, each.subject) for each in found.findings if each.severity is Severity.REJECTED}
    assert refusals == {told(message) for message in expected.get("messages", expected.get("errors"))}


@pytest.mark.parametrize(("name", "rules"), SETS)
def test_a_warning_of_the_validator_is_a_question(name, rules):
    questions = {(each.rule, each.subject) for each in linted(name, rules).findings}
    assert questions >= {told(message) for message in EXPECTED[name][f"validate_{rules}"].get("warnings", [])}


@pytest.mark.parametrize("texts", [True, False], ids=["texts", "digests"])
@pytest.mark.parametrize(("name", "rules"), SETS)
def test_every_altered_text_of_a_sample_is_found_and_no_other(name, rules, texts, monkeypatch, tmp_path):
    monkeypatch.setenv("CLUSTERPROOF_CACHE", str(tmp_path))
    found = {(each.rule, each.subject) for each in linted(name, rules, texts=texts).findings}
    differences = EXPECTED[name]["template_diff"]
    for kind, rule in DIFFERENCES.items():
        assert {subject for each, subject in found if each == rule} == set(differences.get(kind, []))


def test_what_differs_in_a_text_is_shown_where_the_official_file_is_at_hand():
    (altered,) = [each for each in linted("v1.33/jdcloud", Generation.CURRENT).findings if each.rule == "text-altered"]
    assert "lacks 'Support … to'" in altered.reason
    assert (altered.line, altered.column) == (19, 20)


def test_a_whole_tree_is_linted_in_one_call_and_in_parallel_alike(monkeypatch):
    from clusterproof.submission import lint as module

    paths = files([SUBMISSIONS])
    assert len(paths) == len(EXPECTED)
    alone = lint(paths, official_files())
    monkeypatch.setattr(module, "WORTH_PROCESSES", 2)
    monkeypatch.setattr(module, "_processors", lambda: 2)
    assert lint(paths, official_files()) == alone
