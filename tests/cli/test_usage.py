"""What wrong words on the command line get: exit 2, the nearest right one, and nothing is created."""

from __future__ import annotations

import json
import re

import pytest

from clusterproof import paths
from clusterproof.cli.main import paired

HOSTILE = {
    "newline": "a\nb",
    "terminal codes": "\x1b[2J\x1b]0;owned\x07x",
    "html": "<script>alert(1)</script>",
    "nul": "a\x00b",
    "right to left": "\u202egpj.exe",
    "surrogate": "\udcff",
    "megabyte": "x" * 1024 * 1024,
    "slashes": "../../etc/passwd",
    "empty": "",
    "rich markup": "[red]x[/red][/]",
}
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())


def refused(said, *words):
    """The command ended with a usage error of few plain lines that hold those words."""
    assert said.code == 2, said
    assert said.out == ""
    assert len(said.err) < 2000
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]|Traceback", said.err), said.err
    for word in words:
        assert word in said.err


@pytest.mark.parametrize(
    ("words", "wrong", "nearest"),
    [
        (["-p", "windo", "3"], "windo", "window"),
        (["-p", "gang-size=3"], "gang-size", "gang_size"),
        (["-p", "Window", "3"], "Window", "window"),
        (["-p", "namespace", "x"], "namespace", "namespace_prefix"),
        (["--only", "gang"], "gang", "gang_scheduling"),
        (["--only", "gang_scheduling,ai_infrence"], "ai_infrence", "ai_inference"),
        (["--only", "dra"], "dra", "dra_support"),
        (["--platform", "tesbed"], "tesbed", "testbed"),
        (["trainig"], "trainig", "10_training"),
        (["10_trainin.ipynb"], "10_trainin.ipynb", "10_training"),
        (["--checklist", "1.38"], "1.38", "1.37"),
    ],
)
def test_an_unknown_word_is_refused_with_the_nearest_known_one(cli, created, words, wrong, nearest):
    said = cli("run", *words)
    refused(said)
    first = said.err.splitlines()[0]
    assert repr(wrong) in first
    assert repr(nearest) in first
    assert created() == []


@pytest.mark.parametrize("none", ["", " , "])
def test_a_list_of_requirements_that_names_none_does_not_mean_all_of_them(cli, created, none):
    refused(cli("run", "--only", none), "--only names no requirement", "clusterproof list")
    assert created() == []


@pytest.mark.parametrize(
    "words",
    [
        ["-p", "window", "soon"],
        ["-p", "window", "0"],
        ["-p", "window", "-1"],
        ["-p", "window", ".nan"],
        ["-p", "window", "true"],
        ["-p", "gang_size", "1.5"],
        ["-p", "gang_size", "[1, 2]"],
        ["-p", "keep_on_failure", "perhaps"],
        ["-p", "node_selector", "a"],
        ["-p", "node_selector", "{a: [b"],
        ["-p", "tolerations", "{}"],
        ["-p", "pod_security", "none"],
        ["-p", "namespace_prefix", "Upper_Case"],
        ["-p", "gateway_url", "https://x"],
        ["-p", "window"],
        ["-p", "window="],
        ["-p", "=3"],
        ["-p", "kubeconfig", "x"],
        ["-p", "run_id", "mine"],
        ["--nonsense"],
        ["--out"],
        ["nothing.ipynb"],
        ["--platform", "./missing.yaml"],
        ["--template", "missing.yaml"],
    ],
    ids=" ".join,
)
def test_a_wrong_value_is_refused(cli, created, words):
    refused(cli("run", *words))
    assert created() == []


@hostile
@pytest.mark.parametrize("before", [["-p", "window"], ["--only"], ["--platform"], ["--checklist"], []], ids=" ".join)
def test_a_hostile_word_is_refused_in_plain_words(cli, created, text, before):
    if not text and before != ["-p", "window"]:
        return  # an empty option is one that was not given
    said = cli("run", *before, text) if before[:1] == ["-p"] or before == [] else cli("run", f"{before[0]}={text}")
    refused(said)
    assert created() == []


@hostile
def test_a_hostile_name_of_a_parameter_is_refused_in_plain_words(cli, created, text):
    refused(cli("run", "-p", f"{text}=3"))
    assert created() == []


@pytest.mark.parametrize("kind", ["file", "filled folder", "below a file", "too long"])
def test_a_run_folder_that_cannot_be_used_is_refused(cli, place, created, kind):
    (place / "file").write_text("mine")
    (place / "filled folder").mkdir()
    (place / "filled folder" / "report.json").write_text("mine")
    before = created()
    out = {"below a file": "file/run", "too long": "x" * 300}.get(kind, kind)
    refused(cli("run", "--out", place / out), out)
    assert created() == before
    assert (place / "filled folder" / "report.json").read_text() == "mine"


def test_what_is_wrong_is_said_before_the_programs_of_a_testbed_are_looked_for(cli, created, monkeypatch):
    monkeypatch.setattr("clusterproof.testbed.up", lambda *_, **__: pytest.fail("a testbed was started"))
    refused(cli("run", "--only", "gang"))
    assert created() == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not a notebook"),
        ("{}", "not a notebook"),
        ("[]", "not a notebook"),
        ('{"cells": [{"cell_type": "code"}]}', "not a notebook"),
        ('{"cells": []}', "no cell tagged 'parameters'"),
        ('{"cells": [{"cell_type": "code", "metadata": null, "source": ["x = 1"]}]}', "no cell tagged 'parameters'"),
        ('{"cells": 7}', "not a notebook"),
        ("\x00\xff", "not a notebook"),
    ],
)
def test_a_file_that_is_no_notebook_of_a_runs_is_refused(cli, created, tmp_path, content, said):
    path = tmp_path / "mine.ipynb"
    path.write_text(content, encoding="latin-1")
    refused(cli("run", path), "mine.ipynb", said)
    assert created() == []


def test_two_notebooks_of_one_name_are_refused(cli, created, tmp_path):
    copy = tmp_path / "10_training.ipynb"
    copy.write_bytes((paths.notebooks() / "10_training.ipynb").read_bytes())
    refused(cli("run", "training", copy), "same name")
    assert created() == []


@pytest.mark.parametrize(
    ("words", "pairs"),
    [
        (["-p", "window", "3"], ["-p", "window=3"]),
        (["-p", "window=3", "10_training"], ["-p", "window=3", "10_training"]),
        (["-p", "gang_size", "-1"], ["-p", "gang_size=-1"]),
        (["--parameter", "node_selector", "{a: b=c}"], ["--parameter", "node_selector={a: b=c}"]),
        (["-p", "resource_name", "a=b"], ["-p", "resource_name=a=b"]),
        (["-p", "probe_image", "a\nb"], ["-p", "probe_image=a\nb"]),
        (["-p", "window"], ["-p", "window"]),
    ],
)
def test_a_parameter_may_be_given_as_one_word_or_as_two(words, pairs):
    assert paired(words) == pairs


def test_a_message_of_the_kit_never_holds_terminal_codes_or_credentials(cli, monkeypatch):
    word = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl"
    monkeypatch.setattr("clusterproof.runner.Request.of", lambda **_: json.loads("{}")[f"\x1b[31mbroken {word}"])
    said = cli("run")
    assert said.code == 3
    assert "broke" in said.err
    assert "\x1b" not in said.err
    assert word not in said.err


@pytest.mark.parametrize(
    "words", [["gang_backend", "kueu"], ["operator", "training-operater"], ["autoscaler", "carpenter"]]
)
def test_a_backend_that_does_not_exist_is_refused_with_the_nearest_one(cli, created, words):
    said = cli("run", "-p", *words)
    assert (said.code, said.out, created()) == (2, "", [])
    assert "did you mean" in said.err


def test_a_vendor_field_that_the_checklist_does_not_have_is_refused(cli, created, place):
    file = place / "mine.yaml"
    file.write_text("about: mine\ntestbed: {}\nmetadata: {vendrName: ACME}\n")
    said = cli("run", "--platform", file)
    assert (said.code, said.out, created()) == (2, "", ["mine.yaml"])
    assert "vendorName" in said.err


def test_a_folder_of_templates_that_is_not_there_is_refused(cli, created, monkeypatch):
    monkeypatch.setenv("CLUSTERPROOF_MANIFESTS", "/nowhere/at/all")
    said = cli("run")
    assert (said.code, said.out, created()) == (2, "", [])
    assert "CLUSTERPROOF_MANIFESTS" in said.err


@pytest.mark.parametrize("command", ["run", "plan"])
def test_a_broken_template_of_ones_own_is_said_with_its_line_before_anything_is_created(
    cli, created, monkeypatch, tmp_path, command
):
    folder = tmp_path / "gang_scheduling"
    folder.mkdir()
    (folder / "mine.yaml").write_text("about: mine\ntemplates:\n  gang:\n    - kind: Job\n", encoding="utf-8")
    monkeypatch.setenv("CLUSTERPROOF_MANIFESTS", str(tmp_path))
    said = cli(command)
    assert (said.code, said.out, created()) == (2, "", [])
    assert said.err.startswith(f"{folder / 'mine.yaml'}, line 4: ")
    assert len(said.err.splitlines()) == 1


def test_a_pod_is_no_word_for_its_cluster(cli, created, monkeypatch):
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")  # as in a job of somebody's CI
    said = cli("run", "--platform", "cluster")
    refused(said)
    assert "--in-cluster" in said.err
    assert created() == []


@pytest.mark.parametrize("words", [["--kubeconfig", "file"], ["--context", "name"]], ids=" ".join)
@pytest.mark.parametrize("command", ["run", "plan", "images", "sweep"])
def test_two_clusters_are_refused(cli, created, command, words):
    refused(cli(command, "--in-cluster", *words))
    assert created() == []


def test_a_run_within_a_cluster_says_how_to_repeat_it(tmp_path):
    from clusterproof.cluster.connection import IN_CLUSTER
    from clusterproof.runner import Request

    request = Request.of(folder=tmp_path / "run", platform="cluster", kubeconfig=IN_CLUSTER, only=["dra_support"])
    assert request.words() == ("--in-cluster", "--only", "dra_support")
