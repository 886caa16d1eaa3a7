"""Keys made for the test, and a run folder signed with one of them."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from attest_keys import KINDS
from clusterproof.report import write_report
from clusterproof.runner import known
from measured import report, request, result


@pytest.fixture
def pair(tmp_path):
    """Give a function that makes a pair of key files and returns the private one and the public one."""

    def pair(name="mine", key=None, password=b""):
        key = key or KINDS["ed25519"]()
        lock = BestAvailableEncryption(password) if password else NoEncryption()
        private, public = tmp_path / f"{name}.pem", tmp_path / f"{name}.pub.pem"
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
        public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        return private, public

    return pair


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """Give the run folder of one passed check, for copies."""
    home = tmp_path_factory.mktemp("written")
    write_report(report(request(home), [result("gang_scheduling")]), home / "run", known=known())
    return home / "run"


@pytest.fixture
def folder(written, tmp_path):
    """Give a run folder."""
    return shutil.copytree(written, tmp_path / "run")


@pytest.fixture
def keys(pair):
    """Give the two key files that the folder is signed with."""
    return pair()


@pytest.fixture
def signed(cli, folder, keys):
    """Give the same folder, signed."""
    assert cli("attest", folder, "--key", keys[0]).code == 0
    return folder


@pytest.fixture
def cli(tmp_path, monkeypatch, capsys):
    """Give the command line."""
    import command

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CLUSTERPROOF_KEY_PASSWORD", raising=False)
    return lambda *words: command.main(capsys, *words)


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """Let nothing connect to anywhere, and no program be started."""
    import socket

    def refuse(*_, **__):
        raise AssertionError("it tried to connect")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
