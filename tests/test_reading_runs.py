"""A run folder is read as the run wrote it, or not at all: its digests, and what its report says of simulated nodes."""

from __future__ import annotations

import copy
import os

import pytest

from clusterproof.errors import UsageError
from clusterproof.report import ReportCorruptError, load_report, load_to_judge, load_unchanged
from clusterproof.report.digests import WITHOUT, digests
from clusterproof.report.store import manifest
from recorded import edited, everything, measured, run_folder


@pytest.fixture
def run(tmp_path):
    return run_folder(tmp_path, [measured("gang_scheduling")])


@pytest.fixture
def file(run):
    return run / "MANIFEST.sha256"


def test_a_folder_that_nobody_touched_is_read_and_says_nothing_of_digests(run):
    assert load_unchanged(run) == load_to_judge(run) == load_report(run)
    assert digests(run) == {"report.json": manifest(run)[:64]}
    assert WITHOUT not in load_to_judge(run).notes


def test_without_digests_a_run_is_only_judged_and_says_so_once(run, file):
    file.unlink()
    with pytest.raises(UsageError, match=r"no whole MANIFEST\.sha256") as caught:
        load_unchanged(run)
    assert "clusterproof judge" in caught.value.next_step
    assert load_to_judge(run).notes.count(WITHOUT) == 1
    edited(run, lambda data: data.update(notes=[WITHOUT]))
    file.unlink()
    assert load_to_judge(run).notes == (WITHOUT,)


def a_folder(file):
    file.mkdir()


def a_link(file):
    file.symlink_to(file.with_name("nowhere"))


def a_link_to_the_like(file):
    (file.parent.parent / "digests").write_text(manifest(file.parent), encoding="utf-8")
    file.symlink_to(file.parent.parent / "digests")


@pytest.mark.parametrize("make", [os.mkfifo, a_folder, a_link, a_link_to_the_like], ids=lambda make: make.__name__)
@pytest.mark.parametrize("load", [load_unchanged, load_to_judge])
def test_digests_that_are_no_file_are_not_taken_for_missing(run, file, make, load):
    file.unlink()
    make(file)
    with pytest.raises(UsageError, match=r"cannot be used\. It "):
        load(run)


OTHER = "0" * 64


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("{own}  report.json\n{other}  report.json\n", "names 'report.json' twice"),
        ("{other}  report.json\n{own}  report.json\n", "names 'report.json' twice"),
        ("{own}  report.json\n{own}  report.json\n", "names 'report.json' twice"),
        ("{own} report.json\n", "line 1 is no digest"),
        ("{own}  report.json\n\n", "line 2 is no digest"),
        ("", "does not hold its digest"),
        ("{own}  report.json.bak\n", "does not hold its digest"),
        ("{other}  report.json\n", "does not hold its digest"),
        ("{own}  report.json\n\udcff", "not UTF-8"),
    ],
)
def test_digests_that_the_kit_never_writes_are_refused(run, file, lines, why):
    text = lines.format(own=manifest(run)[:64], other=OTHER)
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match=why):
        load_unchanged(run)


def test_a_name_with_a_strange_end_of_line_is_one_name(run, file):
    (run / "a\x0bb\u2028c").write_bytes(b"")
    file.write_text(manifest(run), encoding="utf-8")
    assert set(digests(run)) == {"report.json", "a\x0bb\u2028c"}


def nodes(data):
    data["facts"]["nodes_simulated"] = 1


def a_result(data):
    data["verdicts"][0]["results"][0]["simulated"] = True


def a_verdict(data):
    a_result(data)
    data["verdicts"][0]["simulated"] = True


def everywhere(data):
    data["facts"]["nodes_simulated"] = data["facts"]["nodes"]
    data["simulated"] = True


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (nodes, "1 simulated nodes and says that none"),
        (a_result, "a result of simulated nodes and does not say so"),
        (a_verdict, "the whole says that nothing was"),
        (everywhere, "every node is simulated, and"),
    ],
)
def test_a_report_that_hides_simulated_nodes_is_none(tmp_path, change, why):
    run = run_folder(tmp_path, everything())
    edited(run, change)
    with pytest.raises(ReportCorruptError, match=why):
        load_unchanged(run)


def test_real_results_beside_simulated_nodes_are_read(tmp_path):
    run = run_folder(tmp_path, everything())
    edited(run, lambda data: (nodes(data), data.update(simulated=True)))
    assert load_unchanged(run).facts.simulated


def left_out(data):
    data["verdicts"] = [each for each in data["verdicts"] if each["requirement"]["id"] != "gang_scheduling"]


def lowered(data):
    item(data)["requirement"]["level"] = "SHOULD"


def of_another_text(data):
    item(data)["requirement"]["sha256"] = "0" * 64


def of_another_result(data):
    item(data)["results"][0]["requirement"] = "gpu_sharing"


def twice(data):
    data["verdicts"].append(item(data))


def invented(data):
    data["verdicts"].append(copy.deepcopy(item(data)))
    data["verdicts"][-1]["requirement"]["id"] = "invented"


def of_no_checklist(data):
    data["checklist"] = "9.99"


def item(data):
    return next(each for each in data["verdicts"] if each["requirement"]["id"] == "gang_scheduling")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (left_out, "gang_scheduling of the checklist 1.37 is missing"),
        (lowered, "gang_scheduling is a MUST of schedulingOrchestration in its checklist"),
        (of_another_text, "gang_scheduling has another digest than the text"),
        (of_another_result, "gang_scheduling has a result of gpu_sharing"),
        (twice, "gang_scheduling is answered twice"),
        (invented, "invented is no item of its checklist"),
        (of_no_checklist, "'9.99', which this kit does not know"),
    ],
)
@pytest.mark.parametrize("load", [load_unchanged, load_to_judge, load_report])
def test_a_report_that_does_not_fit_its_checklist_is_none(tmp_path, change, why, load):
    run = run_folder(tmp_path, everything())
    edited(run, change)
    with pytest.raises(ReportCorruptError, match=why):
        load(run)
