"""The run folder: every file is there, whole, safe to open, and can be read back."""

from __future__ import annotations

import json
import re
import resource
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from ruamel.yaml import YAML

from clusterproof import checklist, paths, report, serial
from clusterproof.errors import KitError, UsageError
from clusterproof.model import (
    SECONDS,
    Band,
    Check,
    CheckResult,
    Declaration,
    Evidence,
    EvidenceKind,
    Facts,
    Kind,
    NotebookRun,
    Observation,
    Outcome,
    Picture,
    Reason,
    Report,
    Series,
    Status,
    Summary,
    Verdict,
)
from clusterproof.prove.mutant import Mutant
from clusterproof.render import REASONS

HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(1)>` """
HOSTILE += "javascript:alert(1) \x1b[31m\x00 {{ 7*7 }} | a\n# b"
CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def evidence(body="kind: Pod\n", title="Pod as sent"):
    return Evidence(title, EvidenceKind.OBJECT, body, "ab" * 32)


def seen(**changes):
    values = {
        "claim": "No pod of the gang is bound", "expected": 0, "actual": 0, "holds": True, "kind": Kind.NEGATIVE,
        "at": "2026-11-24T14:30:05.000Z", "took": 3.0, "evidence": (evidence(),),
    }  # fmt: skip
    return Observation(**(values | changes))


def result(name, outcome, *observations, **changes):
    values = {"requirement": name, "check": name, "outcome": outcome, "reason": Reason.CLAIMS_HOLD, "message": "m",
              "started": "2026-11-24T14:30:00.000Z", "took": 6.0, "critical_path": 4.0,
              "evidence": (evidence(title="Watch"),)}  # fmt: skip
    return CheckResult(observations=observations, **(values | changes))


def verdict(name, outcome=Outcome.SKIP, reason=Reason.NO_CHECK, **changes):
    status = {Outcome.PASS: Status.IMPLEMENTED, Outcome.FAIL: Status.NOT_IMPLEMENTED}.get(outcome, Status.BLANK)
    item = checklist.requirement("1.37", name)
    values = {"notes": f"about {name}", "message": f"Sentence about {name}."}
    return Verdict(requirement=item, status=status, outcome=outcome, reason=reason, **(values | changes))


def mixed(**changes):
    special = {
        "gang_scheduling": verdict(
            "gang_scheduling", Outcome.PASS, Reason.CLAIMS_HOLD, results=(result("gang_scheduling", "PASS", seen()),)
        ),
        "ai_inference": verdict(
            "ai_inference", Outcome.FAIL, Reason.CLAIM_FALSE, conflict="Declared otherwise.",
            declaration=Declaration("ai_inference", Status.IMPLEMENTED, "we say so", "A. Person"),
            results=(result("ai_inference", "FAIL", seen(holds=False, actual=3)),),
        ),
        "robust_controller": verdict("robust_controller", Outcome.ERROR, Reason.PROBE_BROKE),
        "gpu_sharing": verdict("gpu_sharing", Outcome.UNKNOWN, Reason.UNKNOWN_DEVICE),
        "cluster_autoscaling": verdict("cluster_autoscaling", Outcome.NOT_APPLICABLE, Reason.DECLARED),
    }  # fmt: skip
    values = {
        "schema": 1, "run_id": "r-1", "kit_version": "0.1.0", "checklist": "1.37", "platform": "mine",
        "started": "2026-11-24T14:30:00.000Z", "took": 9.0, "facts": Facts(version="v1.37.2", nodes=3),
        "verdicts": tuple(special.get(item.id, verdict(item.id)) for item in checklist.requirements("1.37")),
        "summary": Summary.NONCONFORMANT, "parameters": {"gang_size": 8}, "left_behind": ("Pod a/b",),
        "notes": ("A note.",), "notebooks": (NotebookRun("10_training", "10_training.ipynb", ok=False, error="broke"),),
    }  # fmt: skip
    return Report(**(values | changes))


def hostile():
    values = {"claim": HOSTILE, "expected": HOSTILE, "actual": {HOSTILE: HOSTILE}, "at": HOSTILE}
    long = evidence("`" * 7 + "\n" + "x" * 1_000_000, HOSTILE)
    points = tuple((n / 1000, n % 90) for n in range(20_000))
    pictures = tuple(
        Picture(
            HOSTILE, HOSTILE, (Series(HOSTILE, points),), (Band(HOSTILE, ((0, 1, 2), (3, 1, 2))),), across, lanes=lanes
        )
        for across, lanes in ((HOSTILE, False), (SECONDS, True))
    )
    claim = seen(**values, evidence=(evidence(HOSTILE * 9, HOSTILE),))
    bad = result(HOSTILE, "PASS", claim, started=HOSTILE, backend=HOSTILE, evidence=(long,), check=HOSTILE,
                 pictures=pictures)  # fmt: skip
    declared = Declaration("gang_scheduling", Status.IMPLEMENTED, HOSTILE, HOSTILE, ("javascript:alert(1)", HOSTILE))
    one = verdict("gang_scheduling", Outcome.PASS, Reason.CLAIMS_HOLD, message=HOSTILE, notes=HOSTILE,
                  conflict=HOSTILE, declaration=declared, results=(bad,), evidence=(HOSTILE,))  # fmt: skip
    return mixed(
        verdicts=(one,), run_id=HOSTILE, kit_version=HOSTILE, platform=HOSTILE, notes=(HOSTILE, "y" * 200_000),
        facts=Facts(version=HOSTILE, accelerators=((HOSTILE, 1),)), left_behind=(HOSTILE,),
        metadata={"platformName": HOSTILE},
        parameters={HOSTILE: HOSTILE, "long": "z" * 200_000},
        notebooks=(NotebookRun(HOSTILE, "javascript:alert(1)", ok=False, error=HOSTILE),
                   NotebookRun("up", "../../etc/passwd", ok=True)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("run")
    report.write_report(mixed(), path)
    return path


@pytest.fixture(scope="module")
def hostile_folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("hostile")
    report.write_report(hostile(), path)
    return path


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.loads, self.attributes, self.levels = [], [], [], set(), []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href"]
        self.loads += [value for name, value in attrs if name in {"src", "srcset", "data", "action", "background"}]
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))

    def handle_data(self, data):
        self.words += data


def saved(path):
    """Return a report as it was written, also one of a few requirements only, which no command takes."""
    return serial.load(Report, json.loads((path / "report.json").read_text()))


def pages(path):
    return {file.relative_to(path).as_posix(): file.read_text() for file in sorted(path.rglob("*.html"))}


def test_every_requirement_has_its_page_and_its_markdown(folder):
    for item in checklist.requirements("1.37"):
        assert (folder / f"evidence/{item.id}.html").is_file()
        assert (folder / f"evidence/{item.id}.md").is_file()


def test_no_file_has_a_name_that_the_programme_takes_for_its_own(folder):
    names = {path.name.lower() for path in folder.rglob("*")}
    assert not names & {"junit.xml", "results.json", "e2e.log"}


def test_the_report_comes_back_as_it_was(folder):
    assert report.load_report(folder) == mixed()


def test_a_hostile_report_comes_back_as_it_was(hostile_folder):
    assert saved(hostile_folder) == hostile()


def test_the_manifest_names_every_other_file_and_sha256sum_agrees(folder):
    names = [line.split("  ", 1)[1] for line in (folder / "MANIFEST.sha256").read_text().splitlines()]
    there = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert names == [name for name in there if name != "MANIFEST.sha256"]
    subprocess.run(["sha256sum", "-c", "--quiet", "MANIFEST.sha256"], cwd=folder, check=True)  # noqa: S607


def test_a_changed_file_is_noticed(tmp_path):
    report.write_report(mixed(), tmp_path)
    (tmp_path / "index.html").write_text("other")
    call = subprocess.run(["sha256sum", "-c", "MANIFEST.sha256"], cwd=tmp_path, check=False, capture_output=True)  # noqa: S607
    assert call.returncode == 1


def test_evidence_paths_in_the_checklist_exist(folder):
    spec = YAML(typ="safe").load((folder / "PRODUCT.yaml").read_text())["spec"]
    named = [path for items in spec.values() for item in items for path in item["evidence"]]
    assert named == ["evidence/ai_inference.md", "evidence/gang_scheduling.md"]
    assert all((folder / path).is_file() for path in named)


def test_no_page_runs_a_script_or_loads_anything(folder, hostile_folder):
    for text in [*pages(folder).values(), *pages(hostile_folder).values()]:
        page = Page(text)
        assert f'content="{CSP}"' in text
        assert not set(page.tags) & {"script", "img", "link", "iframe", "object", "form", "base"}
        assert not page.loads
        assert not [name for name in page.attributes if name.startswith("on")]
        assert "url(" not in text
        assert "@import" not in text


def test_links_lead_to_files_of_the_folder_only(folder, hostile_folder):
    for path in (folder, hostile_folder):
        for name, text in pages(path).items():
            for link in Page(text).links:
                inside = ((path / name).parent / link.split("#")[0]).resolve() if link.split("#")[0] else path
                assert not link.lower().startswith(("javascript:", "data:", "http")), link
                assert inside.is_relative_to(path.resolve()), link


def test_links_between_the_pages_are_not_broken(folder):
    for name, text in pages(folder).items():
        for link in Page(text).links:
            target = (folder / name).parent / link
            assert link.startswith("#") or target.exists() or link.endswith(".ipynb"), (name, link)


def test_hostile_words_appear_as_text(hostile_folder):
    words = Page((hostile_folder / "index.html").read_text()).words
    assert "<script>alert(1)</script>" in words
    assert "{{ 7*7 }}" in words


def test_a_megabyte_is_cut_with_a_note(hostile_folder):
    assert len((hostile_folder / "index.html").read_text()) < 200_000
    page = (hostile_folder / "evidence/gang_scheduling.html").read_text()
    assert len(page) < 100_000
    assert "more characters)" in page


def test_a_check_of_many_long_objects_still_gives_a_page_that_opens_at_once(tmp_path):
    claims = [seen(evidence=(evidence('image: "x"\n' * 4000), evidence())) for _ in range(24)]
    long = verdict("ai_inference", Outcome.PASS, Reason.CLAIMS_HOLD, results=(result("ai_inference", "PASS", *claims),))
    report.write_report(mixed(verdicts=(long,)), tmp_path)
    assert (tmp_path / "evidence/ai_inference.html").stat().st_size < 60_000
    assert saved(tmp_path).verdicts[0].results[0].observations[23].evidence[0].body.count("x") == 4000


def test_every_page_has_a_language_one_first_heading_and_no_skipped_level(folder):
    for name, text in pages(folder).items():
        levels = Page(text).levels
        assert '<html lang="en">' in text
        assert levels.count(1) == 1, name
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), (name, levels)


def test_tables_say_what_their_headers_are_for(folder):
    for text in pages(folder).values():
        assert not re.search(r"<th(?![^>]*scope=)[ >]", text)


def test_what_was_not_measured_is_listed_with_its_reason(folder):
    words = Page((folder / "index.html").read_text()).words
    section = words[words.index("What was not measured") : words.index("Check this report in five")]
    for item in mixed().verdicts:
        unmeasured = item.outcome not in {Outcome.PASS, Outcome.FAIL}
        assert (item.requirement.id in section) == unmeasured
        assert not unmeasured or REASONS[item.reason].capitalize() in section


def test_the_index_tells_counts_left_behind_objects_notes_and_how_to_repeat(folder):
    words = Page((folder / "index.html").read_text()).words
    for told in (
        "Not conformant", "1 of 8 MUST requirements holds, 1 fails", "Pod a/b", "A note.", "broke", "r-1", "v1.37.2",
        "clusterproof run --platform mine --checklist 1.37", "clusterproof judge",
    ):  # fmt: skip
        assert told in words


def test_an_evidence_page_tells_claim_values_times_and_overhead(folder):
    page = (folder / "evidence/ai_inference.html").read_text()
    assert re.search(r'<span class="badge bad">\s*✗ does not hold', page)
    words = Page(page).words
    for told in ("No pod of the gang is bound", "✗ does not hold", "Expected", "Seen", "3.00 s", "1.50",
                 "Declared by A. Person", "Declared otherwise.", "kind: Pod", mixed().verdicts[3].requirement.sha256,
                 "--only ai_inference"):  # fmt: skip
        assert told in words


def test_the_source_of_a_check_is_named_where_it_is_known(tmp_path):
    source = str(paths.PACKAGE / "checks" / "g.py")
    check = Check("gang_scheduling", "g", "Runs a gang.", (), "KAR-53", source=source)
    report.write_report(mixed(), tmp_path, known=report.Known(checks=(check,)))
    for name in ("gang_scheduling.html", "gang_scheduling.md"):
        words = (tmp_path / "evidence" / name).read_text()
        assert "KAR" in words
        assert "Runs a gang" in words
        assert "clusterproof/checks/g.py" in words.replace("<wbr>", "")
        assert str(paths.PACKAGE.parent) not in words


def test_the_mutants_of_a_check_stand_on_its_page_and_on_no_other(tmp_path):
    broken = Mutant("gang_scheduling", "dead_scheduler", "No scheduler <runs>.", "Every pod is bound")
    report.write_report(mixed(), tmp_path, known=report.Known(mutants=(broken,)))
    assert "No scheduler &lt;runs&gt;." in (tmp_path / "evidence/gang_scheduling.html").read_text()
    assert "No scheduler" not in (tmp_path / "evidence/ai_inference.html").read_text()


def test_a_requirement_that_was_not_measured_never_looks_passed(folder):
    page = (folder / "evidence/pod_autoscaling.html").read_text()
    assert "PASS" not in Page(page).words.replace("never as passed", "")
    assert "no check for it yet" in page


def test_the_timeline_shows_each_claim(folder):
    page = (folder / "evidence/gang_scheduling.html").read_text()
    assert re.findall(r'class="track" aria-hidden="true"><span style="([^"]*)"', page) == [
        "margin-left:33.3%;width:50.0%"  # 2 s to 5 s of a check of 6 s
    ]


def test_pictures_stand_on_the_page_of_their_requirement_with_their_numbers(tmp_path):
    shown = Picture(
        "Pods of the gang", "pods", (Series("bound", ((0, 0), (2, 8))),), (Band("room", ((0, 8, 8), (6, 8, 8))),)
    )
    drawn = result("gang_scheduling", "PASS", seen(), pictures=(shown, Picture("Nothing", "pods")))
    one = verdict("gang_scheduling", Outcome.PASS, Reason.CLAIMS_HOLD, results=(drawn,))
    report.write_report(mixed(verdicts=(one,)), tmp_path)
    text = (tmp_path / "evidence/gang_scheduling.html").read_text()
    assert text.count('<svg class="picture"') == text.count("<figure") == 1
    assert "claim 1, 5.00 s" in Page(text).words
    assert "Nothing" not in Page(text).words.replace("Nothing of", "")
    written = (tmp_path / "evidence/gang_scheduling.md").read_text()
    assert "Pods of the gang (pods, seconds since the check began)" in written
    assert "| highest | 8 |" in written
    assert saved(tmp_path).verdicts[0].results[0].pictures[0] == shown


def test_a_check_without_pictures_has_no_place_for_any(folder):
    text = (folder / "evidence/gang_scheduling.html").read_text()
    assert "<figure" not in text
    assert "as pictures" not in text


def test_simulation_is_told_on_every_page_and_only_then(folder, tmp_path):
    report.write_report(mixed(simulated=True), tmp_path)
    for path in [*tmp_path.rglob("*.html"), *tmp_path.rglob("*.md"), tmp_path / "PRODUCT.yaml"]:
        assert "SIMULATED" in path.read_text(), path.name
    assert "SIMULATED" not in "".join(pages(folder).values())
    assert "Conformant, simulated" in report.overview.headline(mixed(simulated=True, summary=Summary.CONFORMANT))


def test_markdown_shows_hostile_words_as_text(hostile_folder):
    text = (hostile_folder / "evidence/gang_scheduling.md").read_text()
    outside = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert "<script" not in outside
    assert "<img" not in outside
    assert "\n# b" not in outside
    assert "````````text" in text or "````````yaml" in text  # seven back-ticks in the body need a longer fence
    assert all(line.count(" | ") == 6 for line in outside.splitlines() if line.startswith("| ✓"))


def test_junit_tells_each_outcome_as_ci_systems_know_it(folder):
    suite = ET.fromstring((folder / "clusterproof.junit.xml").read_text())  # noqa: S314 - our own file
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    kinds = {name: [child.tag for child in case if child.tag in {"failure", "error", "skipped"}]
             for name, case in cases.items()}  # fmt: skip
    assert kinds["gang_scheduling"] == []
    assert kinds["ai_inference"] == ["failure"]
    assert kinds["robust_controller"] == ["error"]
    assert kinds["gpu_sharing"] == kinds["pod_autoscaling"] == kinds["cluster_autoscaling"] == ["skipped"]
    assert "no check for it yet" in cases["pod_autoscaling"].find("skipped").get("message")
    level = cases["gpu_sharing"].find("properties/property[@name='level']").get("value")
    assert level == "SHOULD"
    inner = suite.find("testsuite")
    assert [inner.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["15", "1", "1", "12"]


def test_junit_of_a_hostile_report_is_well_formed(hostile_folder):
    ET.fromstring((hostile_folder / "clusterproof.junit.xml").read_text())  # noqa: S314 - our own file


def test_an_id_that_is_no_id_writes_nothing(tmp_path):
    odd = replace(mixed().verdicts[0].requirement, id="../../x")
    with pytest.raises(KitError, match="no id"):
        report.write_report(mixed(verdicts=(replace(mixed().verdicts[0], requirement=odd),)), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_credential_in_parameters_or_errors_reaches_no_file(tmp_path):
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.c2lnbmF0dXJl"  # noqa: S105 - of nobody
    broke = NotebookRun("10_training", "10_training.ipynb", ok=False, error=f"401 for {token}")
    said = f"Refused: {token}"
    told = replace(mixed().verdicts[0], message=said, notes=said, results=(result("x", "ERROR", message=said),))
    parameters = {"registry_password": "hunter2secret", "nested": {"token": "hunter2secret"}}
    whole = mixed(parameters=parameters, notebooks=(broke,), notes=(token,), verdicts=(told,))
    report.write_report(whole, tmp_path)
    for path in tmp_path.rglob("*.*"):
        assert not re.search("hunter2secret|c2lnbmF0dXJl", path.read_text()), path.name


def test_a_disk_that_fills_up_leaves_what_was_there(tmp_path, folder):
    report.write_report(mixed(), tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # report.json fits, index.html does not
    try:
        with pytest.raises(KitError, match="cannot be written") as caught:
            report.write_report(mixed(run_id="second"), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "unchanged" in caught.value.next_step
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_what_a_killed_writer_left_is_removed_and_not_in_the_manifest(tmp_path):
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence/.of_another_version.html.clusterproof-tmp").write_text("half")
    report.write_report(mixed(), tmp_path)
    assert not list(tmp_path.rglob("*.clusterproof-tmp"))


def test_a_folder_without_a_report_is_a_usage_error(tmp_path):
    with pytest.raises(report.ReportMissingError, match=r"no report\.json") as caught:
        report.load_report(tmp_path)
    assert isinstance(caught.value, UsageError)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "\xff", '{"schema": 1}'])
def test_a_corrupt_report_is_told_as_such(tmp_path, text):
    (tmp_path / "report.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(report.ReportCorruptError, match="not a whole report"):
        report.load_report(tmp_path)


def test_a_cut_report_is_told_as_such(tmp_path, folder):
    whole = (folder / "report.json").read_text()
    (tmp_path / "report.json").write_text(whole[: len(whole) // 2])
    with pytest.raises(report.ReportCorruptError):
        report.load_report(tmp_path)


def test_a_report_of_a_later_schema_names_the_kit_that_wrote_it(tmp_path, folder):
    data = json.loads((folder / "report.json").read_text()) | {"schema": 2, "kit_version": "9.9"}
    (tmp_path / "report.json").write_text(json.dumps(data))
    with pytest.raises(report.ReportTooNewError, match="schema 2") as caught:
        report.load_report(tmp_path)
    assert "9.9" in caught.value.next_step


def test_a_report_without_facts_or_verdicts_still_gives_pages(tmp_path):
    report.write_report(mixed(facts=None, verdicts=(), notebooks=(), left_behind=(), parameters={}), tmp_path)
    assert "it was not reached" in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize(
    ("lengths", "total", "limit"), [([], 100, 200), ([10, 20], 1000, 200), ([10, 5000, 5000], 4010, 2000)]
)
def test_short_bodies_leave_their_room_to_long_ones(lengths, total, limit):
    assert report.sharing.fair_limit(lengths, total) == limit
