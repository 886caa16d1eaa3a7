"""The image: its Containerfile is followed with this machine's Python as its base, and runs as the Job runs it.

What this does not show: that a registry has the base image, and that the packages work with its Python.
"""

from __future__ import annotations

import fnmatch
import os
from dataclasses import replace
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from clusterproof import paths, testbed
from clusterproof.cluster.client import Cluster
from clusterproof.cluster.sweep import run_ids
from containerfile import steps, tracked
from proofs import own_state

pytestmark = pytest.mark.slow
ROOT = paths.PACKAGE.parents[1]
TEXT = (ROOT / "Containerfile").read_text(encoding="utf-8")
QUICK = ("--only", "dra_support,ai_service_metrics", "-p", "window", "1")
CREDENTIALS = "/var/run/secrets/kubernetes.io/serviceaccount"


def documents(name):
    return list(YAML(typ="safe").load_all((ROOT / "docs" / "ci" / name).read_text(encoding="utf-8")))


def test_nothing_is_sent_to_the_builder_but_what_is_copied():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        word for verb, words in steps(TEXT) if verb == "COPY" and "--from" not in words for word in words.split()[:-1]
    }
    assert "*" in lines
    assert {word.split("/")[0] for word in copied} == kept
    assert not [name for name in tracked(ROOT) for line in lines[2:] if fnmatch.fnmatch(name, line)]


def test_it_has_the_kit_and_nothing_that_only_the_testbed_needs(image):
    assert image.run("--version").stdout.startswith("clusterproof ")
    assert "gang_scheduling" in image.run("list").stdout
    programs = {each.name for each in (image.root.folder / "opt/clusterproof/bin").iterdir()}
    assert programs >= {"clusterproof", "jupyter"}
    assert not programs & {"traefik", "uv", "grpc_tools"}


def test_it_is_nobody_and_can_write_nowhere_but_where_the_job_lets_it(image):
    said = replace(image, entrypoint=("sh", "-c")).run("id -u; touch /x /opt/clusterproof/x; cat /proc/self/status")
    assert said.stdout.startswith(f"{image.user}\n")
    assert image.user > 0
    assert said.stderr.count("Read-only file system") == 2
    assert "CapEff:\t0000000000000000" in said.stdout
    assert "CapBnd:\t0000000000000000" in said.stdout


def test_without_a_cluster_it_says_so_in_a_sentence(image):
    said = replace(image, root=replace(image.root, hidden=(image.env["HOME"],))).run("run", "--in-cluster")
    assert said.returncode == 3
    assert "The service account of this pod cannot be used" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.fixture
def cluster(tmp_path):
    """Give a testbed."""
    with own_state(tmp_path / "state"):
        bed = testbed.up(testbed.Spec.from_mapping({"addons": ["prometheus"]}), progress=lambda _line: None)
        try:
            yield Cluster.connect(str(bed.kubeconfig))
        finally:
            testbed.down()


@pytest.fixture
def pod(cluster, tmp_path):
    """Give the container of the Job, with what a kubelet would put beside it: the account's token, and its volumes."""
    items = documents("kubernetes-job.yaml")
    for item in items:
        cluster.create(item, dry_run=item["kind"] == "Job")
    job = next(item for item in items if item["kind"] == "Job")["spec"]["template"]["spec"]
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o755)
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
    path = cluster.resource("v1", "ServiceAccount").path("ai-conformance", job["serviceAccountName"], "token")
    (folder / "token").write_text(cluster.call("POST", path, body=asked)["status"]["token"], encoding="utf-8")
    (folder / "ca.crt").write_bytes(Path(cluster.configuration.ssl_ca_cert).read_bytes())
    return job, folder


@pytest.mark.live
def test_the_job_passes_with_the_roles_that_its_own_image_plans_and_fails_without(image, cluster, pod, tmp_path):
    job, credentials = pod
    [container] = job["containers"]
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    os.chown(evidence, image.user, image.user)  # as fsGroup does
    folders = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    kept = {mount for mount, name in folders.items() if name == "evidence"}
    root = replace(image.root, mounts={CREDENTIALS: credentials, **dict.fromkeys(kept, evidence)},
                   hidden=tuple(folders.keys() - kept))  # fmt: skip
    pod = replace(image, root=root, user=job["securityContext"]["runAsUser"], folder=container["workingDir"])
    _, _, address = cluster.configuration.host.rpartition("/")
    host, _, port = address.rpartition(":")
    env = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}

    refused = pod.run(*container["args"], *QUICK, env=env)
    assert refused.returncode == 3, refused.stderr
    assert "cannot list" in refused.stderr

    planned = image.run("plan", "--platform", "cluster", "--roles")
    for role in YAML(typ="safe").load_all(planned.stdout):
        cluster.create(role)
    said = pod.run(*container["args"], *QUICK, env=env)
    assert said.returncode == 0, said.stderr
    assert "PASS dra_support" in said.stderr
    assert "PASS ai_service_metrics" in said.stderr
    [run] = (evidence / "reports").iterdir()
    assert run.stat().st_uid == image.user
    assert {"index.html", "clusterproof.junit.xml", "MANIFEST.sha256"} <= {each.name for each in run.iterdir()}
    assert "--in-cluster" in (run / "report.json").read_text(encoding="utf-8")
    token = (credentials / "token").read_text(encoding="utf-8")
    assert not [file for file in run.rglob("*") if file.is_file() and token in file.read_text(encoding="utf-8")]
    assert run_ids(cluster) == ()
