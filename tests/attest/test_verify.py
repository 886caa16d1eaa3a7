"""A folder is what was signed, to the byte, or every difference is named."""

from __future__ import annotations

import json
import os

import pytest

from attest_keys import forged, signed_again
from clusterproof import __version__
from clusterproof.attest import envelope

FILE = "attestation.intoto.jsonl"


def payload(folder):
    return json.loads(envelope.load((folder / FILE).read_bytes()).payload)


def test_a_signed_folder_verifies_and_says_what_run_it_was(cli, signed, keys):
    said = cli("verify", signed, "--key", keys[1], "--json")
    assert said.code == 0
    assert said.data["verified"] is True
    assert said.data["problems"] == []
    assert said.data["run"] == {
        "runId": "20260101-000000-abcdef", "tool": {"name": "clusterproof", "version": __version__},
        "started": "2026-01-01T00:00:00.000Z", "platform": "cluster", "checklist": "1.37",
        "kubernetesVersion": "v1.37.2", "summary": "partial", "simulated": False,
    }  # fmt: skip
    assert cli("verify", signed / FILE, "--key", keys[1]).out.startswith("✓ Verified: all ")


def test_the_statement_is_in_toto_and_names_every_file(signed):
    statement = payload(signed)
    files = {path.relative_to(signed).as_posix() for path in signed.rglob("*") if path.is_file()} - {FILE}
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert {each["name"] for each in statement["subject"]} == files >= {"report.json", "MANIFEST.sha256"}
    assert all(len(each["digest"]["sha256"]) == 64 for each in statement["subject"])


def test_one_changed_bit_in_any_file_is_named(cli, signed, keys):
    for name in [each["name"] for each in payload(signed)["subject"]]:
        file = signed / name
        before = file.read_bytes()
        file.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        said = cli("verify", signed, "--key", keys[1])
        assert (said.code, said.out) == (1, f"✗ {name}: was changed after signing\n")
        file.write_bytes(before)
    assert cli("verify", signed, "--key", keys[1]).code == 0


def test_whatever_is_added_missing_or_no_file_is_named(cli, signed, keys, tmp_path):
    (signed / "index.html").unlink()
    (signed / "evidence" / "more.md").write_text("more")
    (signed / ".hidden").write_text("")
    (signed / "PRODUCT.yaml").rename(tmp_path / "elsewhere")
    (signed / "PRODUCT.yaml").symlink_to(tmp_path / "elsewhere")
    (signed / "away").symlink_to(tmp_path)
    os.mkfifo(signed / "pipe")
    said = cli("verify", signed, "--key", keys[1], "--json")
    assert said.code == 1
    assert {each["file"]: each["problem"] for each in said.data["problems"]} == {
        "index.html": "is missing",
        "evidence/more.md": "was added after signing",
        ".hidden": "was added after signing",
        "PRODUCT.yaml": "it is a symbolic link, and was not signed",
        "away": "it is a symbolic link, and was not signed",
        "pipe": "it is neither a file nor a folder, and was not signed",
    }


def test_a_second_attestation_deeper_in_the_folder_is_an_added_file(cli, signed, keys):
    (signed / "evidence" / FILE).write_bytes((signed / FILE).read_bytes())
    assert cli("verify", signed, "--key", keys[1]).out == f"✗ evidence/{FILE}: was added after signing\n"


def test_the_wrong_key_is_told_with_the_ids(cli, signed, pair):
    said = cli("verify", signed, "--key", pair("stranger")[1])
    assert (said.code, said.out) == (1, "")
    assert "no signature fits" in said.err
    assert "This key's own id is" in said.err


def test_a_changed_payload_or_type_does_not_verify(cli, signed, keys):
    before = (signed / FILE).read_bytes()
    statement = payload(signed)
    statement["predicate"]["summary"] = "conformant"
    forged(signed / FILE, payload=json.dumps(statement).encode())
    assert "no signature fits" in cli("verify", signed, "--key", keys[1]).err
    (signed / FILE).write_bytes(before)
    forged(signed / FILE, payloadType="application/json")
    said = cli("verify", signed, "--key", keys[1])
    assert (said.code, "of the type 'application/json'" in said.err) == (1, True)


def test_every_byte_of_payload_and_signature_counts(cli, signed, keys):
    before = (signed / FILE).read_bytes()
    plain = json.loads(before)
    for value in (plain["payload"], plain["signatures"][0]["sig"], plain["payloadType"]):
        start = before.index(value.encode())
        for at in {start, start + len(value) // 2, start + len(value.rstrip("=")) - 1}:
            other = b"A" if before[at : at + 1] != b"A" else b"B"
            (signed / FILE).write_bytes(before[:at] + other + before[at + 1 :])
            said = cli("verify", signed, "--key", keys[1])
            assert (said.code, said.out) == (1, "")


@pytest.mark.parametrize(
    "name", ["../report.json", "/etc/passwd", "a/../report.json", "./report.json", "a//b", "", "C:/x", "a\\b", "a\nb"]
)
def test_a_statement_that_leaves_the_folder_is_refused_though_signed(cli, signed, keys, name):
    signed_again(signed / FILE, keys[0], lambda said: said["subject"][0].update(name=name))
    said = cli("verify", signed, "--key", keys[1])
    assert (said.code, said.out) == (1, "")
    assert "no path inside a run folder" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda said: said.update(_type="https://in-toto.io/Statement/v0.1"), "no in-toto statement of version 1"),
        (lambda said: said.update(predicateType="https://slsa.dev/provenance/v1"), "something else than a run"),
        (lambda said: said.update(subject=[]), "lacks its subjects"),
        (lambda said: said.update(subject=[3]), "no name or no SHA-256"),
        (lambda said: said["subject"][0].update(digest={"sha1": "0" * 40}), "no name or no SHA-256"),
        (lambda said: said["subject"][0]["digest"].update(sha256="0" * 63), "no name or no SHA-256"),
        (lambda said: said["subject"].append(said["subject"][0]), "twice"),
        (lambda said: said.pop("predicate"), "lacks"),
    ],
)
def test_another_statement_is_refused_though_signed(cli, signed, keys, change, word):
    signed_again(signed / FILE, keys[0], change)
    said = cli("verify", signed, "--key", keys[1])
    assert (said.code, word in said.err) == (1, True), said.err


def test_a_predicate_that_says_more_than_the_report_is_named(cli, signed, keys):
    signed_again(signed / FILE, keys[0], lambda said: said["predicate"].update(summary="conformant"))
    said = cli("verify", signed, "--key", keys[1])
    assert (said.code, said.out) == (1, "✗ the statement says summary 'conformant', and report.json 'partial'\n")


def test_an_attestation_may_lie_elsewhere(cli, folder, keys, tmp_path):
    out = tmp_path / "away.jsonl"
    assert cli("attest", folder, "--key", keys[0], "--out", out).code == 0
    assert not (folder / FILE).exists()
    assert cli("verify", out, "--run", folder, "--key", keys[1]).code == 0


def test_an_attestation_that_lies_elsewhere_is_not_about_the_one_in_the_folder(cli, signed, keys, tmp_path):
    away = tmp_path / "away.jsonl"
    away.write_bytes((signed / FILE).read_bytes())
    verify = ("verify", away, "--run", signed, "--key", keys[1])
    assert cli(*verify).code == 0
    (signed / FILE).write_text("another")
    assert cli(*verify).code == 0
    (signed / FILE).unlink()
    (signed / FILE).symlink_to(away)
    said = cli(*verify)
    assert (said.code, said.out) == (1, f"✗ {FILE}: it is a symbolic link, and was not signed\n")


def test_a_second_attestation_elsewhere_does_not_sign_the_one_in_the_folder(cli, signed, keys, tmp_path):
    away = tmp_path / "away.jsonl"
    assert cli("attest", signed, "--key", keys[0], "--out", away).code == 0
    named = {each["name"] for each in json.loads(envelope.load(away.read_bytes()).payload)["subject"]}
    assert (FILE in named, "report.json" in named) == (False, True)
    (signed / FILE).unlink()
    assert cli("verify", away, "--run", signed, "--key", keys[1]).code == 0


def test_a_statement_that_names_the_folders_own_attestation_holds_without_it(cli, signed, keys, tmp_path):
    """Earlier versions wrote such statements."""
    own = {"name": FILE, "digest": {"sha256": "0" * 64}}
    signed_again(signed / FILE, keys[0], lambda said: said["subject"].append(own))
    away = (signed / FILE).rename(tmp_path / "away.jsonl")
    said = cli("verify", away, "--run", signed, "--key", keys[1], "--json")
    assert (said.code, said.data["files"]) == (0, sum(path.is_file() for path in signed.rglob("*")))


def test_a_folder_without_an_attestation_is_a_wrong_word(cli, folder, keys, tmp_path):
    assert cli("verify", folder, "--key", keys[1]).code == 2
    assert cli("verify", tmp_path / "nothing", "--key", keys[1]).code == 2


def test_an_attestation_of_any_size_is_read_only_to_a_limit(cli, signed, keys):
    with (signed / FILE).open("wb") as file:
        file.truncate(1 << 33)
    said = cli("verify", signed, "--key", keys[1])
    assert (said.code, "over the 16,777,216 that are read" in said.err) == (1, True)
