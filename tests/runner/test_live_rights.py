"""The rights that `clusterproof plan` names are enough for a whole evaluation, and nobody is cluster-admin."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import command
from clusterproof import checklist
from clusterproof.model import Level

pytestmark = pytest.mark.live
RBAC = "rbac.authorization.k8s.io"
MUST = {item.id for item in checklist.requirements("1.37") if item.level is Level.MUST} - {"secure_accelerator_access"}
ACCOUNT = {"kind": "ServiceAccount", "name": "evaluator", "namespace": "default"}


@pytest.fixture
def evaluator(shared, state, tmp_path):
    """Give the kubeconfig of an account that may do exactly what the plan says."""
    written = command.run("plan", "--platform", "testbed", "--roles", env=state)
    roles = list(YAML(typ="safe").load_all(written.out))
    metadata = {"name": ACCOUNT["name"], "namespace": "default"}
    made = [shared.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})]
    made += [shared.create(item) for role in roles for item in (role, binding(role))]
    yield kubeconfig_of(shared, tmp_path / "kubeconfig")
    for item in reversed(made):
        resource = shared.resource(item["apiVersion"], item["kind"])
        shared.delete(resource, item["metadata"]["name"], item["metadata"].get("namespace", ""))


def binding(role):
    return {
        "apiVersion": role["apiVersion"],
        "kind": f"{role['kind']}Binding",
        "metadata": role["metadata"],
        "roleRef": {"apiGroup": RBAC, "kind": role["kind"], "name": role["metadata"]["name"]},
        "subjects": [ACCOUNT],
    }


def kubeconfig_of(shared, file):
    path = shared.resource("v1", "ServiceAccount").path("default", ACCOUNT["name"], "token")
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
    authority = Path(shared.configuration.ssl_ca_cert).read_bytes()
    cluster = {"server": shared.configuration.host, "certificate-authority-data": base64.b64encode(authority).decode()}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "it",
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "clusters": [{"name": "it", "cluster": cluster}],
        "users": [{"name": "it", "user": {"token": shared.call("POST", path, body=asked)["status"]["token"]}}],
    }
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def test_the_whole_evaluation_passes_with_exactly_the_rights_of_the_plan(evaluator, state, tmp_path, clean):
    words = ["--platform", "testbed", "--kubeconfig", evaluator, "--out", tmp_path / "out", "--json"]
    said = command.run("run", *words, env=state)
    assert said.code == 0, said.err
    reasons = {each["id"]: each["reason"] for each in said.data["requirements"]}
    assert "forbidden" not in reasons.values()
    planned = command.run("plan", "--platform", "testbed", "--json", env=state).data["checks"]
    measured = {name for name in (each["requirement"] for each in planned) if said.outcomes[name] == "PASS"}
    assert measured >= MUST, reasons
