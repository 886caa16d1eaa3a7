"""A desk as the documents assume one: the checkout, a cluster, a run, last year's submission."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import command
from clusterproof import paths
from clusterproof.cluster.client import Cluster
from clusterproof.report.store import ATTESTATION
from recorded import SHARED, official
from told import ROOT

LONGEST = 420  # seconds of one block
NAMES = ("my-cluster", "NAME")
OUT = re.compile(r"--out (\S+)")
SIGNED = re.compile(r"attest (\S+)")
OF_MAKE = {"ARGS", "TIER", "WORKERS", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}  # of the one that runs the tests
MADE = re.compile(rf"{re.escape(str(ROOT))}/reports/((?:prove-)?\d{{8}}-[\w-]+)")


class Desk:
    """A folder in which commands of the documents are typed; every file that they name is there."""

    def __init__(self, folder, env, run_id):
        self.folder, self.run_id = folder, run_id
        self._env = env
        self._made = set()

    def type(self, text):
        """Run a block as a shell would, and return its exit code and what it said; what it writes is not there yet."""
        text = text.replace("RUN_ID", self.run_id).replace("/home/me", self._env["HOME"])
        for out in OUT.findall(text):
            shutil.rmtree(self.folder / out, ignore_errors=True)
        for run in SIGNED.findall(text):
            (self.folder / run / ATTESTATION).unlink(missing_ok=True)
        shell = ["bash", "-euo", "pipefail", "-c", text]
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        with subprocess.Popen(shell, cwd=self.folder, env=self._env, start_new_session=True, **options) as process:
            try:
                said, _ = process.communicate(timeout=LONGEST)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGTERM)
        self._made |= set(MADE.findall(said))
        return process.returncode, said

    def clear(self):
        """Remove the run folders that were made in the checkout."""
        for name in self._made:
            shutil.rmtree(ROOT / "reports" / name, ignore_errors=True)


@pytest.fixture(scope="session")
def desk(tmp_path_factory):
    """Give the desk; what runs there is stopped afterwards."""
    official("1.37")  # or skip
    folder, home = tmp_path_factory.mktemp("desk"), tmp_path_factory.mktemp("home")
    env = {
        **{name: value for name, value in os.environ.items() if name not in OF_MAKE},
        "HOME": str(home), "COLUMNS": "200", "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
        "CLUSTERPROOF_CACHE": str(home / "cache"), "CLUSTERPROOF_STATE": str(home / "state"),
    }  # fmt: skip
    for name in ("Makefile", ".venv", "notebooks", "parameters", "requirements", "pyproject.toml", "lib", "docs"):
        (folder / name).symlink_to(ROOT / name)
    (home / "cache").mkdir()
    for each in paths.cache().iterdir():
        if each.name != "documents":
            (home / "cache" / each.name).symlink_to(each)
    try:
        _cluster(folder, home, env)
        run_id = _run(folder, env)
        _papers(folder, env)
        desk = Desk(folder, env, run_id)
        yield desk
        desk.clear()
    finally:
        command.run("testbed", "down", "--all", env=env)


def _cluster(folder, home, env):
    """Start a cluster that has no nodes any more, so that a whole run on it is a matter of seconds."""
    said = command.run("testbed", "up", "--name", "mine", env=env)
    assert said.code == 0, said.err
    cluster = Cluster.connect(said.out.strip())
    nodes = cluster.resource("v1", "Node")
    for node in list(cluster.pages(nodes)):
        cluster.delete(nodes, node["metadata"]["name"])
    yaml = YAML()
    config = yaml.load(Path(said.out.strip()).read_text(encoding="utf-8"))
    [context] = [each for each in config["contexts"] if each["name"] == config["current-context"]]
    config["contexts"] += [{**context, "name": name} for name in NAMES]
    (home / ".kube").mkdir(exist_ok=True)
    for file in (home / ".kube" / "config", folder / "FILE"):
        with file.open("w", encoding="utf-8") as out:
            yaml.dump(config, out)


def _run(folder, env):
    """Have a run in ``reports/``, under its own id and as two others to compare."""
    (folder / "reports").mkdir()
    out = folder / "reports" / "made"
    said = command.run("run", "--kubeconfig", folder / "FILE", "--only", "dra_support", "--json", "--out", out, env=env)
    assert said.code == 0, said.err
    run_id = said.data["run_id"]
    for name in (run_id, "RUN_A", "RUN_B"):
        shutil.copytree(out, folder / "reports" / name)
    return run_id


def _papers(folder, env):
    """Lay out what a vendor has: the official files, last year's submission, platform files, results of the suite."""
    said = command.run("checklist", "sync", "--from", SHARED / "checklists", env=env)
    assert said.code == 0, said.err
    shutil.copy(official("1.37"), folder / "AIConformance-1.37.yaml")
    shutil.copytree(SHARED / "submissions" / "v1.36", folder / "k8s-ai-conformance" / "v1.36")
    last_year = next(iter(sorted((SHARED / "submissions" / "v1.36").iterdir())))
    shutil.copytree(last_year, folder / "v1.36" / "my-product")
    for name in ("my-platform.yaml", "my.yaml"):
        shutil.copy(ROOT / "parameters" / "cluster.yaml", folder / name)
    shutil.copytree(paths.manifests() / "gang_scheduling", folder / "my-manifests" / "gang_scheduling")
    shutil.copy(paths.PACKAGE / "cluster" / "accelerators.yaml", folder / "my-accelerators.yaml")
    for words in ("genpkey -algorithm ed25519 -out key.pem", "pkey -in key.pem -pubout -out key.pub.pem"):
        subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)  # noqa: S607
    suite = {"name": "TestGangScheduling", "classname": "conformance", "time": "1.0"}
    case = " ".join(f"{key}={json.dumps(value)}" for key, value in suite.items())
    (folder / "junit.xml").write_text(
        f'<testsuites><testsuite name="s" tests="1"><testcase {case}/></testsuite></testsuites>', encoding="utf-8"
    )
