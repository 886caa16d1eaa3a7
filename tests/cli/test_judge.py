"""`judge` repeats the verdict without a cluster, and harms nothing that it cannot read."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from clusterproof.model import Outcome, Reason
from clusterproof.report import load_report, write_report
from clusterproof.report.store import manifest
from clusterproof.runner import known
from measured import report, request, result

CHECKLISTS = Path(__file__).parents[3] / "shared" / "data" / "checklists"


@pytest.fixture
def folder(tmp_path):
    """Give a run folder in which one MUST has failed."""
    passed = [result(name) for name in ("gang_scheduling", "dra_support", "ai_inference")]
    failed = result("robust_controller", Outcome.FAIL, Reason.CLAIM_FALSE, "Not so: a claim (expected 1, seen 2).")
    folder = tmp_path / "run"
    write_report(report(request(tmp_path), [*passed, failed]), folder, known=known())
    return folder


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_verdict_is_repeated_and_the_folder_is_the_same_afterwards(cli, folder):
    before = contents(folder)
    said = cli("judge", folder)
    assert said.code == 1
    assert "✗ FAIL" in said.out
    assert contents(folder) == before


def test_json_is_all_of_stdout(cli, folder):
    said = cli("judge", folder, "--json")
    assert said.outcomes["robust_controller"] == "FAIL"
    assert said.outcomes["gang_scheduling"] == "PASS"
    assert said.data["exit_code"] == said.code == 1


def test_a_verdict_comes_from_the_observations_whatever_the_file_says_of_it(cli, folder):
    data = json.loads((folder / "report.json").read_text())
    [verdict] = [each for each in data["verdicts"] if each["requirement"]["id"] == "robust_controller"]
    verdict |= {"outcome": "PASS", "status": "Implemented"}
    verdict["results"][0] |= {"outcome": "PASS", "reason": "claims_hold"}
    data["summary"] = "conformant"
    (folder / "report.json").write_text(json.dumps(data))
    (folder / "MANIFEST.sha256").unlink()
    said = cli("judge", folder, "--json")
    assert said.code == 1
    assert said.outcomes["robust_controller"] == "FAIL"
    assert load_report(folder).summary.value == "nonconformant"


def test_a_report_that_was_changed_gets_no_new_digests(cli, folder):
    text = (folder / "report.json").read_text()
    (folder / "report.json").write_text(text.replace('"holds": false', '"holds": true'))
    before = contents(folder)
    said = cli("judge", folder)
    assert said.code == 2
    assert said.out == ""
    assert "not what the run wrote" in said.err
    assert contents(folder) == before


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"schema": 1}', "\x00\xff", '{"schema": 99}', None])
def test_a_folder_without_a_whole_report_is_refused_and_left_as_it_is(cli, folder, content):
    if content is None:
        (folder / "report.json").unlink()
    else:
        (folder / "report.json").write_text(content, encoding="latin-1")
    before = contents(folder)
    said = cli("judge", folder)
    assert said.code == 2, said
    assert said.out == ""
    assert "Traceback" not in said.err
    assert len(said.err.splitlines()) == 2
    assert contents(folder) == before


@pytest.mark.parametrize("name", ["missing", "file", "x" * 300, "\x1b[31m"], ids=["missing", "file", "long", "codes"])
def test_what_is_no_folder_is_refused(cli, place, name):
    (place / "file").write_text("mine")
    said = cli("judge", place / name)
    assert said.code == 2
    assert "Traceback" not in said.err
    assert "broke" not in said.err
    assert "\x1b" not in said.err
    assert [path.name for path in place.iterdir()] == ["file"]


def test_a_report_cannot_choose_where_its_files_land(cli, folder, tmp_path):
    text = (folder / "report.json").read_text()
    (folder / "report.json").write_text(text.replace('"id": "gpu_sharing"', '"id": "../../gpu_sharing"'))
    (folder / "MANIFEST.sha256").unlink()
    before = contents(tmp_path)
    assert cli("judge", folder).code == 2
    assert contents(tmp_path) == before


@pytest.mark.skipif(not CHECKLISTS.is_dir(), reason="the official checklists lie beside the checkout, not in it")
def test_an_official_checklist_that_was_filled_stays_one(cli, folder):
    template = CHECKLISTS / "AIConformance-1.37.yaml"
    assert cli("judge", folder, "--template", template).code == 1
    filled = (folder / "PRODUCT.yaml").read_text()
    assert "DRAFT" not in filled
    assert cli("judge", folder).code == 1
    assert (folder / "PRODUCT.yaml").read_text() == filled


def test_a_wrong_template_is_refused_and_the_folder_left_as_it_is(cli, folder, tmp_path):
    before = contents(folder)
    (tmp_path / "template.yaml").write_text("metadata: {}\nspec: {}\n")
    assert cli("judge", folder, "--template", tmp_path / "template.yaml").code == 2
    assert contents(folder) == before


def test_the_digests_fit_after_judging_again(cli, folder):
    cli("judge", folder)
    assert (folder / "MANIFEST.sha256").read_text() == manifest(folder)
    assert hashlib.sha256((folder / "index.html").read_bytes()).hexdigest() in manifest(folder)
