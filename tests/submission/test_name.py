"""A submission is a file PRODUCT.yaml in a folder of its own; what stands there instead is told, not passed over."""

from __future__ import annotations

import os
import re
from functools import partial

import pytest

import command
from clusterproof.submission import official as offered
from submissions import OFFICIAL, Desk


@pytest.fixture
def lint(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("CLUSTERPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(offered, "official", lambda *_: OFFICIAL)
    return partial(command.main, capsys, "checklist", "lint")


def found(said):
    """Return severity by place and rule."""
    return {
        (os.path.basename(each["file"]), finding["rule"]): finding["severity"]  # noqa: PTH119 - a name
        for each in said.data["submissions"]
        for finding in each["findings"]
    }


@pytest.mark.parametrize("name", ["PRODUCT.yml", "product.yaml", "Product.yml", "PRODUCT.YAML"])
def test_a_file_of_another_spelling_is_rejected_and_looked_at(desk, lint, name):
    desk.item()["status"] = "Done"
    desk.write().rename(desk.folder / name)
    said = lint(desk.tree, "--json")
    assert said.code == 1
    assert found(said)[name, "file-name"] == "will be rejected"
    assert (name, "status-unknown") in found(said)
    assert lint(desk.folder / name).code == 1


def test_another_spelling_beside_the_submission_is_asked_about(desk, lint):
    desk.write()
    (desk.folder / "product.yml").write_text("{")
    said = lint(desk.tree, "--json")
    assert (said.code, found(said)) == (0, {("PRODUCT.yaml", "file-name-beside"): "will be questioned"})
    [told] = said.data["submissions"][0]["findings"]
    assert "product.yml" in told["reason"]


def test_a_folder_of_the_files_name_is_rejected(desk, lint):
    desk.file.mkdir()
    said = lint(desk.tree, "--json")
    assert (said.code, found(said)) == (1, {("PRODUCT.yaml", "unreadable"): "will be rejected"})


def test_a_link_where_submissions_would_stand_is_told_and_not_followed(tmp_path, lint):
    desk, other = Desk(tmp_path / "tree"), Desk(tmp_path / "elsewhere")
    desk.write()
    other.write("{")
    for link, target in {"v1.36/mine": other.folder, "v1.37": other.folder.parent, "current": other.folder}.items():
        (desk.tree / link).symlink_to(target)
    (desk.tree / "docs").symlink_to(other.folder / "evidence")
    (desk.folder / "evidence" / "latest").symlink_to(other.folder / "evidence")
    said = lint(desk.tree, "--json")
    assert (said.code, found(said)) == (
        0,
        {(name, "folder-link"): "will be questioned" for name in ("mine", "v1.37", "current")},
    )
    assert {each["product"] for each in said.data["submissions"]} == {"engine", "mine", "v1.37", "current"}
    said = lint(desk.tree).out
    assert "links are not followed" in said
    assert re.search(r"^- +mine \(not looked at\) ", said, re.MULTILINE)
    assert re.search(r"^✓ +engine ", said, re.MULTILINE)


def test_a_folder_of_a_product_without_its_file_is_told(desk, lint):
    desk.write()
    lost = desk.tree / "v1.36" / "lost"
    (lost / "evidence").mkdir(parents=True)
    (lost / "evidence" / "a.md").write_text("Ran.")
    (desk.tree / "v1.36" / "bare").mkdir()
    (desk.tree / "v1.36" / "bare" / ".gitkeep").touch()
    (desk.folder / "evidence" / "v1.2" / "charts").mkdir(parents=True)
    (desk.folder / "evidence" / "v1.2" / "charts" / "values.yaml").touch()
    (desk.tree / "docs" / "more").mkdir(parents=True)
    (desk.tree / "docs" / "more" / "a.md").write_text("How to.")
    said = lint(desk.tree, "--json")
    assert (said.code, found(said)) == (0, {("lost", "folder-lost"): "will be questioned"})
    assert {each["product"] for each in said.data["submissions"]} == {"engine", "lost"}
    assert lint(lost).code == 2


def test_a_link_in_the_place_of_the_file_is_rejected(desk, lint, tmp_path):
    desk.file.symlink_to(tmp_path)
    said = lint(desk.tree, "--json")
    assert (said.code, found(said)) == (1, {("PRODUCT.yaml", "symbolic-link"): "will be rejected"})


@pytest.mark.parametrize("what", ["missing", "empty", "links", "x" * 300])
def test_where_nothing_is_to_be_looked_at_it_is_said_what_to_name(lint, tmp_path, what):
    place = tmp_path / what
    if len(what) < 10:
        (tmp_path / "empty").mkdir()
        (tmp_path / "links").mkdir()
        (tmp_path / "links" / "v1.37").symlink_to(tmp_path / "empty")
    said = lint(place)
    assert (said.code, said.out) == (2, "")
    sentence, advice = said.err.splitlines()
    assert str(place) in sentence
    assert ("v1.37 leads to" in advice) if what == "links" else ("Name a file PRODUCT.yaml, or a folder" in advice)
