"""Each rule finds what it is for, at its place, and a right submission breaks none."""

from __future__ import annotations

import os
import pkgutil

import pytest

from clusterproof.submission import rules as families
from clusterproof.submission.document import Trouble
from clusterproof.submission.finding import RULES, Severity
from clusterproof.submission.official import Official
from clusterproof.submission.urls import Answer, Reached
from submissions import OFFICIAL, TEXTS, Desk

METADATA = {  # a rule, and the values of fields that break it
    "field-missing": {"websiteUrl": None},
    "field-not-text": {"platformVersion": 1.34},
    "field-empty": {"description": ""},
    "field-placeholder": {"vendorName": "[Vendor Name]"},
    "base-conformance": {"k8sConformanceUrl": "https://github.com/cncf/k8s-conformance/pull/1"},
    "base-version": {"k8sConformanceUrl": "https://github.com/cncf/k8s-conformance/tree/main/v1.35/engine/"},
    "base-product": {"k8sConformanceUrl": "https://github.com/cncf/k8s-conformance/tree/main/v1.36/other"},
    "vendor": {"vendorName": "Example Work"},
    "logo-format": {"productLogoUrl": "https://works.test/logo.png?x=.svg"},
    "not-a-link": {"repoUrl": "works.test"},
    "contact": {"contactEmailAddress": "the team"},
    "folder-version": {"kubernetesVersion": "v1.35.2"},
    "key-unknown": {"state": "TBD"},
    "key-shadowed": {"vendor_name": "Other"},
    "placeholder": {"description": "TODO"},
    "field-blank": {"websiteUrl": "\u200b - "},
    "version-form": {"kubernetesVersion": "v1.36.banana"},
    "text-odd": {"description": "Runs <script>alert(1)</script> clusters."},
    "url-private": {"documentationUrl": "https://localhost/docs"},
}
ITEM = {  # the same of an item
    "status-unknown": {"status": "implemented"},
    "must-not-implemented": {"status": "Partially Implemented"},
    "not-applicable-without-notes": {"status": "N/A", "notes": ""},
    "evidence-empty": {"evidence": []},
    "evidence-blank": {"evidence": ["", "evidence/gang_scheduling.md"]},
    "evidence-missing": {"evidence": ["evidence/absent.md"]},
    "evidence-path": {"evidence": ["../other/x.md"]},
    "notes-empty": {"notes": " "},
    "status-contradicted": {"notes": "The product does not provide this."},
    "no-justification": {"status": "N/A", "notes": "We do not support it at this time."},
    "placeholder": {"notes": "to be done"},
    "simulated": {"notes": "SIMULATED: every claim held."},
    "key-unknown": {"state": "TBD"},
    "text-altered": {"description": "What gang_scheduling asks for, in our own words."},
    "level-altered": {"level": "SHOULD"},
    "id-unknown": {"id": "gang_sheduling"},
    "item-missing": {"id": "gang_sheduling"},
    "install-only": {"evidence": ["https://works.test/docs/installation/#gangs"]},
    "evidence-older": {"evidence": ["https://works.test/conformance/v1.35/gangs.md"]},
    "evidence-no-file": {"evidence": ["evidence/"]},
    "url-form": {"evidence": ["https://"]},
    "url-user": {"evidence": ["https://me:secret@works.test/report"]},
    "wrong-type": {"evidence": "N/A"},
    "evidence-hollow": {"evidence": ["PRODUCT.yaml"]},
    "url-private": {"evidence": ["https://10.0.0.7/report"]},
    "text-odd": {"evidence": ["https://works.test/<span>"]},
}
ELSEWHERE = {  # tested one by one below, or with the results of the programme's suite, or as trouble of a file
    "category-missing", "category-unknown", "item-twice", "must-not-applicable", "status-missing", "no-run",
    "evidence-outside", "evidence-link", "transcript-older", "unknown-version", "no-version", "no-metadata", "no-spec",
    "page-contradicts", "page-of-another", "page-not-measured", "part-empty", "url-dead", "url-refused", "url-silent",
    "artifact-test",
    "artifact-unreadable", "artifact-failing", "artifact-broken", "artifact-recommended",
    "file-name", "file-name-beside", "folder-link", "folder-lost",  # these four: test_name.py
    *(trouble.value for trouble in Trouble),
}  # fmt: skip


def changed(part, values):
    part.update(values)
    for key in [key for key, value in values.items() if value is None]:
        del part[key]


@pytest.mark.parametrize("rules", ["snapshot", "current"])
def test_a_right_submission_breaks_no_rule(desk, rules):
    assert desk.lint(rules=rules).findings == ()


def test_every_rule_is_tested_and_every_family_is_in_the_table():
    assert {module.name for module in pkgutil.iter_modules(families.__path__)} == set(families.__all__)
    assert set(METADATA) | set(ITEM) | ELSEWHERE == set(RULES)


@pytest.mark.parametrize("rule", METADATA)
def test_a_fault_of_the_metadata_is_found(desk, rule):
    changed(desk.data["metadata"], METADATA[rule])
    found = [each for each in desk.lint().findings if each.rule == rule]
    assert found
    (field,) = METADATA[rule]
    lines = desk.file.read_text().splitlines()
    assert lines[found[0].line - 1].strip().startswith("metadata" if METADATA[rule][field] is None else field)


@pytest.mark.parametrize("rule", ITEM)
def test_a_fault_of_an_item_is_found_at_its_line(desk, rule):
    before = desk.rules()
    changed(desk.item(), ITEM[rule])
    found = [each for each in desk.lint().findings if each.rule == rule]
    assert rule not in before
    assert found
    lines = desk.file.read_text().splitlines()
    (key, value), *_ = [*ITEM[rule].items()][-1:]
    words = str(value[0] if isinstance(value, list) and value else key)
    assert rule == "item-missing" or words in lines[found[0].line - 1]


@pytest.mark.parametrize("rule", [*METADATA, *ITEM])
def test_findings_say_what_to_do(desk, rule):
    changed(desk.data["metadata"], METADATA.get(rule, {}))
    changed(desk.item(), ITEM.get(rule, {}))
    for each in desk.lint().findings:
        assert each.reason
        assert each.mend
        assert "{" not in each.reason + each.mend


def test_both_spellings_of_a_field_are_known(desk):
    metadata = desk.data["metadata"]
    metadata["k8s_conformance_url"] = metadata.pop("k8sConformanceUrl")
    metadata["contact_email_address"] = metadata.pop("contactEmailAddress")
    assert desk.rules() == set()


def test_a_field_outside_of_the_metadata_is_sent_there(desk):
    desk.data["contact_email_address"] = desk.data["metadata"].pop("contactEmailAddress")
    told = {each.rule: each for each in desk.lint().findings}
    assert set(told) == {"field-missing", "key-unknown"}
    assert told["key-unknown"].mend == "Move it into metadata, as contactEmailAddress."


@pytest.mark.parametrize(("rules", "found"), [("snapshot", "must-not-implemented"), ("current", "must-not-applicable")])
def test_the_one_conditional_must_may_be_not_applicable_by_the_later_rules(desk, rules, found):
    desk.item("cluster_autoscaling").update(status="N/A", notes="The nodes are bare metal, and their number is fixed.")
    assert desk.rules(rules=rules) == {found}
    assert (RULES[found].severity is Severity.REJECTED) is (rules == "snapshot")


@pytest.mark.parametrize("rules", ["snapshot", "current"])
def test_no_other_must_may_be_not_applicable(desk, rules):
    desk.item("gang_scheduling").update(status="N/A", notes="The product is for one device and one pod only.")
    assert desk.rules(rules=rules) == {"must-not-implemented"}


def test_blanks_are_notes_for_the_earlier_rules_only(desk):
    desk.item("gpu_sharing").update(status="N/A", notes="  ", evidence=[])
    assert "not-applicable-without-notes" not in desk.rules(rules="snapshot")
    assert "not-applicable-without-notes" in desk.rules(rules="current")


def test_a_should_without_status_and_evidence_is_passed_over(desk):
    desk.item("gpu_sharing").update(status="", notes="", evidence=[])
    assert desk.rules() == set()
    desk.item("gpu_sharing")["notes"] = "Something."
    assert desk.rules() == {"status-missing"}
    desk.item("gpu_sharing")["evidence"] = [""]
    assert desk.rules() == {"status-unknown", "evidence-blank"}


def test_a_must_without_status_is_rejected(desk):
    desk.item().update(status="", evidence=[], notes="")
    assert desk.rules() >= {"status-unknown", "must-not-implemented"}


def test_categories_and_items_are_asked_for(desk):
    desk.data["spec"]["observability"][0]["id"] = "x"
    del desk.data["spec"]["accelerators"]
    assert desk.rules() == {"category-missing", "item-missing", "id-unknown"}


def test_an_item_in_another_category_is_told_of_twice(desk):
    moved = desk.data["spec"]["schedulingOrchestration"].pop(0)
    desk.data["spec"]["observability"].append(moved)
    assert desk.rules() == {"category-unknown", "item-missing"}


def test_the_last_of_two_answers_counts(desk):
    second = {**desk.item(), "status": "Not Implemented"}
    desk.data["spec"]["schedulingOrchestration"].append(second)
    assert desk.rules() == {"item-twice", "must-not-implemented"}
    desk.data["spec"]["schedulingOrchestration"].insert(0, desk.data["spec"]["schedulingOrchestration"].pop())
    assert desk.rules() == {"item-twice"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {"no-version", "no-metadata", "no-spec"}),
        ("~", {"no-version", "no-metadata", "no-spec"}),
        ("metadata: {}\nspec:\n", {"no-version", "field-missing", "no-spec"}),
        ("- a\n", {"no-version", "wrong-type"}),
    ],
)
def test_a_file_without_its_sections_is_rejected(tmp_path, text, found):
    from clusterproof.submission.lint import lint_file

    (tmp_path / "PRODUCT.yaml").write_text(text)
    assert {each.rule for each in lint_file(tmp_path / "PRODUCT.yaml", OFFICIAL).findings} >= found - {
        "no-version" if not text else ""
    }


def test_outside_of_a_tree_a_file_is_judged_by_its_own_version(desk, tmp_path):
    from clusterproof.submission.lint import lint_file

    elsewhere = tmp_path / "run"
    desk.write()
    desk.folder.rename(elsewhere)
    linted = lint_file(elsewhere / "PRODUCT.yaml", OFFICIAL)
    assert (linted.findings, linted.version) == ((), "1.36")
    assert "no folder vX.Y/PRODUCT/" in linted.remarks[0]


def test_a_version_that_nobody_knows_is_rejected(desk_of):
    desk = desk_of("1.36")
    assert desk.rules(official=Official({}, frozenset({"Example Works"}))) == {"unknown-version"}


def test_without_a_list_of_members_no_vendor_is_compared(desk):
    desk.data["metadata"]["vendorName"] = "Nobody"
    assert "vendor" not in desk.rules(official=Official(OFFICIAL.schemas, None))


def test_a_transcript_of_an_older_cluster_is_questioned(desk):
    (desk.folder / "evidence" / "gang_scheduling.md").write_text("Server Version: v1.35.3\n")
    assert desk.rules() == {"transcript-older"}
    (desk.folder / "evidence" / "gang_scheduling.md").write_text(
        "Server Version: v1.35.3, then v1.36\ngitVersion: v1.36.1\n"
    )
    assert desk.rules() == set()


def test_a_page_from_before_the_release_is_questioned(desk):
    desk.item()["evidence"] = ["https://works.test/2026/03/30/report"]
    assert desk.rules() == {"evidence-older"}
    desk.item()["evidence"] = ["https://works.test/2026/04/30/report"]
    assert desk.rules() == set()


def test_nothing_but_documentation_is_questioned_once(desk):
    for name in TEXTS:
        desk.item(name)["evidence"] = [f"https://works.test/docs/{name.replace('_', '-')}"]
    found = desk.lint().findings
    assert [each.rule for each in found] == ["no-run"]


@pytest.mark.parametrize(
    ("reached", "rule"),
    [(Reached.GONE, "url-dead"), (Reached.UNSURE, "url-refused"), (Reached.TRANSIENT, "url-silent"),
     (Reached.PRIVATE, "url-private"), (Reached.YES, None)],
)  # fmt: skip
def test_an_answer_of_an_address_is_what_it_is(desk, reached, rule):
    from clusterproof.submission.lint import lint

    desk.item()["evidence"].append("https://works.test/report#gangs")
    answers = {"https://works.test/report": Answer(reached, "for a reason")}
    (linted,) = lint([desk.write()], OFFICIAL, reach=lambda asked: answers if list(asked) else {})
    assert [each.rule for each in linted.findings] == ([rule] if rule else [])
    assert linted.rejected is (reached is Reached.GONE)


@pytest.mark.parametrize(
    "address",
    ["http://", "https:///path", "http://[::1", "https://me:secret@works.test:99999/", "https://works.test:x"],
)
def test_what_no_server_can_be_asked_by_is_rejected_without_asking_and_no_password_is_repeated(desk, address):
    desk.item()["evidence"].append(address)
    found = desk.lint().findings
    assert "url-form" in {each.rule for each in found}
    assert "secret" not in "".join(each.reason for each in found)


def test_evidence_that_is_no_list_is_not_said_to_be_missing(desk):
    desk.item()["evidence"] = "https://works.test/report"
    assert desk.rules() == {"wrong-type"}


@pytest.mark.parametrize(
    ("text", "why"),
    [(".", "it names the product's folder"), ("file://.", "it names the product's folder"),
     ("e2e.log\0", "a null byte"), ("..", "it leaves"), ("#part", "it names no file")],
)  # fmt: skip
def test_a_path_that_is_none_is_told_why(desk, text, why):
    desk.item()["evidence"] = [text]
    assert [why in each.reason for each in desk.lint().findings if each.rule == "evidence-path"] == [True]


def test_a_pipe_among_the_evidence_is_told_and_not_opened(desk):
    desk.write()
    (desk.file.parent / "evidence" / "gang_scheduling.md").unlink()
    os.mkfifo(desk.file.parent / "evidence" / "gang_scheduling.md")
    assert "evidence-no-file" in desk.rules()


def test_a_file_that_says_it_is_simulated_is_not_handed_in(desk):
    text = desk.write().read_text()
    assert desk.rules(f"# SIMULATED: seen on simulated nodes\n{text}") == {"simulated"}


def test_a_folder_that_cannot_be_read_is_not_passed_over(desk, monkeypatch):
    import os

    from clusterproof.errors import UsageError
    from clusterproof.submission.lint import files

    desk.write()
    scan = os.scandir

    def closed(path):
        if str(path).endswith("engine"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(UsageError, match="Permission denied"):
        files([desk.tree])


def test_the_nearest_folder_of_a_version_counts(tmp_path):
    desk = Desk(tmp_path / "v9.9" / "checkout")
    assert desk.lint().version == "1.36"
    assert desk.rules() == set()


@pytest.mark.parametrize(
    ("end", "found"),
    [("", set()), ("/", set()), ("/more", {"base-conformance"}), ("//", {"base-conformance"}), ("?x", set())],
)
def test_the_base_conformance_is_a_folder_and_nothing_below(desk, end, found):
    desk.data["metadata"]["k8sConformanceUrl"] += end
    assert desk.rules() == found


def test_findings_stand_in_the_order_of_the_file(desk):
    desk.data["metadata"].update(description="", vendorName="Nobody", state="TBD")
    for name in TEXTS:
        desk.item(name).update(notes="", level="MAY", status="Done")
    places = [(each.line, each.column) for each in desk.lint().findings]
    assert places == sorted(places)
    assert len(set(places)) > 10


@pytest.mark.parametrize(
    "text",
    [
        "Turned \u202eround.",
        "\x1b[31mRed.",
        "Zero\u200bwidth.",
        "x" * 5001,
        "Is <img src=x onerror=a>",
        "<b/><SVG > it",
    ],
)
def test_a_text_that_hides_something_is_questioned(desk, text):
    desk.data["metadata"]["description"] = text
    assert desk.rules() == {"text-odd"}


@pytest.mark.parametrize(
    "text", ["a < b and b > c", "Two\nlines\tand a tab.", "naïve 漢字 résumé", "Con\u00adfor\u00admance", "x" * 5000]
)
def test_a_text_that_hides_nothing_is_not(desk, text):
    desk.data["metadata"]["description"] = text
    assert desk.rules() == set()


def test_blanks_and_dashes_are_no_notes(desk):
    for notes in ("\u200b-\u200b", "\u3164\u3164", "\u115f\u1160\uffa0"):
        desk.item()["notes"] = notes
        assert desk.rules() >= {"notes-empty"}, ascii(notes)
    desk.item()["notes"] = "Ran."
    desk.item("gpu_sharing").update(status="N/A", notes="--", evidence=[])
    assert desk.rules() == {"no-justification"}


@pytest.mark.parametrize(
    "notes", ["FAILED", "Failed: nothing was held back.", "Measured on v1.36. Not so: one pod waits."]
)
def test_notes_of_a_failure_contradict_a_success(desk, notes):
    desk.item()["notes"] = notes
    assert desk.rules() == {"status-contradicted"}


@pytest.mark.parametrize(
    "notes",
    [
        "Failed pods are started again within 4 s.",
        "Nodes that cannot hold the gang keep it pending; nothing is not supported.",
        "A job of 4 pods over quota was not admitted; N/A rows are blank.",
        "Ran with todo-app deployed.",
        "Every pod of the job con\u00adforms.",
    ],
)
def test_notes_that_only_sound_like_a_doubt_are_none(desk, notes):
    desk.item()["notes"] = notes
    assert desk.rules() == set()


@pytest.mark.parametrize(
    ("notes", "rule"),
    [
        ("Gangs: not supported.", "status-contradicted"),
        ("N/A. Rows follow.", "status-contradicted"),
        ("Not sup\u00adported here.", "status-contradicted"),
        ("TODO: the app.", "placeholder"),
        ("SIMU\u00adLATED: every claim held.", "simulated"),
    ],
)
def test_notes_that_hold_a_doubt_are_asked_about(desk, notes, rule):
    desk.item()["notes"] = notes
    assert rule in desk.rules()


@pytest.mark.parametrize("version", ["v1.36", "1.36.2", "v1.36.0-rc.1", "v1.36.4+vendor.2"])
def test_versions_of_kubernetes_are_versions(desk, version):
    desk.data["metadata"]["kubernetesVersion"] = version
    assert desk.rules() == set()


HOLLOW = [
    ("a.md", ""), ("a.md", " \n\n"), ("a.md", "TODO\n"), ("a.txt", "To be added: the log.\nTBD"),
    ("a.md", "# Gang scheduling\n\n\n"), ("a.md", "Gangs\n=====\n"), ("a.md", "# Gangs\n\nTBD\n"),
    ("a.md", "<!-- nothing\nto see -->\n"), ("a.md", "\u200b\n"), ("a.log", "\ufeff\n"), ("a.md", "\u3164"),
    ("a.html", "<!doctype html><title>Gangs</title><style>p{}</style><h1 class=a>Gangs</h1><p>todo</p>"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content"), HOLLOW)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_of_evidence_that_shows_nothing_is_questioned(desk, name, content, encoding):
    (desk.folder / "evidence" / name).write_text(content, encoding=encoding)
    desk.item()["evidence"] = [f"evidence/{name}"]
    assert desk.rules() == {"evidence-hollow"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.log", "# kubectl get pods"), ("a.md", "# Gangs\n\nTODO\n\nBoth pods started.\n"),
        ("a.md", "<!-- ours -->![](shot.png)"), ("a.html", "<h1>Gangs</h1><img src='shot.png'>"),
        ("a.html", "<title>x</title><p>Both started.</p>"), ("a.sh", "# TODO"), ("a.csv", "-"),
    ],
)  # fmt: skip
def test_a_short_file_of_evidence_that_shows_something_is_not(desk, name, content):
    (desk.folder / "evidence" / name).write_text(content)
    desk.item()["evidence"] = [f"evidence/{name}"]
    assert desk.rules() == set()


def test_what_is_left_over_and_empty_is_told(desk):
    desk.data["spec"]["extra"] = []
    desk.data["spec"]["observability"].append(None)
    desk.data["spec"]["more"] = None
    found = [each for each in desk.lint().findings if each.rule == "part-empty"]
    assert [each.reason.partition(" is ")[0] for each in found] == [
        "An item of observability", "The category extra", "The category more",
    ]  # fmt: skip
    lines = desk.file.read_text().splitlines()
    assert "extra" in lines[found[1].line - 1]


def test_a_folder_named_like_a_placeholder_is_a_folder(desk):
    desk.item()["evidence"] = ["evidence/"]
    assert desk.rules() == {"evidence-no-file"}


def test_an_old_cluster_in_a_transcript_is_told(desk):
    (desk.folder / "evidence" / "gang_scheduling.md").write_text("Server Version: v1.29.1\n")
    assert desk.rules() == {"transcript-older"}


@pytest.mark.parametrize("begin", ["\n# SIMULATED: seen on simulated nodes\n", "# Made by hand\n#SIMULATED\n"])
def test_the_mark_of_a_file_counts_wherever_it_stands(desk, begin):
    assert desk.rules(begin + desk.write().read_text()) == {"simulated"}


def test_the_mark_of_an_answer_counts_wherever_it_stands(desk):
    desk.item()["notes"] = "Layer: Engine. SIMULATED: every claim held."
    assert desk.rules() == {"simulated"}
