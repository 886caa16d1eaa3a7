"""`clusterproof checklist lint`: exit codes, forms of the answer, and that nothing is requested without the flag."""

from __future__ import annotations

import json
import socket
from functools import partial

import pytest

import command
from clusterproof.submission import official as offered
from clusterproof.submission.finding import RULES
from submissions import OFFICIAL


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("CLUSTERPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(offered, "official", lambda *_: OFFICIAL)
    return partial(command.main, capsys, "checklist")


def test_a_right_submission_ends_with_0(desk, cli):
    said = cli("lint", desk.write())
    assert said.code == 0
    assert "0 of 1 submission will be rejected" in said.out


def test_a_question_does_not_fail_and_a_rejection_does(desk, cli):
    desk.item()["notes"] = ""
    assert cli("lint", desk.write()).code == 0
    desk.item()["status"] = "Done"
    assert cli("lint", desk.write()).code == 1


def test_findings_stand_below_their_file_with_place_reason_and_mend(desk, cli, monkeypatch):
    monkeypatch.chdir(desk.tree)
    desk.item()["status"] = "Done"
    lines = cli("lint", desk.write()).out.splitlines()
    assert lines[0] == "v1.36/engine/PRODUCT.yaml  ✗ 2 will be rejected · ? 0 will be questioned"
    assert "✗ The status of gang_scheduling is 'Done'. (status-unknown)" in lines[1] + lines[3]
    assert "→ Write one of Implemented" in lines[2] + lines[4]


def test_a_tree_gets_a_table(desk, cli):
    other = desk.tree / "v1.36" / "other"
    other.mkdir()
    (other / "PRODUCT.yaml").write_text("x")
    desk.write()
    said = cli("lint", desk.tree)
    assert said.code == 1
    assert [line.split()[:3] for line in said.out.splitlines() if "  1.36  " in line] == [
        ["✓", "engine", "1.36"],
        ["✗", "other", "1.36"],
    ]


def test_quiet_leaves_questions_away(desk, cli):
    desk.item()["notes"] = ""
    assert "notes-empty" in cli("lint", desk.write()).out
    assert "notes-empty" not in cli("lint", desk.write(), "-q").out


def test_json_says_the_same(desk, cli):
    desk.item()["status"] = "Done"
    (submission,) = cli("lint", desk.write(), "--json").data["submissions"]
    found = {each["rule"]: each for each in submission["findings"]}
    assert submission["rejected"] is True
    assert found["status-unknown"]["severity"] == "will be rejected"
    assert found["status-unknown"]["line"] > 1


def test_annotations_name_file_line_and_column(desk, cli, monkeypatch):
    monkeypatch.chdir(desk.tree)
    desk.item().update(status="Done", notes="")
    lines = cli("lint", desk.write(), "--format", "github").out.splitlines()
    kinds = {line.partition(" ")[0] for line in lines if line.startswith("::")}
    assert kinds == {"::error", "::warning", "::notice::No"}
    assert any(line.startswith("::error file=v1.36/engine/PRODUCT.yaml,line=") and ",col=" in line for line in lines)


def test_nothing_is_requested_without_the_flag(desk, cli, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("somebody asked the network")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    desk.item()["evidence"] = ["https://works.test/report"]
    said = cli("lint", desk.write())
    assert said.code == 0
    assert "--urls" in said.out


def test_with_the_flag_addresses_are_asked(desk, cli, monkeypatch):
    from clusterproof.submission import remembered
    from clusterproof.submission.urls import Answer, Reached

    asked = []

    def reach(addresses):
        asked.extend(addresses)
        return {"https://works.test/docs": Answer(Reached.GONE, "HTTP 404")}

    monkeypatch.setattr(remembered, "reach_remembering", reach)
    said = cli("lint", desk.write(), "--urls")
    assert said.code == 1
    assert "An address of documentationUrl is dead, HTTP 404" in said.out
    assert len(asked) == 5


@pytest.mark.parametrize(
    "words",
    [
        ["lint", "/no/such/file"], ["lint", "{empty}"], ["lint"], ["lint", "{file}", "--rules", "older"],
        ["lint", "{file}", "--format", "xml"], ["sync", "--from", "/no/such/folder"], ["nothing"],
    ],
)  # fmt: skip
def test_wrong_words_end_with_2(desk, cli, tmp_path, words):
    (tmp_path / "empty").mkdir()
    places = {"empty": tmp_path / "empty", "file": desk.write()}
    assert cli(*(word.format(**places) for word in words)).code == 2


def test_the_rules_can_be_listed(cli):
    assert [row["id"] for row in cli("rules", "--json").data] == list(RULES)
    assert len(cli("rules").out.splitlines()) == len(RULES)


def test_sync_says_what_it_has_and_what_not(cli, tmp_path):
    (tmp_path / "members.json").write_text(json.dumps(["Example Works"]))
    said = cli("sync", "--from", tmp_path)
    assert said.code == 0
    assert "members.json" in said.out
    assert "does not have AIConformance-1.33.yaml" in said.out
    assert cli("sync", "--from", tmp_path, "--json").data["files"] == ["members.json"]
