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

    def tell(*different):
        report = report_of(tmp_path, everything(*different))
        github.tell(SimpleNamespace(report=report))
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
    lines, shown = tell(measured("gang_scheduling", Outcome.FAIL, actual=HOSTILE))
    [line] = lines
    assert line.count("::") >= 2
    assert line.startswith("::error title=")
    assert "<script" not in shown
    assert all(row.count(" | ") == 3 for row in shown.splitlines() if row.startswith("| ✗"))


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
