"""One command evaluates a real control plane and leaves evidence; two of them do not disturb each other."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import psutil
import pytest
from junitparser import JUnitXml

import command
from clusterproof import checklist, registry
from clusterproof.model import Level
from clusterproof.render import seconds
from clusterproof.report import load_report

pytestmark = pytest.mark.live

FOUR = {"gang_scheduling", "dra_support", "ai_inference", "robust_controller"}
CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
LARGEST = 80 * 1024  # bytes of a page, without its pictures
WHOLE = 1_000_000  # bytes of the one page with everything, pictures too


@pytest.fixture(scope="module")
def whole(state, tmp_path_factory):
    """Give how two runs side by side ended: a whole one, and a strict one of one requirement only."""
    folder = tmp_path_factory.mktemp("whole")
    some = ["--only", "dra_support", "--strict"]
    with (
        command.started("run", "--platform", "testbed-full", "--json", "--out", folder / "all", env=state) as one,
        command.started("run", "--json", "--out", folder / "some", *some, env=state) as two,
    ):
        return folder, command.ended(one), command.ended(two)


@pytest.fixture
def folder(whole):
    """Give the folder of the whole run."""
    return whole[0] / "all"


def pages(folder):
    return sorted(folder.rglob("*.html"))


def test_the_four_checks_pass_and_nothing_is_an_error_or_silently_absent(whole):
    _, said, _ = whole
    assert said.code == 0, said.err
    assert {said.outcomes[name] for name in FOUR} == {"PASS"}
    checked = {check.requirement for check in registry.declared()}
    rest = {name: row for name, row in zip(said.outcomes, said.data["requirements"], strict=True) if name not in FOUR}
    unchecked = {(row["outcome"], row["reason"]) for name, row in rest.items() if name not in checked}
    assert unchecked <= {("SKIP", "no_check")}
    assert {row["outcome"] for row in rest.values()} <= {"SKIP", "PASS"}
    assert {*said.outcomes} >= {item.id for item in checklist.requirements("1.37")}
    assert said.data["problems"] == said.data["left_behind"] == []


@pytest.mark.parametrize("version", checklist.versions())
def test_every_must_that_a_control_plane_can_answer_is_answered_and_each_other_one_says_why(whole, version):
    rows = {row["id"]: row for row in whole[1].data["requirements"]}
    must = [item.id for item in checklist.requirements(version) if item.level is Level.MUST]
    open_ones = {name: rows[name]["reason"] for name in must if rows[name]["outcome"] != "PASS"}
    assert open_ones == {"secure_accelerator_access": "needs_kubelet"}


def test_a_run_beside_it_of_one_requirement_has_its_own_result_and_is_strict_about_that_one_only(whole):
    _, _, said = whole
    assert said.code == 0, said.err
    measured = {name for name, outcome in said.outcomes.items() if outcome != "SKIP"}
    assert (measured, said.outcomes["dra_support"]) == ({"dra_support"}, "PASS")


def test_the_testbeds_of_both_are_gone_with_every_process(whole, state):
    beds = Path(state["CLUSTERPROOF_STATE"]) / "testbeds"
    assert list(beds.glob("run-*")) == []
    lines = (" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"]))
    assert [line for line in lines if f"{beds}/run-" in line] == []


def test_progress_goes_to_stderr_and_names_each_result(whole):
    _, said, _ = whole
    assert [name for name in FOUR if f"PASS {name} All " not in said.err] == []


def test_the_folder_holds_what_the_readme_says(folder):
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    evidence = {f"evidence/{name}.{kind}" for name in FOUR for kind in ("html", "md")}
    named = "index.html training.html inference.html mlops.html PRODUCT.yaml report.json clusterproof.junit.xml"
    notebooks = {"00_start_here.ipynb", "10_training.ipynb", "20_inference.ipynb", "30_mlops.ipynb"}
    assert {*named.split(), "MANIFEST.sha256", *evidence, *notebooks} <= there
    assert not {path for path in there if path.startswith(".") or "/." in path}


def test_the_digests_fit_and_cover_every_file(folder):
    subprocess.run(["sha256sum", "--quiet", "--strict", "-c", "MANIFEST.sha256"], cwd=folder, check=True)  # noqa: S607
    named = {line.split("  ", 1)[1] for line in (folder / "MANIFEST.sha256").read_text().splitlines()}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert named == there - {"MANIFEST.sha256"}


def test_every_page_says_simulated_is_small_and_asks_for_nothing(folder):
    assert len(pages(folder)) >= 20
    for page in pages(folder):
        text = page.read_text(encoding="utf-8")
        pictures = sum(map(len, re.findall(r"<svg.*?</svg>|data:image[^\"')]*", text, re.DOTALL)))
        assert "SIMULATED" in text, page
        one = page == folder / "index.html"
        assert len(text.encode()) - (0 if one else pictures) < (WHOLE if one else LARGEST), page
        assert CSP in text, page
        assert re.findall(r"<script|<iframe|<link |<object|@import|url\((?!data:|#)|src=\"(?!data:)", text) == [], page


def test_evidence_in_markdown_and_the_checklist_say_simulated(folder):
    for name in FOUR:
        assert "SIMULATED" in (folder / "evidence" / f"{name}.md").read_text()
    product = (folder / "PRODUCT.yaml").read_text()
    assert product.startswith("# SIMULATED")
    assert product.count("SIMULATED: ") >= 4


def test_the_evidence_names_what_a_reviewer_asks_for(folder):
    report = load_report(folder)
    for name in FOUR:
        [verdict] = [each for each in report.verdicts if each.requirement.id == name]
        text = (folder / "evidence" / f"{name}.md").read_text()
        assert report.run_id in text
        assert verdict.requirement.sha256 in text
        assert report.facts.version in text
        assert all(seen.at.startswith("20") for result in verdict.results for seen in result.observations)
        assert "Wall time" in text
        assert "kind: " in text, "the objects that were sent or read back"


def test_junit_parses_and_counts_as_the_report_does(folder):
    suites = JUnitXml.fromfile(str(folder / "clusterproof.junit.xml"))
    cases = [case for suite in suites for case in (suite if hasattr(suite, "__iter__") else [suite])]
    assert len(cases) >= len(checklist.requirements("1.37"))
    assert suites.failures == suites.errors == 0


def test_the_run_records_how_long_the_cluster_itself_took_and_tells_it_everywhere(whole, folder, tmp_path):
    data = whole[1].data
    path = data["critical_path"]
    assert all(path[part] > 0 for part in ("start", "exclusive", "longest", "removal")), path
    assert path["seconds"] == pytest.approx(path["start"] + max(path["exclusive"], path["longest"]) + path["removal"])
    assert path["seconds"] < data["took"], "a lower bound is never above what was measured"
    assert path["ratio"] == pytest.approx(data["took"] / path["seconds"], abs=0.01)
    passed = [row for row in data["requirements"] if row["outcome"] == "PASS"]
    assert [row["id"] for row in passed if not 0 < row["critical_path"] < row["took"]] == []
    own = f"own reactions account for at least {seconds(path['seconds'])} ({path['ratio']:.1f}x)"
    assert own in (folder / "index.html").read_text()
    shutil.copytree(folder, tmp_path / "copy")
    assert own in " ".join(command.run("judge", tmp_path / "copy").out.split())


def test_the_verdict_is_the_same_when_it_is_judged_again(folder, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    again = command.run("judge", copy, "--json")
    assert again.code == 0, again.err
    assert command.run("judge", copy, "--strict", "--json").code == 1
    assert load_report(copy) == load_report(folder)
    for path in folder.rglob("*"):
        if path.is_file():
            assert (copy / path.relative_to(folder)).read_bytes() == path.read_bytes(), path


def test_the_executed_notebooks_hold_the_results_and_no_error(folder):
    for path in folder.glob("*.ipynb"):
        outputs = [out for cell in json.loads(path.read_text())["cells"] for out in cell.get("outputs", [])]
        assert [out for out in outputs if out["output_type"] == "error"] == [], path
