"""A user's own templates and rows are looked at before anything is created: one sentence with file and line."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from clusterproof import judge, paths
from clusterproof.bench import contract
from clusterproof.bench.own_files import look_at_own_files
from clusterproof.cluster.accelerators import OWN_ROWS
from clusterproof.errors import UsageError
from clusterproof.manifest import load
from clusterproof.model import Outcome
from fakes.checks import negative, positive
from measured import result

NATIVE = (paths.manifests() / "gang_scheduling" / "native.yaml").read_text(encoding="utf-8")
KITS = sorted(paths.manifests().glob("*/*.yaml"))


def without(template):
    """Return the native backend without one of its templates."""
    return re.sub(rf"^  {template}:.*?(?=^  \w|\Z)", "", NATIVE, flags=re.DOTALL | re.MULTILINE)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Give a function that writes a backend of one's own and looks at it; returns what is wrong with it."""
    monkeypatch.setenv("CLUSTERPROOF_MANIFESTS", str(tmp_path))

    def look(text, requirement="gang_scheduling", name="mine.yaml"):
        (tmp_path / requirement).mkdir(exist_ok=True)
        (tmp_path / requirement / name).write_text(text, encoding="utf-8")
        try:
            look_at_own_files()
        except UsageError as error:
            return error.message
        return ""

    return look


def line_of(text, words):
    return next(number for number, line in enumerate(text.splitlines(), start=1) if words in line)


@pytest.mark.parametrize("file", KITS, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_copy_of_every_backend_of_the_kit_is_right(own, file):
    assert own(file.read_text(encoding="utf-8"), file.parent.name) == ""


def test_a_gang_backend_that_leaves_out_a_template_in_silence_is_refused(own):
    said = own(without("short"))
    assert "'short' is missing" in said
    assert "a gang which lacks a pod is held back" in said
    assert f"line {line_of(without('short'), 'templates:')}:" in said


def test_one_that_says_why_is_taken_and_every_result_with_it_says_so_too(own, tmp_path):
    text = without("short") + "without: {short: it makes all pods at once}\n"
    assert own(text) == ""
    left = contract.left_out("gang_scheduling", load(tmp_path / "gang_scheduling" / "mine.yaml"))
    assert left == (
        "that a gang which lacks a pod is held back, and starts whole once it is complete (it makes all pods at once)",
    )


@pytest.mark.parametrize(("name", "count"), [("native", 0), ("coscheduling", 0), ("kueue", 2), ("volcano", 2)])
def test_the_kits_own_gang_backends_say_what_is_not_looked_at(name, count):
    left = contract.left_out("gang_scheduling", load(paths.manifests() / "gang_scheduling" / f"{name}.yaml"))
    assert len(left) == count
    assert not [what for what in left if "no reason" in what]


@pytest.mark.parametrize(("name", "says"), [("kueue", True), ("native", False)])
def test_a_check_with_such_a_backend_says_it_in_its_result(run, name, says):
    def chosen(bench):
        bench.backend = load(paths.manifests() / "gang_scheduling" / f"{name}.yaml")
        yield positive(bench)
        yield negative(bench)

    found = run(chosen)
    assert found.outcome is Outcome.PASS
    assert ("Not looked at: that a gang which lacks a pod is held back" in found.message) == says
    assert bool(found.not_looked_at) == says


def test_a_pass_with_fewer_claims_says_what_nobody_looked_at():
    fewer = judge.conclude(replace(result("gang_scheduling"), not_looked_at=("that a gang waits (it cannot)",)))
    assert fewer.outcome is Outcome.PASS
    assert fewer.message == "All 2 claims hold. Not looked at: that a gang waits (it cannot)."
    assert judge.conclude(fewer) == fewer


HOLE = NATIVE.replace('{minCount: "${size}"}', '{minCount: "${sise}"}', 1)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "no mapping"),
        ("- a\n", 1, "no mapping"),
        (NATIVE.replace("about:", "abuot:"), 1, "did you mean 'about'"),
        (NATIVE.replace("\ntemplates:", "\ntemplats:"), line_of(NATIVE, "templates:"), "did you mean 'templates'"),
        (NATIVE.replace("  short:", "  shrot:"), line_of(NATIVE, "  short:"), "did you mean 'short'"),
        (without("filler"), line_of(without("filler"), "templates:"), "'filler' is missing"),
        (NATIVE.replace("held_back: pods", "held_back: pod"), line_of(NATIVE, "held_back"), "one of pods, job"),
        (NATIVE.replace("  held_back: pods", "  a: b"), line_of(NATIVE, "settings:"), "'held_back' is missing"),
        (HOLE, line_of(HOLE, "sise"), "did you mean 'size'"),
        (NATIVE.replace("      kind: PodGroup\n", "", 1), line_of(NATIVE, "- apiVersion"), "object 1 of the template"),
        (NATIVE.replace('      metadata: {name: "${name}"}\n', "", 1), line_of(NATIVE, "- apiVersion"), "no metadata"),
        (NATIVE + "  mine: {a: b}\n", NATIVE.count("\n") + 1, "no list of objects"),
        (NATIVE + "without: [short]\n", NATIVE.count("\n") + 1, "no mapping"),
        (NATIVE + "without: {gong: no}\n", NATIVE.count("\n") + 1, "did you mean 'gang'"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 40 else "",
)
def test_what_is_wrong_is_said_in_one_sentence_with_file_and_line(own, tmp_path, text, line, words):
    said = own(text)
    assert said.startswith(f"{tmp_path / 'gang_scheduling' / 'mine.yaml'}, line {line}: ")
    assert words in said
    assert "\n" not in said


def test_a_file_that_is_no_yaml_is_said_with_its_line(own):
    said = own("about: x\ntemplates: {a: [b\n")
    assert "line 3" in said
    assert "mine.yaml" in said


def test_a_folder_of_no_requirement_and_a_file_that_nobody_would_read_are_refused(own):
    assert "did you mean 'gang_scheduling'" in own(NATIVE, requirement="gang_shedulin")
    (paths.own_manifests() / "gang_shedulin" / "mine.yaml").unlink()
    (paths.own_manifests() / "gang_shedulin").rmdir()
    assert "ends in .yaml" in own(NATIVE, name="mine.yml")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("vendors:\n- name: ACME\n  resources: [acme.example/npu]\n", 0, ""),
        ("scrape: [acme.example]\n", 0, ""),
        ("vendor:\n- name: ACME\n", 1, "did you mean 'vendors'"),
        ("vendors: {}\n", 1, "no list"),
        ("vendors:\n- name: A\n- resources: []\n", 3, "`name` is a text"),
        ("vendors:\n- name: A\n  resources: acme.example/npu\n", 3, "no list"),
        ("vendors:\n- name: A\n  resorces: []\n", 3, "did you mean 'resources'"),
        ("exporters:\n- name: A\n  familys: {}\n", 3, "did you mean 'families'"),
        ("- a\n", 1, "no mapping"),
    ],
)
def test_rows_of_accelerators_are_looked_at_too(tmp_path, monkeypatch, text, line, words):
    file = tmp_path / "rows.yaml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv(OWN_ROWS, str(file))
    if not words:
        look_at_own_files()
        return
    with pytest.raises(UsageError, match=re.escape(words)) as wrong:
        look_at_own_files()
    assert wrong.match(re.escape(f"{file}, line {line}: "))
