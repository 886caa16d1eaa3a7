"""Rights, secrets and full disks: what a run makes of them."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from pathlib import Path

import certifi
import pytest
from ruamel.yaml import YAML

import command
from clusterproof.cluster.sweep import run_ids
from leaks import credentials, told

pytestmark = pytest.mark.live

LITTLE = [
    {"apiGroups": [""], "resources": ["nodes", "pods", "namespaces", "services"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]},
]
EVERYTHING = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["*"]}]


@pytest.fixture
def user(shared, kubeconfig, tmp_path):
    """Give a function that makes a user with those rights and returns its token and kubeconfig."""
    made = []

    def create(kind, item, api_version="v1"):
        made.append(
            (shared.resource(api_version, kind), item["metadata"]["name"], item["metadata"].get("namespace", ""))
        )
        return shared.create({"apiVersion": api_version, "kind": kind, **item})

    def login(name, rules):
        rbac = "rbac.authorization.k8s.io/v1"
        create("ServiceAccount", {"metadata": {"name": name, "namespace": "default"}})
        create("ClusterRole", {"metadata": {"name": name}, "rules": rules}, rbac)
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
        subject = {"kind": "ServiceAccount", "name": name, "namespace": "default"}
        create("ClusterRoleBinding", {"metadata": {"name": name}, "roleRef": role, "subjects": [subject]}, rbac)
        path = f"/api/v1/namespaces/default/serviceaccounts/{name}/token"
        ask = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        token = shared.call("POST", path, body=ask)["status"]["token"]
        return token, changed(kubeconfig, tmp_path / name, {"token": token})

    yield login
    for resource, name, namespace in made:
        shared.delete(resource, name, namespace)


def changed(kubeconfig, path, user=None, **cluster):
    """Write a copy of a kubeconfig with another user, or another description of the cluster."""
    config = YAML(typ="safe").load(kubeconfig.read_text())
    config["clusters"][0]["cluster"] |= cluster
    if user is not None:
        config["users"][0]["user"] = user
    path.write_text(json.dumps(config))
    return path


def run(state, kubeconfig, out, *words):
    return command.run("run", "--platform", "testbed", "--kubeconfig", kubeconfig, "--out", out, *words, env=state)


def test_a_missing_right_is_a_skip_that_names_verb_and_resource(state, user, tmp_path, shared):
    _, limited = user("little", LITTLE)
    said = run(state, limited, tmp_path / "out", "--json")
    assert said.code == 0, said.err
    rows = {row["id"]: row for row in said.data["requirements"]}
    for name in ("gang_scheduling", "dra_support", "ai_inference", "robust_controller"):
        assert (rows[name]["outcome"], rows[name]["reason"]) == ("SKIP", "forbidden"), rows[name]
        assert re.search('create namespaces|cannot create resource "\\w+"', rows[name]["message"]), rows[name]
    assert run_ids(shared) == ()


def test_a_user_without_any_right_is_told_so_at_once(state, user, tmp_path):
    _, nothing = user("nothing", [])
    said = run(state, nothing, tmp_path / "out")
    assert said.code == 3
    assert 'cannot list resource "nodes"' in said.err
    assert "administrator" in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["another authority", "a wrong token", "a wrong name"])
def test_a_server_that_does_not_trust_or_is_not_trusted(state, kubeconfig, tmp_path, kind):
    authority = Path(certifi.where()).read_text(encoding="utf-8").split("-----END")[0] + "-----END CERTIFICATE-----\n"
    change = {
        "another authority": {"certificate-authority-data": base64.b64encode(authority.encode()).decode()},
        "a wrong token": {"user": {"token": "not-a-token-of-this-cluster"}},
        "a wrong name": {"tls-server-name": "elsewhere.example"},
    }[kind]
    said = run(state, changed(kubeconfig, tmp_path / "config", **change), tmp_path / "out")
    assert said.code == 3, said
    assert said.out == ""
    assert "Traceback" not in said.err
    assert "not-a-token-of-this-cluster" not in said.err
    assert {"a wrong token": "log in again"}.get(kind, "SSL") in said.err
    assert not (tmp_path / "out").exists()


def test_no_credential_is_written_or_said(state, user, tmp_path, shared):
    _, config = user("everything", EVERYTHING)
    said = run(state, config, tmp_path / "out", "mlops", "training", "--only", "robust_controller,dra_support", "-v")
    assert said.code == 0, said.err
    assert len(credentials(config, shared)) >= 2, "the user's token, and the key of the operator's webhook"
    assert told(credentials(config, shared), tmp_path / "out", said) == []


@pytest.fixture
def small_disk(tmp_path):
    """Give a function that mounts a disk of so many kilobytes."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(size):
        words = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(folder)]
        if os.geteuid() != 0 or subprocess.run(words, check=False, capture_output=True).returncode:
            pytest.skip("NOT TESTED HERE: a full disk needs the right to mount one")
        return folder

    yield mount
    subprocess.run(["umount", str(folder)], check=False, capture_output=True)  # noqa: S607


@pytest.mark.parametrize("size", [8, 160], ids=["no room for a notebook", "no room for the report"])
@pytest.mark.usefixtures("clean")
def test_a_full_disk_is_said_and_destroys_nothing(state, kubeconfig, small_disk, tmp_path, size):
    disk = small_disk(size)
    (disk / "older").write_text("mine")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    said = run({**state, "TMPDIR": str(elsewhere)}, kubeconfig, disk / "out", "inference", "--only", "ai_inference")
    assert said.code == 3
    assert "No space left on device" in said.err
    assert "Traceback" not in said.err
    assert (disk / "older").read_text() == "mine"
    for path in (disk / "out").rglob("*.ipynb"):
        assert json.loads(path.read_text())["cells"]
    [rescued] = elsewhere.glob("clusterproof-report-*")
    assert str(rescued) in said.err
    again = command.run("judge", rescued, "--json")
    assert again.outcomes["ai_inference"] == "PASS", f"what was measured is not lost: {again.out}"
