"""The catalogue agrees with the official files, and filling changes nothing but answers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from clusterproof import checklist
from clusterproof.checklist.template import Template
from clusterproof.errors import UsageError
from clusterproof.model import Declaration, Facts, Level, Outcome, Reason, Report, Status, Verdict

OFFICIAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "checklists"
VERSIONS = checklist.versions()
needs_official = pytest.mark.skipif(
    not OFFICIAL.is_dir(),
    reason=f"NOT TESTED: the official checklists are not beside this checkout ({OFFICIAL}); digests stay unproved",
)


def official(version: str) -> str:
    return (OFFICIAL / f"AIConformance-{version}.yaml").read_bytes().decode()


def parsed(text: str) -> dict:
    return YAML(typ="safe").load(text)


def verdict(version: str, name: str, **changes: object) -> Verdict:
    values = {
        "requirement": checklist.requirement(version, name),
        "status": Status.IMPLEMENTED,
        "notes": "All 3 claims hold.",
        "outcome": Outcome.PASS,
        "reason": Reason.CLAIMS_HOLD,
        "message": "All 3 claims hold.",
    }
    return Verdict(**(values | changes))


def report(version: str, *verdicts: Verdict, **changes: object) -> Report:
    values = {
        "schema": 1,
        "run_id": "r1",
        "kit_version": "0.1",
        "checklist": version,
        "platform": "mine",
        "started": "2026-11-24T12:00:00.000Z",
        "took": 1.0,
        "facts": Facts(version="v1.37.2"),
        "verdicts": verdicts,
    }
    return Report(**(values | changes))


def test_versions_run_from_the_first_to_the_newest():
    assert VERSIONS == ("1.33", "1.34", "1.35", "1.36", "1.37")


@pytest.mark.parametrize(
    ("version", "must", "should"), [("1.33", 8, 1), ("1.34", 9, 0), ("1.35", 9, 3), ("1.36", 8, 6), ("1.37", 8, 7)]
)
def test_each_version_has_its_number_of_musts_and_shoulds(version, must, should):
    levels = [item.level for item in checklist.requirements(version)]
    assert (levels.count(Level.MUST), levels.count(Level.SHOULD)) == (must, should)


@pytest.mark.parametrize("version", VERSIONS)
def test_only_the_must_about_autoscaling_has_a_condition_that_need_not_apply(version):
    """As the programme's validator of September 2026 has it; any other N/A of a MUST it rejects."""
    assert {item.id for item in checklist.requirements(version) if item.condition} == {"cluster_autoscaling"}
    assert checklist.conditional() == {"cluster_autoscaling"}


@needs_official
@pytest.mark.parametrize("version", VERSIONS)
def test_the_catalogue_agrees_with_the_official_file(version):
    ours = [(item.category, item.id, item.level.value, item.sha256) for item in checklist.requirements(version)]
    theirs = [
        (category, item["id"], item["level"], checklist.digest(item["description"]))
        for category, items in parsed(official(version))["spec"].items()
        for item in items
    ]
    assert ours == theirs


@needs_official
@pytest.mark.parametrize("version", VERSIONS)
def test_no_title_is_copied_from_the_official_text(version):
    text = " ".join(re.findall(r"[a-z]+", official(version).lower()))
    for item in checklist.requirements(version):
        words = re.findall(r"[a-z]+", item.title.lower())
        copied = [n for n in range(len(words) - 5) if " ".join(words[n : n + 6]) in text]
        assert not copied, item.id


def test_only_the_typo_of_1_37_changes_a_text():
    changed = {
        item.id
        for item in checklist.requirements("1.37")
        for older in VERSIONS[:-1]
        for other in checklist.requirements(older)
        if other.id == item.id and other.sha256 != item.sha256
    }
    assert changed == {"accelerator_metrics"}


def test_an_unknown_version_names_the_nearest():
    with pytest.raises(UsageError, match=r"'1\.73'.*nearest is '1\.3"):
        checklist.requirements("1.73")


def test_an_unknown_id_names_the_nearest():
    with pytest.raises(UsageError, match="nearest is 'gang_scheduling'"):
        checklist.requirement("1.37", "gang_schedulling")


@needs_official
@pytest.mark.parametrize("version", VERSIONS)
def test_an_empty_report_leaves_the_template_as_it_is(version):
    assert checklist.fill(official(version), report(version)).encode() == official(version).encode()


def blanked(text: str) -> str:
    """Take out the values that may change, with the place they stood in."""
    value = r"^( +(?:status|evidence|notes): )(\"(?:[^\"\\]|\\.)*\"|\[[^\]\n]*\])"
    return re.sub(value, r"\1", text, flags=re.MULTILINE)


@needs_official
@pytest.mark.parametrize("version", VERSIONS)
def test_filling_every_item_changes_only_its_values(version):
    everything = [verdict(version, item.id) for item in checklist.requirements(version)]
    filled = checklist.fill(official(version), report(version, *everything))
    assert filled != official(version)
    assert blanked(filled) == blanked(official(version))
    assert {item["status"] for items in parsed(filled)["spec"].values() for item in items} == {"Implemented"}


@needs_official
@pytest.mark.parametrize("version", VERSIONS)
def test_metadata_is_put_in_place_and_what_the_template_lacks_is_added(version):
    given = {"k8sConformanceUrl": "https://example.org/a", "platformName": 'Mine "1": #x', "owner": "me"}
    filled = checklist.fill(official(version), report(version, metadata=given))
    metadata = parsed(filled)["metadata"]
    assert {name: metadata[name] for name in given} == given
    before, after = official(version).splitlines(), filled.splitlines()
    same = [line for line in after if line in before]
    expected = [line for line in before if "platformName:" not in line and "k8sConformanceUrl:" not in line]
    assert same == expected


@pytest.mark.parametrize(
    "value", ['"', "a: b # c", "line\nline", "- x", "\u2028", "ü😀", "\x1b[1m\x00", "'" * 3, "{", "N/A", "x " * 999]
)
def test_any_text_comes_back_from_the_notes(value):
    filled = checklist.fill(None, report("1.37", verdict("1.37", "gang_scheduling", notes=value)))
    assert parsed(filled)["spec"]["schedulingOrchestration"][0]["notes"] == value


def test_without_a_template_the_file_is_a_draft_that_says_how_to_get_the_official_one():
    filled = checklist.fill(None, report("1.36"))
    assert filled.startswith("# DRAFT")
    assert "--template FILE" in filled
    ids = [item["id"] for items in parsed(filled)["spec"].values() for item in items]
    assert ids == [item.id for item in checklist.requirements("1.36")]


def test_a_simulated_report_says_so_in_its_first_line():
    filled = checklist.fill(None, report("1.37", simulated=True))
    assert filled.splitlines()[0].startswith("# SIMULATED: ")
    assert "not certification evidence" in filled.splitlines()[0]


@pytest.mark.parametrize("notes", ["All hold.", "SIMULATED: All hold.", ""])
def test_a_verdict_from_simulated_nodes_says_so_once_in_its_notes(notes):
    filled = checklist.fill(None, report("1.37", verdict("1.37", "gang_scheduling", simulated=True, notes=notes)))
    written = parsed(filled)["spec"]["schedulingOrchestration"][0]["notes"]
    assert written.startswith("SIMULATED: ")
    assert written.count("SIMULATED") == 1


def test_an_unanswered_item_stays_blank_without_evidence_or_notes():
    skipped = verdict("1.37", "gpu_sharing", status=Status.BLANK, outcome=Outcome.SKIP, notes="x", evidence=("a.md",))
    item = parsed(checklist.fill(None, report("1.37", skipped)))["spec"]["accelerators"][1]
    assert (item["status"], item["evidence"], item["notes"]) == ("", [], "")


def test_an_answer_names_its_evidence_file_first_and_the_declared_links_after_it():
    declared = Declaration("ai_inference", Status.IMPLEMENTED, evidence=("https://example.org/x",))
    answer = verdict("1.37", "ai_inference", declaration=declared, evidence=declared.evidence)
    item = parsed(checklist.fill(None, report("1.37", answer)))["spec"]["networking"][0]
    assert item["evidence"] == ["evidence/ai_inference.md", "https://example.org/x"]


@needs_official
@pytest.mark.parametrize(("theirs", "ours"), [("1.36", "1.37"), ("1.34", "1.33"), ("1.33", "1.35")])
def test_a_template_of_another_version_is_named(theirs, ours):
    with pytest.raises(UsageError, match=f"it is the checklist of {theirs}"):
        checklist.fill(official(theirs), report(ours))


@needs_official
def test_an_altered_text_is_refused_and_its_item_named():
    altered = official("1.37").replace("weighted traffic splitting", "traffic splitting")
    with pytest.raises(UsageError, match="ai_inference has another description"):
        checklist.fill(altered, report("1.37"))
    with pytest.raises(UsageError, match="ai_inference has another description"):
        checklist.check_template(altered, "1.37")


@needs_official
def test_an_altered_level_is_refused_and_its_item_named():
    altered = re.sub(r"(id: gpu_sharing(?:.|\n)*?level: )SHOULD", r"\1MUST", official("1.37"), count=1)
    with pytest.raises(UsageError, match="gpu_sharing has another level"):
        checklist.fill(altered, report("1.37"))


@pytest.mark.parametrize(
    "text", ["", "a: [", "- 1", "metadata: {}", "metadata: {a: b}\nspec: {x: 1}", "metadata: {}\nspec: {x: [{}]}"]
)
def test_what_is_no_checklist_is_refused_as_such(text):
    with pytest.raises(UsageError, match="template"):
        checklist.fill(text, report("1.37"))


@pytest.mark.parametrize(
    "old",
    [
        'evidence:\n      - "a"\n      - "b"  # why\n      notes: |\n        many\n        lines\n\n',
        "evidence:  # list\n        - a\n      notes: >-\n        folded\n        words\n",
        'evidence: [\n        "a",\n        "b"\n      ]\n      notes: plain words\n        on two lines\n',
        'evidence: "N/A"\n      notes: ~\n',
    ],
)
def test_answers_replace_values_of_any_style(old):
    blank = checklist.fill(None, report("1.37"))
    template = blank.replace("evidence: []\n      notes: ''\n", old, 1)
    assert template != blank
    answers = [verdict("1.37", item.id) for item in checklist.requirements("1.37")]
    document = Template(template)
    for answer in answers:
        document.answer(answer.requirement.id, status="Implemented", evidence=["x", "y"], notes="new")
    filled = parsed(document.text())["spec"]
    assert all(item["evidence"] == ["x", "y"] for items in filled.values() for item in items)
    assert all(item["notes"] == "new" for items in filled.values() for item in items)


def test_a_key_without_a_value_is_refused_with_its_line():
    template = checklist.fill(None, report("1.37")).replace("      notes: ''\n", "      notes:\n", 1)
    with pytest.raises(UsageError, match=r"Line 2\d .*no value"):
        checklist.check_template(template, "1.37")


@needs_official
def test_a_filled_checklist_can_be_filled_again():
    answers = [verdict("1.37", "ai_inference", evidence=("a.md",))]
    once = checklist.fill(official("1.37"), report("1.37", *answers))
    assert checklist.fill(once, report("1.37", *answers)) == once
