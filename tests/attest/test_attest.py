"""Only a folder that is what the run wrote is signed, with a key that stays secret."""

from __future__ import annotations

import getpass
import io
import os

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from attest_keys import KINDS
from clusterproof.report.store import manifest

FILE = "attestation.intoto.jsonl"


def test_a_folder_that_was_changed_since_the_run_is_not_signed(cli, folder, keys):
    (folder / "index.html").write_text("all is well")
    (folder / "evidence" / "gang_scheduling.md").unlink()
    (folder / "added.md").write_text("more")
    said = cli("attest", folder, "--key", keys[0])
    assert said.code == 2
    assert "index.html was changed" in said.err
    assert "evidence/gang_scheduling.md is missing" in said.err
    assert "added.md was added" in said.err
    assert not (folder / FILE).exists()


@pytest.mark.parametrize("name", ["link", "pipe", ".report.json.clusterproof-tmp", "a\nb", b"\xff"])
def test_what_cannot_be_signed_is_named(cli, folder, keys, name):
    path = os.path.join(os.fsencode(folder), os.fsencode(name))  # noqa: PTH118 - a name that is no text
    if name == "link":
        (folder / name).symlink_to("/etc/passwd")
    elif name == "pipe":
        os.mkfifo(path)
    else:
        with open(path, "wb"):  # noqa: PTH123
            pass
    said = cli("attest", folder, "--key", keys[0])
    assert (said.code, "cannot be signed" in said.err) == (2, True), said.err
    assert not (folder / FILE).exists()


@pytest.mark.parametrize("name", ["report.json", "MANIFEST.sha256"])
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["pipe", "device"])
def test_a_folder_whose_report_is_no_file_neither_fills_the_memory_nor_hangs(cli, folder, keys, make, name):
    (folder / name).unlink()
    make(folder / name)
    assert cli("attest", folder, "--key", keys[0]).code == 2


def test_a_place_that_cannot_be_written_is_a_usage_error(cli, folder, keys):
    said = cli("attest", folder, "--key", keys[0], "--out", "/dev/null/x")
    assert (said.code, said.err) == (2, "/dev/null/x cannot be written: Not a directory.\nName another place.\n")
    said = cli("attest", folder, "--key", keys[0], "--out", "/nonexistent/x")
    assert (said.code, said.err.splitlines()[1:]) == (2, ["Name another place."])


@pytest.mark.parametrize("command", ["attest", "verify"])
def test_a_key_that_is_not_there_is_told_with_what_to_name(cli, folder, command):
    said = cli(command, folder, "--key", "nokey")
    assert said.code == 2
    assert "The key nokey cannot be read: No such file or directory." in said.err
    assert "Keys are Ed25519 or ECDSA P-256, in PEM files" in said.err


def test_a_run_that_was_not_written_to_its_end_is_not_signed(cli, folder, keys):
    (folder / "MANIFEST.sha256").unlink()
    said = cli("attest", folder, "--key", keys[0])
    assert (said.code, "no whole MANIFEST.sha256" in said.err) == (2, True)
    (folder / "report.json").write_text('{"schema": 1, "run')
    assert cli("attest", folder, "--key", keys[0]).code == 2
    (folder / "report.json").unlink()
    assert cli("attest", folder, "--key", keys[0]).code == 2


def test_two_digests_of_one_file_are_no_word_of_the_runs(cli, folder, keys):
    digests = folder / "MANIFEST.sha256"
    (folder / "report.json").write_bytes((folder / "report.json").read_bytes() + b"\n")
    digests.write_text(digests.read_text() + next(line for line in manifest(folder).splitlines(keepends=True)
                                                  if line.endswith("  report.json\n")))  # fmt: skip
    said = cli("attest", folder, "--key", keys[0])
    assert (said.code, "names 'report.json' twice" in said.err) == (2, True)


def test_nothing_is_replaced_without_force(cli, signed, keys):
    before = (signed / FILE).read_bytes()
    said = cli("attest", signed, "--key", keys[0], "--keyid", "again")
    assert (said.code, "--force" in said.err) == (2, True)
    assert (signed / FILE).read_bytes() == before
    assert cli("attest", signed, "--key", keys[0], "--keyid", "again", "--force").code == 0
    assert b'"keyid":"again"' in (signed / FILE).read_bytes()
    assert cli("verify", signed, "--key", keys[1]).code == 0


def test_the_digests_of_a_folder_leave_its_attestation_out(cli, signed, keys):
    before = (signed / "MANIFEST.sha256").read_text()
    assert manifest(signed) == before
    cli("judge", signed)
    assert (signed / "MANIFEST.sha256").read_text() == before
    assert cli("verify", signed, "--key", keys[1]).code == 0


def test_a_key_in_the_run_folder_is_refused(cli, folder, keys):
    inside = folder / "key.pem"
    inside.write_bytes(keys[0].read_bytes())
    said = cli("attest", folder, "--key", inside)
    assert (said.code, "others are to see" in said.err) == (2, True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_protected_key_is_opened_by_the_environment(cli, folder, pair, monkeypatch, kind):
    private, public = pair("locked", key=KINDS[kind](), password=b"open sesame")
    monkeypatch.setenv("CLUSTERPROOF_KEY_PASSWORD", "open sesame")
    assert cli("attest", folder, "--key", private).code == 0
    assert cli("verify", folder, "--key", public).code == 0


def test_a_protected_key_asks_on_a_terminal_and_shows_nothing(cli, folder, pair, monkeypatch):
    private, _ = pair("locked", password=b"open sesame")
    asked = []
    monkeypatch.setattr("sys.stdin", type("Terminal", (io.StringIO,), {"isatty": lambda _: True})())
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda text: asked.append(text) or "open sesame")
    monkeypatch.setattr(getpass, "getpass", lambda text, **_: asked.append(text) or "open sesame")
    said = cli("attest", folder, "--key", private)
    assert said.code == 0
    assert len(asked) == 1
    assert "sesame" not in said.out + said.err


@pytest.mark.parametrize("password", [None, "wrong sesame", ""])
def test_a_protected_key_without_its_password_signs_nothing(cli, folder, pair, monkeypatch, password):
    private, _ = pair("locked", password=b"open sesame")
    if password is not None:
        monkeypatch.setenv("CLUSTERPROOF_KEY_PASSWORD", password)
    said = cli("attest", folder, "--key", private)
    assert said.code == 2
    assert "sesame" not in said.err
    assert "CLUSTERPROOF_KEY_PASSWORD" in said.err or "cannot be opened" in said.err
    assert not (folder / FILE).exists()


def test_no_option_takes_a_password(cli):
    assert "--password" not in cli("attest", "--help").out


@pytest.mark.parametrize(
    ("key", "word"),
    [(lambda: rsa.generate_private_key(65537, 2048), "another kind"),
     (lambda: ec.generate_private_key(ec.SECP384R1()), "another kind, over secp384r1")],
)  # fmt: skip
def test_keys_of_other_kinds_are_refused(cli, signed, pair, key, word):
    private, public = pair("other", key=key())
    for words in (("attest", signed, "--force", "--key", private), ("verify", signed, "--key", public)):
        said = cli(*words)
        assert (said.code, word in said.err) == (2, True), said.err


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 100, b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_what_is_no_key_is_told_in_a_sentence(cli, signed, tmp_path, content):
    file = tmp_path / "bad.pem"
    file.write_bytes(content)
    for command in ("attest", "verify"):
        said = cli(command, signed, "--key", file, *(["--force"] if command == "attest" else []))
        assert said.code == 2
        assert "AAAA" not in said.err
        assert len(said.err.splitlines()) == 2


def test_a_private_key_does_not_verify_and_a_public_one_does_not_sign(cli, signed, keys):
    assert "takes the public one" in cli("verify", signed, "--key", keys[0]).err
    assert "holds no private key" in cli("attest", signed, "--force", "--key", keys[1]).err
    assert cli("verify", signed, "--key", keys[1].with_name("none")).code == 2


def test_an_openssl_key_of_the_older_form_works(cli, folder, tmp_path, keys):
    key = ec.generate_private_key(ec.SECP256R1())
    file = tmp_path / "sec1.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    assert cli("attest", folder, "--key", file).code == 0


def test_an_attestation_takes_the_place_of_no_file_of_a_run(cli, folder, keys):
    before = (folder / "report.json").read_bytes()
    said = cli("attest", folder, "--key", keys[0], "--out", folder / "report.json", "--force")
    assert (said.code, "is a file of the run in" in said.err) == (2, True)
    assert (folder / "report.json").read_bytes() == before
