"""From a kubeconfig to a connection, and nothing of the kubeconfig into a message."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from clusterproof.cluster.client import Cluster
from clusterproof.cluster.connection import IN_CLUSTER
from clusterproof.errors import ClusterError

SECRET = "s3cr3t-s3cr3t-s3cr3t"  # noqa: S105 - of nobody


@pytest.fixture(autouse=True)
def nobody(monkeypatch, tmp_path):
    """Let no kubeconfig of the machine's count."""
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "none"))


@pytest.fixture
def config(api):
    """Give the content of a kubeconfig for the fake server, with two contexts."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "here", "cluster": {"server": api.url}},
            {"name": "there", "cluster": {"server": "http://127.0.0.1:1"}},
        ],
        "users": [{"name": "ada", "user": {"token": SECRET}}],
        "contexts": [
            {"name": "good", "context": {"cluster": "here", "user": "ada"}},
            {"name": "away", "context": {"cluster": "there", "user": "ada"}},
        ],
        "current-context": "away",
    }


def write(tmp_path, content):
    file = tmp_path / "kubeconfig"
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return str(file)


def said(*arguments):
    with pytest.raises(ClusterError) as caught:
        Cluster.connect(*arguments)
    assert "--kubeconfig" in caught.value.next_step
    assert caught.value.__suppress_context__, "a traceback would quote the file"
    return " ".join(caught.value.diagnostics())


@pytest.fixture
def opened():
    made = []
    yield made.append
    for each in made:
        each._api.rest_client.pool_manager.clear()


def test_the_context_decides_which_server_is_asked_and_the_token_is_sent(api, tmp_path, config, opened):
    cluster = Cluster.connect(write(tmp_path, config), "good")
    opened(cluster)
    assert cluster.call("GET", "/version")["gitVersion"]
    assert api.requests[-1].headers["authorization"] == f"Bearer {SECRET}"


def test_without_a_context_the_files_own_one_counts(tmp_path, config):
    assert Cluster.connect(write(tmp_path, config)).configuration.host == "http://127.0.0.1:1"


def test_the_environments_kubeconfig_counts_where_none_is_named(tmp_path, config, monkeypatch):
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")  # a pod of ours may still have a kubeconfig
    monkeypatch.setenv("KUBECONFIG", write(tmp_path, config))
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", write(tmp_path, config))
    assert Cluster.connect(context="away").configuration.host == "http://127.0.0.1:1"


def test_a_kubeconfig_that_does_not_exist_is_named(tmp_path):
    assert f"{tmp_path}/nowhere cannot be used" in said(f"{tmp_path}/nowhere")


def test_a_folder_is_no_kubeconfig(tmp_path):
    assert "Is a directory" in said(str(tmp_path))


def test_no_kubeconfig_at_all_is_said():
    assert "~/.kube/config cannot be used" in said()


def test_a_pod_without_a_service_account_is_told_so(monkeypatch):
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    assert "cannot be used" in said()


@pytest.fixture
def pod(monkeypatch, tmp_path):
    """Be in a pod with a service account, and give the folder of its credentials."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    for name, content in (("token", SECRET), ("ca.crt", "a certificate")):
        (tmp_path / name).write_text(content, encoding="utf-8")
    where = "kubernetes.config.incluster_config.SERVICE_{}_FILENAME"
    monkeypatch.setattr(where.format("TOKEN"), str(tmp_path / "token"))
    monkeypatch.setattr(where.format("CERT"), str(tmp_path / "ca.crt"))
    return tmp_path


def test_in_a_pod_its_service_account_counts_where_it_is_asked_for_whatever_kubeconfig_there_is(
    pod, config, monkeypatch
):
    monkeypatch.setenv("KUBECONFIG", write(pod, config))
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", write(pod, config))
    assert Cluster.connect().configuration.host == "http://127.0.0.1:1"
    settings = Cluster.connect(IN_CLUSTER).configuration
    assert settings.host == "https://10.0.0.1:443"
    assert settings.auth_settings()["BearerToken"]["value"] == f"bearer {SECRET}"


def test_a_token_that_was_renewed_is_read_again(pod, monkeypatch):
    settings = Cluster.connect(IN_CLUSTER).configuration
    (pod / "token").write_text("renewed", encoding="utf-8")
    late = type("Late", (dt.datetime,), {"now": classmethod(lambda cls: cls(2100, 1, 1))})
    monkeypatch.setattr("kubernetes.config.incluster_config.datetime.datetime", late)
    assert settings.auth_settings()["BearerToken"]["value"] == "bearer renewed"


@pytest.mark.parametrize("lacks", ["token", "ca.crt"])
def test_a_pod_without_credentials_is_told_how_to_have_them(pod, lacks):
    (pod / lacks).unlink()
    with pytest.raises(ClusterError, match="service account of this pod cannot be used") as caught:
        Cluster.connect(IN_CLUSTER)
    assert "automountServiceAccountToken" in caught.value.next_step


def test_a_context_that_is_not_there_is_said_without_the_entries_of_the_file(tmp_path, config):
    words = said(write(tmp_path, config), "missing")
    assert "missing" in words
    assert SECRET not in words


@pytest.mark.parametrize(
    "content",
    [
        f"users: [{{token: {SECRET}".encode(),
        f"token: '{SECRET}\n".encode(),
        f"\ttoken: {SECRET}".encode(),
        SECRET.encode(),
        json.dumps([SECRET]).encode(),
        b"",
        b"\xff\xfe\x00" + SECRET.encode(),
        b"7",
        b"contexts: 7\ncurrent-context: " + SECRET.encode(),
    ],
    ids=["open", "quote", "tab", "text", "list", "empty", "bytes", "number", "contexts"],
)
def test_a_file_that_is_no_kubeconfig_is_said_and_not_quoted(tmp_path, content):
    assert SECRET not in said(write(tmp_path, content))


@pytest.mark.parametrize("broken", ["clusters", "contexts", "current-context"])
def test_a_kubeconfig_with_a_part_missing_or_of_the_wrong_form_is_said_and_not_quoted(tmp_path, config, broken):
    for wrong in (None, 7, [SECRET], {"token": SECRET}, [{"name": "here", "token": SECRET}]):
        assert SECRET not in said(write(tmp_path, config | {broken: wrong}))
