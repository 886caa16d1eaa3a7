"""A filled checklist says what was measured, in the official words, and nothing that was not."""

from __future__ import annotations

import json

import pytest
from ruamel.yaml import YAML

from clusterproof import checklist, serial
from clusterproof.model import Declaration, Facts, Outcome
from recorded import CHECKLISTS, SHARED, edited, everything, measured, official, platform_file, run_folder


def items(folder):
    data = YAML(typ="safe").load((folder / "PRODUCT.yaml").read_text(encoding="utf-8"))
    return {item["id"]: item for each in data["spec"].values() for item in each}


@pytest.fixture
def fill(cli, tmp_path):
    """Give a function that fills the official checklist from recorded results."""

    def run(*more, results=None, declarations="[]", version="1.37", **metadata):
        folder = run_folder(tmp_path, everything() if results is None else results, checklist=version)
        platform = platform_file(tmp_path, declarations, **metadata)
        words = ["--template", official(version), "--out", tmp_path / "out", "--platform", platform, *more]
        return cli("fill", folder, *words)

    return run


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.mark.parametrize("version", checklist.versions())
def test_a_real_run_of_everything_is_ready_and_every_evidence_is_a_file_beside_it(fill, out, version):
    said = fill(version=version)
    assert (said.code, said.err) == (0, "")
    found = items(out)
    assert set(found) == {item.id for item in checklist.requirements(version)}
    assert {item["status"] for item in found.values()} == {"Implemented"}
    for name, item in found.items():
        assert item["evidence"] == [f"evidence/{name}.md"]
        assert "SIMULATED" not in (out / item["evidence"][0]).read_text(encoding="utf-8")
        assert item["notes"].startswith("Measured by clusterproof ")
        for words in (
            "Kubernetes v1.37.2",
            "native",
            "every pod of a gang that fits is bound (seen: 4)",
            "no pod of a",
        ):
            assert words in item["notes"]


def test_the_official_words_stay_byte_for_byte(fill, out):
    fill()
    filled = (out / "PRODUCT.yaml").read_bytes()
    lines = [line for line in official("1.37").read_bytes().splitlines() if b"description" in line or b"id:" in line]
    assert [line for line in lines if b"[Description]" not in line and line not in filled.splitlines()] == []


def test_simulated_results_are_refused_and_nothing_is_written(fill, out):
    said = fill(results=everything(simulated=True))
    assert said.code == 2
    assert "Seen on simulated nodes: driver_runtime_management" in said.err
    assert "--draft" in said.err
    assert not out.exists()


def test_one_simulated_result_among_real_ones_is_refused_by_name(fill):
    said = fill(results=everything(measured("gang_scheduling", simulated=True)))
    assert "Seen on simulated nodes: gang_scheduling. " in said.err


def test_a_draft_of_simulated_results_says_so_in_every_place_and_is_not_ready(fill, out):
    said = fill("--draft", results=everything(simulated=True))
    assert said.code == 1
    assert (out / "PRODUCT.yaml").read_text(encoding="utf-8").startswith("# SIMULATED: ")
    for name, item in items(out).items():
        assert item["notes"].startswith("SIMULATED: ")
        assert "SIMULATED" in (out / f"evidence/{name}.md").read_text(encoding="utf-8")
        assert f"{name} is SIMULATED, and that certifies nothing." in said.out


def test_what_failed_or_was_not_measured_is_written_as_it_is_and_named(fill, out):
    skipped, failed = measured("gpu_sharing", Outcome.SKIP), measured("robust_controller", Outcome.FAIL, actual=3)
    said = fill(results=everything(skipped, failed, measured("ai_inference", Outcome.ERROR)))
    assert said.code == 1
    found = items(out)
    assert found["robust_controller"]["status"] == "Not Implemented"
    assert "(seen: 3)" in found["robust_controller"]["notes"]
    blank = {"status": "", "evidence": [], "notes": ""}
    assert {key: found["gpu_sharing"][key] for key in blank} == blank
    assert {key: found["ai_inference"][key] for key in blank} == blank
    assert not (out / "evidence/gpu_sharing.md").exists()
    assert "robust_controller is a MUST and Not Implemented." in said.out
    assert "ai_inference is a MUST and without an answer (Not there)." in said.out
    assert "gpu_sharing" not in said.out


def test_what_lacks_in_the_vendors_fields_is_named(fill):
    said = fill(vendorName="", k8sConformanceUrl="")
    assert said.code == 1
    assert "The metadata lacks vendorName, k8sConformanceUrl." in said.out


def test_a_testbeds_own_fields_are_never_the_products(cli, out, tmp_path):
    """The run's metadata names the testbed; what the platform file leaves open stays open."""
    own = {"vendorName": "The testbed's makers", "platformName": "testbed"}
    folder = run_folder(tmp_path, everything(simulated=True), metadata=own, simulated=True)
    platform = platform_file(tmp_path, vendorName="")
    words = ["--template", official("1.37"), "--out", out, "--platform", platform, "--draft"]
    said = cli("fill", folder, *words)
    assert "The metadata lacks vendorName." in said.out
    assert "testbed" not in (out / "PRODUCT.yaml").read_text(encoding="utf-8").split("spec:")[0].partition("\n")[2]


NOT_APPLICABLE = "[{{requirement: {}, status: N/A, notes: Bare metal with a fixed number of nodes, by: Ada}}]"


def test_not_applicable_comes_from_a_declaration_and_is_taken_where_the_rules_allow_it(fill, out):
    results = everything(measured("cluster_autoscaling", Outcome.SKIP))
    said = fill(results=results, declarations=NOT_APPLICABLE.format("cluster_autoscaling"))
    assert said.code == 0
    item = items(out)["cluster_autoscaling"]
    assert (item["status"], item["notes"]) == ("N/A", "Bare metal with a fixed number of nodes (declared by Ada)")


@pytest.mark.parametrize(
    ("name", "rules", "allowed"),
    [("cluster_autoscaling", "snapshot", "none of them"), ("pod_autoscaling", "current", "cluster_autoscaling")],
)
def test_not_applicable_is_refused_where_the_validator_refuses_it(fill, out, name, rules, allowed):
    results = everything(measured(name, Outcome.SKIP))
    said = fill("--rules", rules, results=results, declarations=NOT_APPLICABLE.format(name))
    assert said.code == 2
    assert f"{name} is a MUST and declared N/A" in said.err
    assert allowed in said.err
    assert not out.exists()
    assert fill("--rules", rules, "--draft", results=results, declarations=NOT_APPLICABLE.format(name)).code == 1


def test_not_applicable_for_a_should_needs_only_its_reason(fill, out):
    results = everything(measured("gpu_sharing", Outcome.SKIP))
    assert fill("--rules", "snapshot", results=results, declarations=NOT_APPLICABLE.format("gpu_sharing")).code == 0
    assert items(out)["gpu_sharing"]["status"] == "N/A"


def test_a_declaration_against_a_measurement_is_told_and_the_measurement_stands(fill, out):
    failed = measured("gang_scheduling", Outcome.FAIL, actual=1)
    said = fill(results=everything(failed), declarations="[{requirement: gang_scheduling, status: Implemented}]")
    assert items(out)["gang_scheduling"]["status"] == "Not Implemented"
    assert "gang_scheduling: Declared 'Implemented', measured 'Not Implemented'" in said.out


@pytest.mark.parametrize("outcome", [Outcome.SKIP, Outcome.ERROR, Outcome.UNKNOWN])
def test_a_bare_declaration_of_what_was_not_measured_is_not_ready(fill, out, outcome):
    said = fill(
        results=everything(measured("gang_scheduling", outcome)),
        declarations="[{requirement: gang_scheduling, status: Implemented, notes: believe me}]",
    )
    assert items(out)["gang_scheduling"]["status"] == "Implemented"
    assert said.code == 1
    assert "gang_scheduling is declared Implemented without any evidence of yours" in said.out


@pytest.mark.parametrize(("version", "code"), [("v1.30.4", 1), ("v1.37.0+vendor.1", 0), ("v1.38.1", 0)])
def test_a_run_on_an_older_kubernetes_is_not_ready(cli, out, tmp_path, version, code):
    folder = run_folder(tmp_path, everything(), facts=Facts(version, nodes=3, nodes_ready=3))
    said = cli("fill", folder, "--template", official("1.37"), "--out", out, "--platform", platform_file(tmp_path))
    assert said.code == code
    assert (f"The run was on Kubernetes {version}, and the checklist is that of 1.37." in said.out) is bool(code)


def test_each_item_of_a_layered_product_names_its_owner(fill, out):
    owners = [{"requirement": item.id, "owner": "Mine 1.2"} for item in checklist.requirements("1.37")]
    owners[3]["owner"] = "Other: a layer below"
    said = fill(declarations=json.dumps(owners))
    assert said.code == 0
    notes = [item["notes"] for item in items(out).values()]
    assert notes[3].startswith("Layer: Other: a layer below. Measured by")
    assert all(each.startswith("Layer: ") for each in notes)


def test_an_item_without_an_owner_among_owned_ones_is_named(fill, out):
    owners = [{"requirement": item.id, "owner": "Mine"} for item in checklist.requirements("1.37")[1:]]
    said = fill(declarations=json.dumps(owners))
    assert (said.code, out.exists()) == (2, False)
    assert "these do not: driver_runtime_management." in said.err


def test_a_layered_product_that_brings_nothing_itself_is_told_so(fill):
    owners = [{"requirement": item.id, "owner": "Somebody"} for item in checklist.requirements("1.37")]
    said = fill(declarations=json.dumps(owners))
    assert said.code == 1
    assert "No item names Mine as its owner" in said.out


WITH_A_PASSWORD = ("https://me:hunter2@example.org/x", "ftp://me:hunter2@example.org/x", "//me:hunter2@example.org/x",
                   "https://me:hunter2@[x/y")  # fmt: skip


def evidence(path):
    return json.dumps([{"requirement": "gang_scheduling", "evidence": ["https://example.org/gang", path]}])


def test_evidence_that_a_human_names_is_copied_beside_the_checklist(fill, out, tmp_path):
    platform_file(tmp_path).parent.joinpath("docs").mkdir()
    (tmp_path / "mine/docs/gang.md").write_text("seen", encoding="utf-8")
    assert fill(declarations=evidence("docs/gang.md")).code == 0
    named = items(out)["gang_scheduling"]["evidence"]
    assert named == ["evidence/gang_scheduling.md", "https://example.org/gang", "docs/gang.md"]
    assert (out / "docs/gang.md").read_text(encoding="utf-8") == "seen"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("see gang.md", "is not there"),
        ("../secret", "neither a web address nor a path inside"),
        ("/etc/passwd", "neither a web address nor a path inside"),
        ("a//b", "neither a web address nor a path inside"),
        ("N/A", "is not there"),
        ("link.md", "symbolic link|leads out"),
        ("junit.xml", "output that the programme's suite writes"),
        ("logs/E2E.log", "output that the programme's suite writes"),
        *((address, "holds a user's name or password") for address in WITH_A_PASSWORD),
    ],
)
def test_evidence_that_the_validator_would_not_take_is_refused(fill, out, tmp_path, path, why):
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    folder = platform_file(tmp_path).parent
    (folder / "link.md").symlink_to(tmp_path / "secret")
    (folder / "junit.xml").write_text("<testsuite/>", encoding="utf-8")
    said = fill(declarations=evidence(path))
    assert (said.code, out.exists()) == (2, False)
    assert any(each in said.err for each in why.split("|"))
    assert "hunter2" not in said.err


@pytest.mark.parametrize("address", WITH_A_PASSWORD)
def test_an_address_with_a_password_in_an_earlier_run_is_refused_too(cli, out, tmp_path, address):
    declared = serial.dump(Declaration("gang_scheduling", evidence=(address,)))
    folder = run_folder(tmp_path, everything())

    def declare(data):
        next(v for v in data["verdicts"] if v["requirement"]["id"] == "gang_scheduling")["declaration"] = declared

    edited(folder, declare)
    said = cli("fill", folder, "--template", official("1.37"), "--out", out)
    assert (said.code, out.exists(), "hunter2" in said.err) == (2, False, False)
    assert "An address in the evidence of gang_scheduling holds a user's name or password" in said.err


def test_the_earlier_validator_finds_no_file_with_a_fragment(fill, tmp_path):
    folder = platform_file(tmp_path).parent
    (folder / "gang.md").write_text("x", encoding="utf-8")
    assert fill(declarations=evidence("gang.md#how")).code == 0
    assert fill("--force", "--rules", "snapshot", declarations=evidence("gang.md#how")).code == 2


def test_nothing_is_overwritten_without_force(fill, out):
    fill()
    (out / "PRODUCT.yaml").write_text("mine", encoding="utf-8")
    said = fill()
    assert said.code == 2
    assert "is there already" in said.err
    assert (out / "PRODUCT.yaml").read_text(encoding="utf-8") == "mine"
    assert fill("--force").code == 0
    assert (out / "PRODUCT.yaml").read_text(encoding="utf-8") != "mine"


def test_a_symbolic_link_is_not_written_through_even_with_force(fill, out, tmp_path):
    out.mkdir()
    (tmp_path / "victim").write_text("mine", encoding="utf-8")
    (out / "PRODUCT.yaml").symlink_to(tmp_path / "victim")
    assert fill("--force").code == 2
    assert (tmp_path / "victim").read_text(encoding="utf-8") == "mine"


def test_a_linked_folder_of_evidence_is_not_written_through_either(fill, out, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    out.mkdir()
    (out / "evidence").symlink_to(tmp_path / "elsewhere")
    said = fill("--force")
    assert (said.code, f"{out / 'evidence'} is a symbolic link" in said.err) == (2, True)
    assert "Remove the link, or name another place." in said.err
    assert not list((tmp_path / "elsewhere").iterdir())
    assert [path.name for path in out.iterdir()] == ["evidence"]


@pytest.mark.parametrize("linked", ["v1.37/mine", "v1.37"])
def test_a_linked_folder_of_the_product_is_not_written_through_either(fill, tmp_path, linked):
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / linked
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(tmp_path / "elsewhere")
    said = fill("--force", "--out", tmp_path / "v1.37/mine")
    assert (said.code, f"{link} is a symbolic link" in said.err) == (2, True)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_folder_of_an_impossible_name_is_refused_in_a_sentence(fill):
    said = fill("--out", "x" * 300)
    assert (said.code, "cannot be used: File name too long" in said.err) == (2, True)


def test_a_link_above_the_versions_folder_is_the_users_own_matter(fill, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "checkout").symlink_to(tmp_path / "elsewhere")
    assert fill("--out", tmp_path / "checkout/v1.37/mine").code == 0
    assert (tmp_path / "elsewhere/v1.37/mine/PRODUCT.yaml").is_file()


def test_a_page_of_an_earlier_run_goes_with_force_where_nothing_names_it(fill, out):
    fill()
    mine = "evidence/robust_controller.md"
    (out / mine).write_text("a page of my own", encoding="utf-8")
    (out / "evidence/another.md").write_bytes((out / "evidence/ai_inference.md").read_bytes())
    blank = [measured(name, Outcome.SKIP) for name in ("gpu_sharing", "ai_inference", "robust_controller")]
    named = json.dumps([{"requirement": "gang_scheduling", "evidence": ["evidence/ai_inference.md"]}])
    before = {path.name for path in (out / "evidence").iterdir()}
    assert fill(results=everything(*blank), declarations=named).code == 2
    assert {path.name for path in (out / "evidence").iterdir()} == before
    said = fill("--force", results=everything(*blank), declarations=named)
    assert "Removed evidence/gpu_sharing.md: of an earlier run, and named by nothing any more.\n" in said.out
    assert {path.name for path in (out / "evidence").iterdir()} == before - {"gpu_sharing.md"}
    assert fill("--force", "--json", results=everything(*blank)).data["removed"] == ["evidence/ai_inference.md"]


def test_a_folder_that_cannot_be_one_is_a_usage_error(fill, out):
    out.write_text("mine")
    said = fill()
    assert (said.code, "cannot be written" in said.err) == (2, True)
    assert said.err.endswith("\nName another place.\n")
    assert out.read_text() == "mine"


@pytest.fixture
def forged(fill, cli, out, tmp_path):
    """Give the command that fills from a run in which a MUST failed, and whose report says otherwise."""
    fill(results=everything(measured("gang_scheduling", Outcome.FAIL, actual=1)))
    file = tmp_path / "run" / "report.json"
    file.write_text(file.read_text().replace('"holds": false', '"holds": true'))
    return lambda: cli("fill", tmp_path / "run", "--template", official("1.37"), "--out", out, "--force")


def test_an_edited_report_is_refused_with_its_digests_and_without_them(forged, out, tmp_path):
    before = (out / "PRODUCT.yaml").read_bytes()
    assert "is not what the run wrote" in forged().err
    (tmp_path / "run" / "MANIFEST.sha256").unlink()
    said = forged()
    assert (said.code, "no whole MANIFEST.sha256" in said.err) == (2, True)
    assert (out / "PRODUCT.yaml").read_bytes() == before


def test_what_was_judged_without_digests_says_so_as_long_as_it_is_filled_from(forged, cli, tmp_path):
    (tmp_path / "run" / "MANIFEST.sha256").unlink()
    words = "The folder held no MANIFEST.sha256 when it was judged again"
    assert words in " ".join(cli("judge", tmp_path / "run").out.split())
    cli("judge", tmp_path / "run")
    said = forged()
    assert (said.code, said.out.count(words)) == (1, 1)
    assert words in (tmp_path / "run" / "index.html").read_text(encoding="utf-8")


def test_a_verdict_that_somebody_wrote_into_the_report_is_not_believed(forged, fill, out, tmp_path):
    fill("--force", results=everything(measured("gang_scheduling", Outcome.FAIL, actual=1)))

    def answered(data):
        next(v for v in data["verdicts"] if v["requirement"]["id"] == "gang_scheduling")["status"] = "Implemented"

    edited(tmp_path / "run", answered)
    assert "gang_scheduling is a MUST and Not Implemented." in forged().out
    assert items(out)["gang_scheduling"]["status"] == "Not Implemented"


def test_a_folder_of_another_version_is_refused(cli, tmp_path):
    folder = run_folder(tmp_path, everything())
    words = ["--template", official("1.37"), "--out", tmp_path / "v1.36" / "mine"]
    said = cli("fill", folder, *words)
    assert said.code == 2
    assert "lies below v1.36, and the checklist is that of 1.37" in said.err
    assert "for instance v1.37/my-product" in said.err


@pytest.mark.parametrize("kind", ["folder", "not UTF-8"])
def test_a_template_that_cannot_be_read_is_refused_with_what_to_name(cli, tmp_path, kind):
    template = tmp_path / "template.yaml"
    template.mkdir() if kind == "folder" else template.write_bytes(b"\xff")
    said = cli("fill", run_folder(tmp_path, everything()), "--template", template, "--out", tmp_path / "out")
    assert (said.code, "checklist sync" in said.err) == (2, True)


@pytest.mark.parametrize("content", ["", "a: [", "- 1", "\x00", "<html>", "x" * 50_000_000])
def test_a_template_that_is_none_is_refused_in_a_sentence(cli, tmp_path, content):
    template = tmp_path / "template.yaml"
    template.write_text(content, encoding="utf-8")
    said = cli("fill", run_folder(tmp_path, everything()), "--template", template, "--out", tmp_path / "out")
    assert said.code == 2
    assert "emplate" in said.err
    assert "The kit itself broke" not in said.err


def test_hostile_words_stay_words(fill, out):
    hostile = "<script>alert(1)</script>\x1b[2J é \u202egnp.exe \U000e0041"
    said = fill(description=json.dumps(hostile, ensure_ascii=False))
    assert said.code == 0
    text = (out / "PRODUCT.yaml").read_text(encoding="utf-8")
    assert YAML(typ="safe").load(text)["metadata"]["description"] == hostile
    assert ("é" in text, "\u202e" in text, "\U000e0041" in text) == (True, False, False)


def test_json_says_what_was_written_and_what_remains(fill):
    said = fill("--json", results=everything(measured("ai_inference", Outcome.SKIP)))
    assert said.code == 1
    assert said.data["files"][0] == "PRODUCT.yaml"
    assert said.data["remaining"] == ["ai_inference is a MUST and without an answer (Not there)."]
    assert said.data["ready"] is False


def test_without_a_template_that_of_the_cache_is_taken_or_it_is_told_how_to_get_it(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("CLUSTERPROOF_CACHE", str(tmp_path / "cache"))
    words = [
        "fill",
        run_folder(tmp_path, everything()),
        "--out",
        tmp_path / "out",
        "--platform",
        platform_file(tmp_path),
    ]
    said = cli(*words)
    assert (said.code, "clusterproof checklist sync" in said.err) == (2, True)
    (tmp_path / "cache" / "official").mkdir(parents=True)
    (tmp_path / "cache" / "official" / "AIConformance-1.37.yaml").write_bytes(official("1.37").read_bytes())
    assert cli(*words).code == 0


@pytest.fixture
def lint(cli, tmp_path):
    """Give a function that fills a checklist and returns what the linter says of it, as rule and subject."""

    def run(folder, version, rules, *more):
        where = f"https://github.com/cncf/k8s-conformance/tree/master/v{version}/mine"
        platform = platform_file(tmp_path, k8sConformanceUrl=where)
        out = tmp_path / f"v{version}" / "mine"
        words = ["--template", official(version), "--out", out, "--platform", platform, "--rules", rules, *more]
        assert cli("fill", folder, *words).code in {0, 1}
        words = ["--templates", CHECKLISTS, "--members", SHARED / "cncf_members.json", "--rules", rules, "--json"]
        said = cli("checklist", "lint", out, *words)
        assert said.err == ""
        return {(each["rule"], each["subject"]) for file in said.data["submissions"] for each in file["findings"]}

    return run


RULES = pytest.mark.parametrize("rules", ["snapshot", "current"])
IN_THE_SUITE = {"gang_scheduling", "cluster_autoscaling", "secure_accelerator_access"}


@RULES
@pytest.mark.parametrize("version", checklist.versions())
def test_a_checklist_from_recorded_real_results_lints_clean(lint, tmp_path, version, rules):
    found = lint(run_folder(tmp_path, everything(), checklist=version), version, rules)
    assert found <= {("artifact-recommended", name) for name in IN_THE_SUITE}
    assert not found or (version, rules) == ("1.37", "current")


def test_with_the_suites_results_imported_nothing_is_even_recommended(lint, cli, tmp_path):
    names = ("TestGangScheduling", "TestSecureAcceleratorAccess", "TestAcceleratorClusterAutoscaling")
    cases = "".join(f'<testcase name="{name}" time="1"/>' for name in names)
    (tmp_path / "j.xml").write_text(f'<testsuite name="s">{cases}</testsuite>', encoding="utf-8")
    run = run_folder(tmp_path, everything())
    assert cli("import", tmp_path / "j.xml", "--run", run, "--out", tmp_path / "both").code == 0
    assert lint(tmp_path / "both", "1.37", "current") == set()


@RULES
def test_a_checklist_from_a_testbed_run_lints_clean_but_for_its_mark(lint, tmp_path, rules):
    found = lint(run_folder(tmp_path, everything(simulated=True)), "1.37", rules, "--draft")
    assert {rule for rule, _ in found} - {"artifact-recommended"} == {"simulated"}
