"""`gap`, `diff` and `import` on the command line, and the notebook that compares."""

from __future__ import annotations

import json
import os

import nbclient
import nbformat
import pytest

from clusterproof import paths
from clusterproof.model import Outcome
from clusterproof.report import load_report
from recorded import edited, everything, measured, official, platform_file, run_folder, sealed

HOSTILE = "<script>alert(1)</script>"


def test_a_gap_is_told_as_text_as_json_and_as_a_page(cli, tmp_path):
    run = run_folder(tmp_path, everything(measured("gang_scheduling", Outcome.SKIP)), checklist="1.36")
    said = cli("gap", "v1.36", "1.37", "--run", run, "--html", tmp_path / "gap.html")
    assert said.code == 0
    assert "1 new, 1 reworded, 13 same; 1 left to do." in said.out
    assert "gang_<wbr>scheduling" in (tmp_path / "gap.html").read_text(encoding="utf-8")
    assert cli("gap", "1.36", "1.37", "--run", run, "--json").data["remaining"] == ["gang_scheduling"]
    again = cli("gap", "1.36", "1.37", "--html", tmp_path / "gap.html")
    assert (again.code, "is there already" in again.err) == (2, True)
    assert "Name another place, or replace what is there" in again.err
    assert cli("gap", "1.36", "1.37", "--html", tmp_path / "gap.html", "--force").code == 0


def test_a_gap_without_a_run_says_how_to_name_one(cli):
    assert "--run" in cli("gap", "1.35", "1.37").out


@pytest.mark.parametrize("words", [["1.36", "1.39"], ["1.36", "1.36"], ["1.36", "1.37", "--run", "/nowhere"]])
def test_a_gap_between_unknown_things_is_a_usage_error(cli, words):
    said = cli("gap", *words)
    assert (said.code, said.out) == (2, "")


@pytest.fixture
def two(tmp_path):
    """Give two run folders; in the second a MUST fails."""
    failed = measured("robust_controller", Outcome.FAIL, actual=f"{HOSTILE}\x1b[2J")
    return run_folder(tmp_path, everything(), "a", run_id="one"), run_folder(
        tmp_path, everything(failed), "b", run_id="two"
    )


def test_a_diff_shows_flips_first_with_times_and_what_was_seen(cli, two):
    said = cli("diff", *two)
    assert said.code == 0
    head, first = said.out.splitlines()[:2]
    assert head.split() == ["requirement", "level", "one", "two", "took", "then"]
    assert first.split() == ["↓", "robust_controller", "MUST", "✓", "PASS", "✗", "FAIL", "3.00", "s", "3.00", "s"]
    assert "! every pod of a gang that fits is bound" in said.out
    assert "1 flipped, 1 for the worse" in said.out
    assert "\x1b" not in said.out


def test_a_diff_names_what_is_said_otherwise_after_the_flips(cli, two):
    lines = cli("diff", *two).out.splitlines()
    at = lines.index("robust_controller")
    assert lines[at + 1] == "  status: Implemented  →  Not Implemented"
    assert lines[at + 2] == "  reason: claims_hold  →  claim_false"
    assert lines[at + 3].startswith("  message: All 2 claims hold.  →  Not so: every pod of a gang that fits is bound")
    change = cli("diff", *two, "--json").data["changes"][0]
    assert change["fields"][0] == {"name": "status", "before": "Implemented", "after": "Not Implemented"}
    assert (change["before"]["status"], change["after"]["status"]) == ("Implemented", "Not Implemented")


def test_a_diff_names_what_a_claim_expects_otherwise(cli, two, tmp_path):
    third = run_folder(tmp_path, everything(), "c", run_id="three")

    def expects(data):
        [verdict] = [v for v in data["verdicts"] if v["requirement"]["id"] == "gang_scheduling"]
        verdict["results"][0]["observations"][0] |= {"expected": HOSTILE + "\x1b[2J", "kind": "control"}

    edited(third, expects)
    lines = cli("diff", two[0], third).out.splitlines()
    at = lines.index("gang_scheduling")
    assert lines[at + 2 : at + 5] == [
        "      holds, 4  →  holds, 4", f"      expected: 4  →  {HOSTILE}", "      kind: positive  →  control",
    ]  # fmt: skip
    [claim] = next(c for c in cli("diff", two[0], third, "--json").data["changes"] if c["claims"])["claims"]
    assert [field["name"] for field in claim["fields"]] == ["expected", "kind"]
    assert (claim["before"]["expected"], claim["before"]["kind"]) == (4, "positive")


def test_the_same_run_twice_is_remarked(cli, two):
    words = "2 of the runs carry the id one: they are one run, or copies of it."
    assert words in cli("diff", two[0], two[0]).out.splitlines()
    assert words in cli("diff", two[0], two[1], two[0]).out.splitlines()
    assert cli("diff", two[0], two[0], "--json").data["remarks"] == [words]
    assert cli("diff", *two, "--json").data["remarks"] == []


def test_a_diff_keeps_the_order_of_its_words_and_strict_minds_the_worse(cli, two):
    assert cli("diff", *two, "--strict").code == 1
    said = cli("diff", *reversed(two), "--strict", "--json")
    assert said.code == 0
    first = said.data["changes"][0]
    assert (first["id"], first["flipped"], first["worse"]) == ("robust_controller", True, False)
    assert said.data["runs"] == ["two", "one"]


def test_a_diff_of_many_runs_is_a_history(cli, two, tmp_path):
    third = run_folder(tmp_path, everything(), "c", run_id="three", started="2026-02-01T00:00:00.000Z")
    said = cli("diff", *two, third)
    assert said.out.splitlines()[0].split() == ["verdict", "one", "two", "three"]
    assert said.out.splitlines()[1].split()[0] == "robust_controller"
    data = cli("diff", *two, third, "--json").data
    assert list(data["history"]["robust_controller"].values()) == ["✓ PASS", "✗ FAIL", "✓ PASS"]


def test_a_diff_needs_two_runs_that_can_be_read(cli, two, tmp_path):
    assert cli("diff", two[0]).code == 2
    assert cli("diff", two[0], tmp_path / "nowhere").code == 2
    (two[1] / "report.json").write_text("[" * 100_000)
    said = cli("diff", *two)
    assert (said.code, "is not what the run wrote" in said.err) == (2, True)
    sealed(two[1])
    said = cli("diff", *two)
    assert (said.code, "is not a whole report: it is not JSON" in said.err) == (2, True)


def link_to_everything(report):
    report.unlink()
    report.symlink_to("/dev/zero")


def pipe(report):
    report.unlink()
    os.mkfifo(report)


def huge(report):
    with report.open("ab") as file:
        file.truncate(1 << 33)


@pytest.mark.parametrize("spoil", [link_to_everything, pipe, huge], ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize("command", ["diff", "gap", "fill", "judge"])
def test_a_report_that_is_no_file_neither_fills_the_memory_nor_hangs(cli, two, tmp_path, command, spoil):
    run = two[1]
    spoil(run / "report.json")
    words = {
        "diff": two,
        "gap": ("1.36", "1.37", "--run", run),
        "fill": (run, "--out", tmp_path / "out"),
        "judge": (run,),
    }[command]
    said = cli(command, *words)
    assert (said.code, "report.json cannot be used. It " in said.err) == (2, True), said.err


@pytest.mark.parametrize("command", ["diff", "gap"])
def test_a_report_that_somebody_has_edited_is_not_compared(cli, two, command):
    file = two[1] / "report.json"
    file.write_text(file.read_text().replace("FAIL", "PASS"))
    said = cli(command, *(two if command == "diff" else ("1.36", "1.37", "--run", two[1])))
    assert (said.code, "is not what the run wrote" in said.err) == (2, True)


def test_the_notebook_compares_without_a_cluster(two, tmp_path):
    notebook = nbformat.read(paths.notebooks() / "90_compare.ipynb", as_version=4)
    chosen = nbformat.v4.new_code_cell(f"runs = {[str(run) for run in two]!r}")
    notebook.cells.insert(3, chosen)
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = json.dumps([cell.get("outputs", []) for cell in notebook.cells])
    assert "robust_controller" in shown
    assert "does not hold" in shown
    pages = [
        out["data"].get("text/html", "") for cell in notebook.cells for out in cell.get("outputs", []) if "data" in out
    ]
    assert not [page for page in pages if "<script" in page]


JUNIT = '<testsuite name="p"><testcase name="TestGangScheduling" time="3"/>{}</testsuite>'


@pytest.fixture
def imported(cli, tmp_path):
    """Give a function that imports a report of the suite."""

    def run(*more, body="", name="mine.xml"):
        (tmp_path / name).write_text(JUNIT.format(body), encoding="utf-8")
        return cli("import", tmp_path / name, "--out", tmp_path / "run", *more)

    return run


def test_what_the_suite_skipped_stands_in_the_table(imported):
    said = imported(body='<testcase name="TestRobustCRDControllerOperation"><skipped/></testcase>')
    assert "SKIP robust_controller MUST Every test of it was skipped" in " ".join(said.out.split())
    assert "more were not asked for" in said.out


def test_an_import_leaves_a_run_folder_with_the_file_as_it_came_under_its_one_name(imported, tmp_path):
    said = imported("--json")
    assert said.outcomes["gang_scheduling"] == "PASS"
    assert (tmp_path / "run/suite/junit.xml").read_text(encoding="utf-8") == JUNIT.format("")
    assert " suite/junit.xml\n" in (tmp_path / "run/MANIFEST.sha256").read_text(encoding="utf-8")
    [verdict] = [v for v in load_report(tmp_path / "run").verdicts if v.requirement.id == "gang_scheduling"]
    assert verdict.results[0].source.startswith("suite/junit.xml, sha256 ")
    assert "programme&#39;s suite" in (tmp_path / "run/evidence/gang_scheduling.html").read_text(encoding="utf-8")


def test_an_imported_result_is_filled_in_with_its_artifact(imported, cli, tmp_path):
    imported()
    out = tmp_path / "out"
    words = ["--template", official("1.37"), "--out", out, "--platform", platform_file(tmp_path)]
    said = cli("fill", tmp_path / "run", *words)
    assert "the validator refuses" not in said.out
    text = (out / "PRODUCT.yaml").read_text(encoding="utf-8")
    assert 'evidence: ["evidence/gang_scheduling.md", "suite/junit.xml"]' in text
    assert "the kit has not seen it itself" in text
    assert (out / "suite/junit.xml").read_text(encoding="utf-8") == JUNIT.format("")


def test_judging_an_import_again_changes_nothing(imported, cli, tmp_path):
    imported()
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    cli("judge", tmp_path / "run")
    assert {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("lie", ["the file", "the report", "the file is gone"])
def test_an_imported_result_is_read_from_its_file_whatever_the_report_says(imported, cli, tmp_path, lie):
    imported(body='<testcase name="TestGangScheduling/waits"><failure/></testcase>' if lie == "the report" else "")
    run = tmp_path / "run"
    if lie == "the report":
        data = json.loads((run / "report.json").read_text(encoding="utf-8"))
        [result] = [r for v in data["verdicts"] for r in v["results"] if r["source"]]
        result["observations"][0] |= {"holds": True, "actual": "pass"}
        (run / "report.json").write_text(json.dumps(data), encoding="utf-8")
    elif lie == "the file":
        (run / "suite/junit.xml").write_text(JUNIT.format("<testcase name='TestOther'/>"), encoding="utf-8")
    else:
        (run / "suite/junit.xml").unlink()
    sealed(run)
    out = tmp_path / "out"
    said = cli("fill", run, "--template", official("1.37"), "--out", out, "--platform", platform_file(tmp_path))
    if lie == "the report":
        assert "gang_scheduling is a MUST and Not Implemented." in said.out
    else:
        assert (said.code, out.exists()) == (2, False)
        assert "does not bear it out" in said.err


def test_beside_a_simulated_run_an_import_is_simulated(imported, tmp_path):
    base = run_folder(tmp_path, everything(simulated=True), "base", simulated=True)
    imported("--run", base)
    verdicts = {v.requirement.id: v for v in load_report(tmp_path / "run").verdicts}
    assert all(result.simulated for result in verdicts["gang_scheduling"].results)


def test_a_test_that_belongs_to_no_requirement_is_told(imported):
    said = imported(body='<testcase name="TestOther"><failure/></testcase>')
    assert said.err == "The suite's TestOther (fail) belongs to no requirement.\n"


def test_a_failed_test_in_the_same_file_is_told_before_the_validator_does(imported, cli, tmp_path):
    imported(body=f'<testcase name="TestOther"><failure message="{HOSTILE.replace("<", "&lt;")}"/></testcase>')
    words = ["--template", official("1.37"), "--out", tmp_path / "out", "--platform", platform_file(tmp_path)]
    said = cli("fill", tmp_path / "run", *words)
    assert said.code == 1
    assert "suite/junit.xml holds a test that failed, TestOther" in said.out


def test_no_page_of_an_import_holds_a_tag_of_somebody_elses(imported, tmp_path):
    hostile = HOSTILE.replace("<", "&lt;")
    imported(body=f'<testcase name="TestSecureAcceleratorAccess/{hostile}"><failure message="{hostile}"/></testcase>')
    for page in (tmp_path / "run").rglob("*.html"):
        assert "<script" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("content", ["", "<!DOCTYPE a [<!ENTITY b 'c'>]><testsuite/>", "x" * 50_000_000, "{", "a: b"])
def test_a_bad_file_is_a_sentence_and_nothing_is_written(cli, tmp_path, content):
    (tmp_path / "bad").write_text(content, encoding="utf-8")
    said = cli("import", tmp_path / "bad", "--out", tmp_path / "run")
    assert (said.code, said.out) == (2, "")
    assert str(tmp_path / "bad") in said.err
    assert not (tmp_path / "run").exists()


def test_a_place_that_cannot_be_written_or_is_the_runs_own_is_refused(cli, imported, tmp_path):
    imported()
    (tmp_path / "link.xml").symlink_to(tmp_path / "mine.xml")
    said = cli("import", tmp_path / "link.xml", "--out", tmp_path / "new")
    assert (said.code, "Name the file itself" in said.err) == (2, True)
    said = cli("import", tmp_path / "mine.xml", "--out", "/dev/null/x")
    assert (said.code, "/dev/null/x cannot be written" in said.err) == (2, True)
    said = cli("import", tmp_path / "mine.xml", "--run", tmp_path / "run", "--out", tmp_path / "run" / "in")
    assert (said.code, "lies in the run" in said.err, (tmp_path / "run" / "in").exists()) == (2, True, False)


def test_two_files_of_one_form_and_a_folder_that_is_not_empty_are_refused(cli, imported, tmp_path):
    imported()
    assert "is not empty" in imported().err
    assert "same form" in cli("import", tmp_path / "mine.xml", tmp_path / "mine.xml", "--out", tmp_path / "new").err


def test_no_run_of_the_kits_own_writes_a_name_that_the_validator_parses(tmp_path):
    run_folder(tmp_path, everything())
    from clusterproof.report import write_report

    write_report(load_report(tmp_path / "run"), tmp_path / "written")
    names = {path.name.lower() for path in (tmp_path / "written").rglob("*")}
    assert not names & {"junit.xml", "results.json", "e2e.log"}
