"""What a run has written is replaced by no command, whatever is forced: its manifest, and a signature, rest on it."""

from __future__ import annotations

import pytest

from recorded import everything, official, run_folder


@pytest.fixture
def run(tmp_path):
    """Give a run folder as it is on the disk, apart from its pages."""
    folder = run_folder(tmp_path, everything(), "reports/one")
    assert "report.json" in (folder / "MANIFEST.sha256").read_text()
    return folder


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(said, run, file):
    assert (said.code, said.out) == (2, "")
    sentence, advice = said.err.splitlines()
    assert sentence == f"{file} is a file of the run in {run}, which --force does not replace; nothing was written."
    assert advice == "Name a place outside of the run's folder."


@pytest.mark.parametrize("words", [[], ["--force"]], ids=str)
@pytest.mark.parametrize("by", ["its name", "a link"])
def test_a_checklist_is_not_filled_into_a_run(cli, run, tmp_path, words, by):
    out = run
    if by == "a link":
        out = tmp_path / "link"
        out.symlink_to(run)
    before = content(run)
    refused(cli("fill", run, "--out", out, "--template", official("1.37"), *words), run, out / "PRODUCT.yaml")
    assert content(run) == before


@pytest.mark.parametrize("name", ["report.json", "MANIFEST.sha256", "attestation.intoto.jsonl", "evidence/a.md"])
def test_a_page_takes_the_place_of_no_file_of_a_run(cli, run, name):
    file = run / name
    file.parent.mkdir(exist_ok=True)
    if not file.exists():
        file.write_text("of the run")
    if name == "evidence/a.md":
        manifest = (run / "MANIFEST.sha256").read_text()
        (run / "MANIFEST.sha256").write_text(f"{manifest}{'0' * 64}  {name}\n")
    before = content(run)
    refused(cli("gap", "1.36", "1.37", "--html", file, "--force"), run, file)
    assert content(run) == before


def test_what_a_run_has_not_written_may_lie_in_its_folder_and_be_replaced(cli, run):
    for words in ([], ["--force"]):
        assert cli("gap", "1.36", "1.37", "--html", run / "gap.html", *words).code == 0


def test_a_run_that_has_lost_its_manifest_is_still_a_run(cli, run):
    (run / "MANIFEST.sha256").unlink()
    (run / "clusterproof.junit.xml").write_text("")
    refused(cli("gap", "1.36", "1.37", "--html", run / "report.json", "--force"), run, run / "report.json")


def test_a_products_folder_with_a_report_and_digests_of_its_own_is_no_run(cli, tmp_path):
    (tmp_path / "report.json").write_text("mine")
    (tmp_path / "MANIFEST.sha256").write_text(f"{'0' * 64}  other.txt\n")
    assert cli("gap", "1.36", "1.37", "--html", tmp_path / "report.json", "--force").code == 0
