"""In GitHub Actions a run annotates what has no good answer and sums itself up; a cluster says no commands."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from clusterproof.cli import github
from clusterproof.model import Outcome
from clusterproof.report.markdown import summary
from recorded import everything, measured, report_of

HOSTILE = "nasty\n::set-output name=a::b\r::error::x%0A</td><script>alert(1)</script> | `x`"


@pytest.fixture
def tell(tmp_path, monkeypatch, capsys):
    """Give a function that tells a run with these results, and returns the annotations and the summary."""
    file = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))

    def tell(*different, problems=()):
        report = report_of(tmp_path, everything(*different))
        github.tell(SimpleNamespace(report=report), problems)
        said = capsys.readouterr()
        assert said.out == "", "standard output may be JSON"
        return said.err.splitlines(), file.read_text(encoding="utf-8") if file.exists() else ""

    return tell


def test_a_run_where_all_is_well_has_a_summary_and_no_annotation(tell):
    lines, shown = tell()
    assert lines == []
    assert "| ✓ PASS | `gang_scheduling` | MUST |" in shown


def test_a_must_that_fails_is_an_error_and_a_should_a_warning(tell):
    lines, shown = tell(measured("gang_scheduling", Outcome.FAIL), measured("gpu_sharing", Outcome.FAIL))
    assert sorted(line.split(" ")[0] for line in lines) == ["::error", "::warning"]
    assert any("title=FAIL gang_scheduling (MUST)" in line for line in lines)
    assert "✗ FAIL | `gang_scheduling`" in shown


def test_words_of_a_cluster_are_neither_commands_nor_markup(tell):
    lines, shown = tell(measured("gang_scheduling", Outcome.FAIL, actual=HOSTILE), problems=[HOSTILE])
    assert [line.split("::", 2)[1] for line in lines] == ["error title=FAIL gang_scheduling (MUST)",
                                                          "error title=clusterproof"]  # fmt: skip
    assert all("%0A::set-output" in line for line in lines), "a line of its own would be a command"
    assert "<script" not in shown
    assert all(row.count(" | ") == 3 for row in shown.splitlines() if row.startswith("| ✗"))
    assert "x%250A" in lines[1], "an escape of the cluster's would become a new line"


def test_the_worst_comes_first_since_only_ten_are_shown(tell):
    lines, _ = tell(measured("gpu_sharing", Outcome.FAIL), measured("robust_controller", Outcome.FAIL),
                    measured("gang_scheduling", Outcome.ERROR))  # fmt: skip
    assert [line.split(" ")[2] for line in lines] == ["robust_controller", "gang_scheduling", "gpu_sharing"]


def test_what_a_run_leaves_behind_is_an_error(tell):
    lines, shown = tell(problems=["left in the cluster: pods/x"])
    assert lines == ["::error title=clusterproof::left in the cluster: pods/x"]
    assert "- left in the cluster: pods/x" in shown


def test_elsewhere_nothing_is_told(tell, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "false")
    assert tell(measured("gang_scheduling", Outcome.FAIL)) == ([], "")


def test_a_summary_that_cannot_be_written_is_a_warning(tell, monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "nowhere" / "file"))
    lines, _ = tell()
    assert lines == ["::warning::The summary of the job cannot be written: No such file or directory."]


def test_a_summary_that_is_too_long_keeps_its_verdict(tmp_path):
    report = report_of(tmp_path, everything())
    short = summary(report, 400)
    assert len(short.encode()) <= 400
    assert short.startswith("## ")
    assert short.endswith("|\n"), "half a row"


def test_a_summary_leaves_room_for_what_the_step_has_written_before(tell, tmp_path):
    before = "x" * (github.LARGEST - 300) + "\n"
    (tmp_path / "summary.md").write_text(before, encoding="utf-8")
    _, shown = tell()
    assert len(shown.encode()) <= github.LARGEST
    assert "\n## " in shown


def test_a_full_summary_is_left_as_it_is(tell, tmp_path):
    (tmp_path / "summary.md").write_text("x" * github.LARGEST, encoding="utf-8")
    assert len(tell()[1]) == github.LARGEST


def test_a_run_that_could_not_begin_is_told_too(cli, place, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(place / "summary.md"))
    said = cli("run", "--kubeconfig", place / "none\n::error::mine", "--out", place / "out")
    assert said.code == 3
    [line] = [line for line in said.err.splitlines() if line.lstrip().startswith("::")]
    assert line.startswith("::error title=clusterproof::The kubeconfig ")
    assert "none%0A::error::mine" in line
    assert (place / "summary.md").read_text(encoding="utf-8").startswith("## Not evaluated\n\nThe kubeconfig ")


def test_other_commands_write_no_summary(cli, place, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(place / "summary.md"))
    said = cli("plan", "--only", "nothing")
    assert (said.code, said.err.count("::error title=")) == (2, 1)
    assert not (place / "summary.md").exists()
