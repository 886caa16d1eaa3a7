"""The image: its Containerfile is followed with this machine's Python as its base, and runs as the Job runs it.

What this does not show: that a registry has the base image, and that the packages work with its Python.
"""

from __future__ import annotations

import fnmatch
from dataclasses import replace

import pytest
from ruamel.yaml import YAML

from clusterproof import paths
from containerfile import steps, tracked

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
