"""Submissions that want to break the reader, its terminal, or its page: a finding each, never a traceback or a hang."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusterproof.submission.finding import Generation
from clusterproof.submission.lint import MOST, examined
from clusterproof.submission.reading import parse
from clusterproof.submission.submission import Submission
from submissions import OFFICIAL, right

HOSTILE = "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script> [red]x[/] ::error::x\n::set-output name=a::b\u202e\x9b"


def spoilt(desk, text):
    return {each.rule for each in desk.lint(text).findings}


def test_what_is_not_yaml_is_one_finding_with_its_place(desk):
    (found,) = desk.lint("metadata:\n  a: b: c\n").findings
    assert (found.rule, found.line, found.column) == ("not-yaml", 2, 7)


def test_scalar_evidence_is_rejected_as_the_validator_does(desk):
    desk.item()["evidence"] = "N/A"
    (wrong,) = [each for each in desk.lint().findings if each.rule == "wrong-type"]
    assert wrong.reason == "evidence is text, where the validator reads a list; it cannot load the file."
    assert wrong.subject == "gang_scheduling"


@pytest.mark.parametrize("value", [None, 7, 1.5, True, "x", [], [1], {}, {"a": 1}, [[]], [{}], [None]])
@pytest.mark.parametrize(
    "part", ["metadata", "spec", "category", "item", "evidence", "notes", "id", "status", "vendorName"]
)
def test_a_part_of_any_type_is_no_traceback(desk, part, value):
    if part in {"metadata", "spec"}:
        desk.data[part] = value
    elif part == "category":
        desk.data["spec"]["observability"] = value
    elif part == "item":
        desk.data["spec"]["observability"] = [value]
    elif part == "vendorName":
        desk.data["metadata"][part] = value
    else:
        desk.item()[part] = value
    for rules in Generation:
        desk.lint(rules=rules)


PARTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([*right()["metadata"], "spec"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["metadata", "spec", "id", "evidence", "notes", "security", "{x}", "%s"]), inner
        )
    ),
    max_leaves=12,
)


@given(PARTS, st.sampled_from(Generation))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_structure_raises(value, rules):
    import json

    document = parse(json.dumps(value), "/nowhere/v1.36/engine/PRODUCT.yaml")
    assert examined(Submission(document, OFFICIAL, rules)).rejected


@pytest.mark.parametrize(
    ("link", "snapshot"),
    [
        ("../../../../../../etc/passwd", "evidence-missing"), ("..", "evidence-outside"), (".", "evidence-outside"),
        ("../other/real.md", "evidence-outside"), ("v1.36/other/real.md", "evidence-missing"),
        ("file://../other/real.md", None), ("#only-a-fragment", "evidence-missing"), ("file://", "evidence-missing"),
        ("a\0b", "evidence-path"),
    ],
)  # fmt: skip
def test_paths_that_leave_the_directory_are_found(desk, link, snapshot):
    other = desk.tree / "v1.36" / "other"
    other.mkdir()
    (other / "real.md").write_text("x")
    if "\0" in link:
        text = desk.write().read_text().replace("evidence/gang_scheduling.md", '"a\\0b"')
        assert spoilt(desk, text) == {"evidence-path"}
        return
    desk.item()["evidence"] = [link]
    assert desk.rules() == {"evidence-path"}
    assert desk.rules(rules="snapshot") == {snapshot or "evidence-missing"}


def test_symbolic_links_that_lead_out_are_neither_read_nor_believed(desk, tmp_path):
    secret = tmp_path / "secret.log"
    secret.write_text("--- PASS: TestGangScheduling (0s)\n")
    (desk.folder / "e2e.log").symlink_to(secret)
    (desk.folder / "away.md").symlink_to(secret)
    (desk.folder / "broken.md").symlink_to(tmp_path / "absent")
    desk.item()["evidence"] = ["e2e.log"]
    assert desk.rules() == {"evidence-link", "artifact-unreadable"}
    desk.item()["evidence"] = ["away.md"]
    assert desk.rules() == {"evidence-link"}
    desk.item()["evidence"] = ["broken.md"]
    assert desk.rules() == {"evidence-missing"}


def test_a_submission_that_is_a_link_is_not_read(desk):
    real = desk.write().rename(desk.tree / "real.yaml")
    desk.file.symlink_to(real)
    from clusterproof.submission.lint import lint_file

    assert [each.rule for each in lint_file(desk.file, OFFICIAL).findings] == ["symbolic-link"]


def test_links_to_folders_are_not_walked(desk):
    from clusterproof.submission.lint import files

    desk.write()
    (desk.folder / "loop").symlink_to(desk.tree, target_is_directory=True)
    assert files([desk.tree]) == (desk.file,)


def test_a_pipe_in_place_of_evidence_is_not_waited_for(desk):
    os.mkfifo(desk.folder / "e2e.log")
    os.mkfifo(desk.folder / "pipe.md")
    desk.item()["evidence"] = ["e2e.log", "pipe.md"]
    assert desk.rules() == {"artifact-unreadable", "evidence-no-file"}


def test_ten_thousand_faults_are_cut_short_and_counted(desk):
    desk.data["spec"]["observability"] += [{"id": f"x{number}"} for number in range(10_000)]
    linted = desk.lint()
    assert len([each for each in linted.findings if each.rule == "id-unknown"]) == MOST
    assert any("id-unknown" in remark for remark in linted.remarks)


@pytest.fixture
def cli(capsys, tmp_path, monkeypatch):
    from functools import partial

    import command

    monkeypatch.setenv("CLUSTERPROOF_CACHE", str(tmp_path / "cache"))
    return partial(command.main, capsys)


@pytest.mark.parametrize("form", ["text", "github"])
def test_no_control_character_reaches_the_terminal(desk, cli, form):
    desk.data["metadata"]["vendorName"] = HOSTILE
    desk.item()["status"] = HOSTILE
    desk.item()["evidence"] = [HOSTILE]
    desk.data[HOSTILE] = HOSTILE
    said = cli("checklist", "lint", desk.write(), "--format", form, "--rules", "snapshot")
    assert said.code == 1
    assert not {character for character in said.out if ord(character) < 32} - {"\n"}
    assert not set(said.out) & {"\x7f", "\x9b", "\u202e"}
    assert "[red]x[/]" in said.out
    commands = [line for line in said.out.splitlines() if line.startswith("::")]
    assert all(line.startswith(("::error file=", "::warning file=", "::notice::")) for line in commands)
    assert "Traceback" not in said.err


def test_json_holds_hostile_words_as_data(desk, cli):
    desk.item()["status"] = HOSTILE
    said = cli("checklist", "lint", desk.write(), "--json")
    assert any(each["rule"] == "status-unknown" for each in said.data["submissions"][0]["findings"])
    assert "\x1b" not in said.out
