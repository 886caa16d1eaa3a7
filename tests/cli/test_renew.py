"""Last year's file carried forward: what is confirmed, what is stale, and what nobody has measured again."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from clusterproof.checklist import requirements
from clusterproof.checklist.template import Template
from clusterproof.model import Outcome
from clusterproof.product.previous import stale
from recorded import METADATA, SHARED, everything, measured, official, platform_file, run_folder

SAMPLES = sorted((SHARED / "submissions").glob("v*/*/PRODUCT.yaml")) if SHARED.is_dir() else []


@pytest.fixture
def old(tmp_path):
    """Give a function that writes last year's file: everything Implemented, but for these answers."""

    def write(**answers):
        template = Template(official("1.36").read_text(encoding="utf-8"))
        for name, value in METADATA.items():
            template.set_metadata(name, value.replace("1.37", "1.36"))
        for item in requirements("1.36"):
            usual = {"status": "Implemented", "evidence": ["https://example.org/docs"], "notes": "It works."}
            template.answer(item.id, **{**usual, **answers.get(item.id, {})})
        folder = tmp_path / "v1.36" / "mine"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "PRODUCT.yaml").write_text(template.text(), encoding="utf-8")
        return folder / "PRODUCT.yaml"

    return write


@pytest.fixture
def out(tmp_path):
    return tmp_path / "v1.37" / "mine"


@pytest.fixture
def renew(cli, tmp_path, out):
    """Give a function that carries a file forward with recorded results."""

    def run(old, *more, results=None, platform=True, declarations="[]"):
        folder = run_folder(tmp_path, everything() if results is None else results)
        words = ["--run", folder, "--template", official("1.37"), "--out", out]
        words += ["--platform", platform_file(tmp_path, declarations, platformVersion="v2")] if platform else []
        return cli("renew", old, *words, *more)

    return run


def items(folder):
    data = YAML(typ="safe").load((folder / "PRODUCT.yaml").read_text(encoding="utf-8"))
    return {item["id"]: item for each in data["spec"].values() for item in each}


def rulings(said):
    return {item["id"]: item["ruling"] for item in said.data["items"]}


def test_what_a_run_confirms_is_still_true_and_keeps_its_links_and_notes(renew, old, out):
    said = renew(old(), "--json")
    assert said.code == 0
    assert rulings(said) == dict.fromkeys(items(out), "still true") | {"workload_sandboxing": "new"}
    item = items(out)["gang_scheduling"]
    assert item["status"] == "Implemented"
    assert item["evidence"] == ["evidence/gang_scheduling.md", "https://example.org/docs"]
    assert item["notes"].startswith("Measured by clusterproof ")
    assert item["notes"].endswith("Carried forward: It works.")
    assert (out / "evidence" / "gang_scheduling.md").is_file()


def test_links_and_notes_of_an_earlier_version_are_stale_and_left_out(renew, old, out):
    answer = {"evidence": ["https://example.org/v1.36/gang", "https://example.org/x"], "notes": "Shown on v1.36.2."}
    said = renew(old(gang_scheduling=answer))
    assert "left out: https://example.org/v1.36/gang" in said.out
    assert "left out: the notes, which name an earlier version" in said.out
    item = items(out)["gang_scheduling"]
    assert item["evidence"] == ["evidence/gang_scheduling.md", "https://example.org/x"]
    assert "1.36" not in item["notes"]


@pytest.mark.parametrize("outcome", [Outcome.SKIP, Outcome.ERROR])
def test_what_the_run_did_not_answer_loses_its_status_and_keeps_the_rest(renew, old, out, outcome):
    said = renew(old(), results=everything(measured("gang_scheduling", outcome)))
    assert said.code == 1
    assert "gang_scheduling (MUST): must be measured again" in said.out
    item = items(out)["gang_scheduling"]
    assert (item["status"], item["evidence"], item["notes"]) == ("", ["https://example.org/docs"], "It works.")


def test_what_simulated_nodes_showed_is_not_measured(renew, old, out):
    said = renew(old(), "--json", results=everything(simulated=True))
    assert said.code == 1
    assert set(rulings(said).values()) == {"must be measured again", "new"}
    assert {item["status"] for item in items(out).values()} == {""}
    assert "SIMULATED" not in (out / "PRODUCT.yaml").read_text(encoding="utf-8")
    assert not (out / "evidence").exists()


def test_what_fails_now_is_changed_and_last_years_praise_is_gone(renew, old, out):
    said = renew(old(), results=everything(measured("robust_controller", Outcome.FAIL, actual=3)))
    assert "robust_controller (MUST): changed" in said.out
    assert "robust_controller is a MUST and Not Implemented." in said.out
    item = items(out)["robust_controller"]
    assert (item["status"], item["evidence"]) == ("Not Implemented", ["evidence/robust_controller.md"])
    assert "It works" not in item["notes"]


def test_what_was_left_blank_and_is_not_measured_stays_blank(renew, old, out):
    blank = {"status": "", "evidence": [], "notes": ""}
    said = renew(old(gpu_sharing=blank), "--json", results=everything(measured("gpu_sharing", Outcome.SKIP)))
    assert (said.code, rulings(said)["gpu_sharing"]) == (0, "still true")
    assert {key: items(out)["gpu_sharing"][key] for key in blank} == blank


def test_not_applicable_is_not_carried_without_being_declared_again(renew, old, out):
    answer = {"status": "N/A", "evidence": [], "notes": "Bare metal."}
    said = renew(old(cluster_autoscaling=answer), results=everything(measured("cluster_autoscaling", Outcome.SKIP)))
    assert said.code == 1
    assert items(out)["cluster_autoscaling"]["status"] == ""


DECLARED = "[{{requirement: {}, status: {}, notes: See our docs., by: Ada}}]"


def test_what_is_only_declared_is_not_said_to_be_still_true(renew, old, out):
    words = {"results": everything(measured("gang_scheduling", Outcome.SKIP))}
    words |= {"declarations": DECLARED.format("gang_scheduling", "Implemented")}
    said = renew(old(), **words)
    lines = said.out.splitlines()
    at = lines.index("gang_scheduling (MUST): declared, not measured")
    assert lines[at + 1] == "  # Declared by Ada, not measured: Not there."
    assert "1 declared, not measured" in said.out
    assert items(out)["gang_scheduling"]["status"] == "Implemented"
    data = renew(old(), "--json", "--force", **words).data
    assert {item["id"] for item in data["items"] if item["ruling"] == "declared, not measured"} == {"gang_scheduling"}


def test_not_applicable_that_is_declared_again_is_declared_and_not_still_true(renew, old):
    answer = {"status": "N/A", "evidence": [], "notes": "Bare metal."}
    said = renew(
        old(cluster_autoscaling=answer), "--json", results=everything(measured("cluster_autoscaling", Outcome.SKIP)),
        declarations=DECLARED.format("cluster_autoscaling", "N/A"),
    )  # fmt: skip
    assert rulings(said)["cluster_autoscaling"] == "declared, not measured"


@pytest.mark.parametrize(("name", "ruling"), [("workload_sandboxing", "new"), ("gang_scheduling", "changed")])
def test_a_declaration_that_is_new_or_another_says_that_nothing_was_measured(renew, old, name, ruling):
    said = renew(
        old(gang_scheduling={"status": "Partially Implemented"}), "--json",
        results=everything(measured(name, Outcome.SKIP)), declarations=DECLARED.format(name, "Implemented"),
    )  # fmt: skip
    [item] = [each for each in said.data["items"] if each["id"] == name]
    assert (item["ruling"], item["why"]) == (ruling, "Declared by Ada, not measured: Not there.")


def test_a_declaration_beside_a_measurement_is_still_true(renew, old):
    said = renew(old(), "--json", declarations=DECLARED.format("gang_scheduling", "Implemented"))
    assert rulings(said)["gang_scheduling"] == "still true"


def test_a_file_of_the_suite_with_a_failed_test_is_told(cli, old, out, tmp_path):
    mine = tmp_path / "mine.xml"
    cases = '<testcase name="TestGangScheduling"/><testcase name="TestOther"><failure/></testcase>'
    mine.write_text(f"<testsuite>{cases}</testsuite>", encoding="utf-8")
    run = run_folder(tmp_path, everything())
    assert cli("import", mine, "--run", run, "--out", tmp_path / "imported").code == 0
    named = old(gang_scheduling={"evidence": ["suite/junit.xml"]})
    words = ["--run", tmp_path / "imported", "--template", official("1.37"), "--out", out]
    said = cli("renew", named, *words, "--platform", platform_file(tmp_path, platformVersion="v2"))
    assert said.code == 1
    assert said.out.count("suite/junit.xml holds a test that failed, TestOther") == 1
    assert (out / "suite" / "junit.xml").is_file()


def test_an_item_that_is_asked_for_no_more_is_gone(renew, old, out, tmp_path):
    text = old().read_text(encoding="utf-8").replace("id: gpu_sharing", "id: dra_support")
    path = tmp_path / "v1.36" / "mine" / "PRODUCT.yaml"
    path.write_text(text, encoding="utf-8")
    said = renew(path)
    assert "dra_support: gone" in said.out
    assert "dra_support" not in items(out)


def test_vendor_fields_are_carried_and_what_is_stale_in_them_is_named(renew, old, out):
    said = renew(old(), platform=False)
    assert said.code == 1
    assert "The metadata's k8sConformanceUrl still names v1.36." in said.out
    assert "The metadata's platformVersion is last year's, v1.2.3." in said.out
    metadata = YAML(typ="safe").load((out / "PRODUCT.yaml").read_text(encoding="utf-8"))["metadata"]
    assert (metadata["kubernetesVersion"], metadata["vendorName"]) == ("v1.37", METADATA["vendorName"])


def test_the_folder_of_last_year_is_as_good_as_its_file(renew, old, out):
    file = old()
    assert renew(file.parent, "--json").data == renew(file, "--json", "--force").data
    assert items(out)


def test_a_field_of_last_year_that_names_a_version_too_is_told_once(renew, old, tmp_path):
    file = old()
    file.write_text(file.read_text(encoding="utf-8").replace("v1.2.3", "v1.36.2"), encoding="utf-8")
    said = renew(file, platform=False)
    assert said.out.count("platformVersion") == 2, "once among the fields, once among what remains"


def test_a_testbeds_own_fields_are_none_of_the_products(cli, old, out, tmp_path):
    asked = [measured("gang_scheduling", simulated=True)]
    folder = run_folder(
        tmp_path, asked, metadata={"platformName": "clusterproof testbed", "vendorName": "clusterproof"}
    )
    cli("renew", old(), "--run", folder, "--template", official("1.37"), "--out", out)
    metadata = YAML(typ="safe").load((out / "PRODUCT.yaml").read_text(encoding="utf-8"))["metadata"]
    assert (metadata["platformName"], metadata["vendorName"]) == (METADATA["platformName"], METADATA["vendorName"])


def test_local_evidence_comes_along_and_what_is_not_there_does_not(renew, old, out, tmp_path):
    path = old(gang_scheduling={"evidence": ["gang.md", "lost.md", "../../secret", "link.md", "junit.xml"]})
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (path.parent / "gang.md").write_text("seen", encoding="utf-8")
    (path.parent / "junit.xml").write_text("<testsuite/>", encoding="utf-8")
    (path.parent / "link.md").symlink_to(tmp_path / "secret")
    renew(path)
    assert items(out)["gang_scheduling"]["evidence"] == ["evidence/gang_scheduling.md", "gang.md"]
    assert sorted(file.name for file in out.iterdir()) == ["PRODUCT.yaml", "evidence", "gang.md"]


def test_the_old_file_is_never_replaced_and_a_new_one_only_with_force(renew, cli, old, out, tmp_path):
    path = old()
    before = path.read_bytes()
    renew(path)
    assert renew(path).code == 2
    assert renew(path, "--force").code == 0
    words = ["--run", tmp_path / "run", "--template", official("1.37"), "--force", "--out"]
    copy = tmp_path / "copy" / "PRODUCT.yaml"
    copy.parent.mkdir()
    copy.write_bytes(before)
    said = cli("renew", copy, *words, copy.parent)
    assert said.code == 2
    assert "never replaced" in said.err
    assert (path.read_bytes(), copy.read_bytes()) == (before, before)


def test_a_page_of_an_earlier_run_goes_with_force_and_is_told(renew, old, out):
    path, page = old(), out / "evidence/gpu_sharing.md"
    renew(path)
    assert page.is_file()
    blank = everything(measured("gpu_sharing", Outcome.SKIP))
    assert renew(path, "--force", "--json", results=blank).data["removed"] == ["evidence/gpu_sharing.md"]
    assert not page.exists()
    renew(path, "--force")
    said = renew(path, "--force", results=blank)
    assert "Removed evidence/gpu_sharing.md: of an earlier run, and named by nothing any more.\n" in said.out


def test_the_review_shows_each_line_that_goes_and_comes(renew, old):
    lines = renew(old()).out.splitlines()
    at = lines.index("gang_scheduling (MUST): still true")
    assert lines[at + 2 : at + 6][0] == "    status: Implemented"
    assert "+   evidence: evidence/gang_scheduling.md" in lines[at : at + 8]
    assert "-   notes: It works." in lines[at : at + 8]
    assert "-   kubernetesVersion: v1.36" in lines


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parts[-3]}/{path.parts[-2]}")
def test_every_real_submission_can_be_carried_forward(renew, path, out):
    said = renew(path, "--json", platform=False)
    assert said.code in {0, 1}
    assert "Traceback" not in said.err
    assert {item["status"] for item in items(out).values()} == {"Implemented"}


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    "content",
    [None, b"\xff", "[" * 5000, BOMB,
     "", "a: [", "- 1", "metadata: {}\nspec: {}", "metadata: []\nspec: {a: [{id: x}]}", "\x00", "x" * 50_000_000,
     "a: &a [x,x]\nb: &b [*a,*a]\n" * 1, "metadata: {a: b}\nspec: {a: [1, {id: [1]}]}"],
)  # fmt: skip
def test_what_is_no_checklist_is_refused_in_a_sentence(renew, tmp_path, out, content):
    path = tmp_path / "old.yaml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    said = renew(path)
    assert (said.code, out.exists()) == (2, False)
    assert str(path) in said.err
    assert "clusterproof checklist lint" in said.err
    assert len(said.err) < 1000


STATUS, NOTES = 'status: "Implemented"', 'notes: "It works."'


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ((STATUS, f"{STATUS}\n      status: N/A"), "The key 'status' stands twice"),
        (("metadata:", "metadata:\n  vendorName: A"), "The key 'vendorName' stands twice"),
        (('evidence: ["https://example.org/docs"]', "evidence: one"), "evidence is text, not a list"),
        ((NOTES, "notes: {a: b}"), "notes is a mapping, not text"),
        (("- id:", "- 1\n    - id:"), "is the value 1, not a mapping"),
    ],
)
def test_what_the_validator_cannot_load_is_refused_with_its_line(renew, old, out, change, why):
    path = old()
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    said = renew(path)
    assert (said.code, out.exists()) == (2, False)
    assert "the programme's validator cannot load it. Line " in said.err
    assert why in said.err
    assert "checklist lint" in said.err


def test_what_a_reader_may_misunderstand_is_told_and_carried_forward(renew, old, out):
    path = old()
    text = path.read_text(encoding="utf-8").replace("id: gpu_sharing", "id: gang_scheduling")
    path.write_text(f"{text}---\nmore: 1\n", encoding="utf-8")
    remarks = [
        "The file holds more than one YAML document; only the first is read.",
        "The item gang_scheduling stands 2 times; only the last answer was carried forward.",
    ]
    assert renew(path, "--json").data["remarks"] == remarks
    assert renew(path, "--force").out.splitlines()[:3] == [*(f"# {each}" for each in remarks), "metadata"]
    assert items(out)["gang_scheduling"]["status"] == "Implemented"


def test_a_file_without_oddities_has_no_remarks(renew, old):
    assert renew(old(), "--json").data["remarks"] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://x/v1.36/a", "v1.36"), ("Kubernetes 1.35.2", "1.35"), ("release-1-34", "1-34"), ("v1.37", ""),
        ("1.360", ""), ("11.36", ""), ("2.1.36", ""), ("v1.29", ""),
    ],
)  # fmt: skip
def test_a_version_before_the_claimed_one_is_stale(text, found):
    assert stale(text, "1.37") == found
