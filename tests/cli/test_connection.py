"""What a cluster that cannot be had gets: exit 3 in one sentence with advice, no credential said, nothing created."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys

import pytest

from clusterproof.runner import place as runner_place

TOKEN = "t0ken-that-nobody-may-read"  # noqa: S105
KEY = base64.b64encode(b"-----BEGIN PRIVATE KEY-----\nkey-that-nobody-may-read\n-----END PRIVATE KEY-----\n").decode()
STATUS = {"kind": "Status", "status": "Failure"}


def kubeconfig(tmp_path, server, user=None, **cluster):
    """Write a kubeconfig with a token, and return its path."""
    entries = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
        "users": [{"name": "u", "user": {"token": TOKEN} if user is None else user}],
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
    }
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path


def broke(said, created, *words):
    """It ended with exit 3, one sentence and advice, and nothing else."""
    assert said.code == 3, said
    assert said.out == ""
    *progress, sentence, advice = said.err.splitlines()
    assert len(progress) <= 1, said.err
    assert sentence.endswith((".", "]"))
    assert advice
    assert "Traceback" not in said.err
    assert "The kit itself broke" not in said.err
    assert not [secret for secret in (TOKEN, KEY[:40], "nobody-may-read") if secret in said.err]
    for word in words:
        assert word in said.err, said.err
    assert created() == []


def test_a_server_that_refuses_connections(cli, created, tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        server = f"https://127.0.0.1:{closed.getsockname()[1]}"
        broke(cli("run", "--kubeconfig", kubeconfig(tmp_path, server)), created, server, "did not answer", "readyz")


def test_a_server_whose_name_nobody_knows(cli, created, tmp_path):
    server = "https://cluster.invalid:6443"
    broke(cli("run", "--kubeconfig", kubeconfig(tmp_path, server)), created, "cluster.invalid", "did not answer")


def test_a_server_that_accepts_and_never_answers(cli, created, tmp_path, monkeypatch):
    monkeypatch.setattr(runner_place, "FIRST_CALLS", runner_place.Limits(connect=0.5, read=0.5, total=1.0))
    with socket.create_server(("127.0.0.1", 0)) as hole:
        server = f"http://127.0.0.1:{hole.getsockname()[1]}"
        broke(cli("run", "--kubeconfig", kubeconfig(tmp_path, server)), created, server, "did not answer")


def test_a_login_helper_that_hangs(cli, tmp_path, monkeypatch):
    monkeypatch.setattr(runner_place, "REACHED_WITHIN", 0.5)
    helper = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": ["-c", "import time; time.sleep(3)"],
        "interactiveMode": "Never",
    }
    path = kubeconfig(tmp_path, "http://127.0.0.1:1", {"exec": helper})
    said = cli("run", "--kubeconfig", path)
    broke(said, list, "did not answer within", "readyz")


def test_the_time_until_a_cluster_counts_as_not_answering_is_below_ten_seconds():
    assert runner_place.REACHED_WITHIN < 10
    assert runner_place.FIRST_CALLS.connect + runner_place.FIRST_CALLS.read < runner_place.REACHED_WITHIN


@pytest.mark.parametrize("code", [401, 403])
def test_a_server_that_refuses_the_user(cli, created, tmp_path, api, code):
    words = {401: "Unauthorized", 403: 'nodes is forbidden: User "u" cannot list resource "nodes"'}
    api.answer(code, {**STATUS, "code": code, "message": words[code]}, path="/version|/nodes", times=9)
    advice = {401: "log in again", 403: "administrator"}
    broke(cli("run", "--kubeconfig", kubeconfig(tmp_path, api.url)), created, words[code], advice[code])


def test_a_user_who_may_not_read_nodes_is_told_so(cli, created, tmp_path, api):
    message = 'nodes is forbidden: User "u" cannot list resource "nodes" in API group "" at the cluster scope'
    api.answer(403, {**STATUS, "code": 403, "message": message}, path="/nodes", times=9)
    broke(cli("run", "--kubeconfig", kubeconfig(tmp_path, api.url)), created, "cannot list", '"nodes"')


@pytest.mark.parametrize("answer", ["<html><script>alert(1)</script>Sign in</html>", "", "[1, 2]", "\x1b[2Jgarbage"])
def test_a_server_that_is_no_api_server(cli, created, tmp_path, api, answer):
    api.answer(200, answer, times=99)
    said = cli("run", "--kubeconfig", kubeconfig(tmp_path, api.url))
    broke(said, created)
    assert "\x1b" not in said.err


def test_tls_where_the_server_speaks_plain_http(cli, created, tmp_path, api):
    server = api.url.replace("http:", "https:")
    broke(cli("run", "--kubeconfig", kubeconfig(tmp_path, server)), created, "did not answer", "SSL")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file"),
        ("", "Invalid kube-config"),
        ("kind: Config\n", "Invalid kube-config"),
        ("- a\n- b\n", "form of a kubeconfig"),
        (f"token: [{TOKEN}\n", "not valid YAML"),
        (f"{TOKEN}", "kubeconfig"),
        ("\x00\x01", "kubeconfig"),
    ],
    ids=["missing", "empty", "without clusters", "a list", "no YAML", "a word", "binary"],
)
def test_a_kubeconfig_that_cannot_be_used(cli, created, tmp_path, content, why):
    path = tmp_path / "kubeconfig"
    if content is not None:
        path.write_text(content, encoding="latin-1")
    broke(cli("run", "--kubeconfig", path), created, str(path), why, "--kubeconfig")


def test_a_kubeconfig_that_is_a_folder(cli, created, tmp_path):
    broke(cli("run", "--kubeconfig", tmp_path), created, "Is a directory")


def test_a_context_that_is_not_there_is_named(cli, created, tmp_path):
    path = kubeconfig(tmp_path, "https://127.0.0.1:1")
    broke(cli("run", "--kubeconfig", path, "--context", "ther"), created, "ther", "--context")


def test_a_client_key_that_is_none(cli, created, tmp_path):
    user = {"client-certificate-data": KEY, "client-key-data": KEY}
    broke(cli("run", "--kubeconfig", kubeconfig(tmp_path, "https://127.0.0.1:1", user)), created)


def test_no_kubeconfig_at_all(cli, created):
    broke(cli("run", "--context", "x"), created, "--kubeconfig")


def test_a_run_that_names_no_cluster_takes_none_from_the_environment(cli, created, tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path, "https://127.0.0.1:1")))
    said = cli("run", "--platform", "cluster")
    assert (said.code, said.out, created()) == (2, "", [])
    assert "--kubeconfig" in said.err


def test_sweep_says_the_same_of_such_a_cluster(cli, tmp_path):
    path = kubeconfig(tmp_path, "https://127.0.0.1:1")
    broke(cli("sweep", "20260101-000000-abcdef", "--kubeconfig", path), list, "did not answer")


def test_json_leaves_stdout_empty_when_there_is_no_report(cli, created, tmp_path):
    broke(cli("run", "--json", "--kubeconfig", kubeconfig(tmp_path, "https://127.0.0.1:1")), created)


def test_a_command_ends_although_a_login_helper_still_hangs(tmp_path):
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    helper = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": ["-c", code],
        "interactiveMode": "Never",
    }
    path = kubeconfig(tmp_path, "http://127.0.0.1:1", {"exec": helper})
    program = (
        "from clusterproof.runner import place; place.REACHED_WITHIN = 0.3; from clusterproof.cli.main import main"
    )
    words = ["run", "--kubeconfig", str(path), "--out", str(tmp_path / "out")]
    ended = subprocess.run(
        [sys.executable, "-c", f"{program}; main({words!r})"], capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 3, ended
    assert "did not answer" in ended.stderr
    assert not (tmp_path / "out").exists()
