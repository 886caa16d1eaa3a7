"""The scripts in the examples for CI, line by line as a runner has them run, on a testbed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from junitparser import JUnitXml
from ruamel.yaml import YAML

from clusterproof import paths, testbed
from proofs import own_state

pytestmark = [pytest.mark.live, pytest.mark.slow]
ROOT = paths.PACKAGE.parents[1]
ONLY = "dra_support,gang_scheduling"
WRAPPER = f"""#!/bin/sh
exec {sys.executable} -m clusterproof "$@" --only {ONLY} -p window 1
"""


def document(name):
    return YAML(typ="safe").load((ROOT / "docs" / "ci" / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory):
    """Give the kubeconfig of a testbed."""
    with own_state(tmp_path_factory.mktemp("state")):
        try:
            yield testbed.up(testbed.Spec(), progress=lambda _line: None).kubeconfig
        finally:
            testbed.down()


@pytest.fixture
def job(tmp_path, kubeconfig):
    """Give a function that runs a script as a step of a job in a checkout with a platform file of its own.

    `clusterproof` is ours with fewer checks, and `pip install` installs nothing.
    """
    programs, work = tmp_path / "bin", tmp_path / "work"
    programs.mkdir()
    work.mkdir()
    for name, text in (("clusterproof", WRAPPER), ("pip", "#!/bin/sh\n")):
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    shutil.copy2(ROOT / "parameters" / "cluster.yaml", work / "my-platform.yaml")

    def run(script, **env):
        env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "CI": "true", "COLUMNS": "80", **env}
        command = ["/bin/bash", "-e", "-o", "pipefail", "-c", script]
        return subprocess.run(command, cwd=work, env=env, capture_output=True, text=True, timeout=300, check=False)

    run.work = work
    return run


def test_github_actions(job, kubeconfig, tmp_path):
    steps = document("github-actions.yaml")["jobs"]["evaluate"]["steps"]
    [script] = [step["run"] for step in steps if step.get("name") == "Evaluate"]
    content = kubeconfig.read_text(encoding="utf-8")
    summary = tmp_path / "summary.md"
    said = job(script, KUBECONFIG_CONTENT=content, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert said.returncode == 0, said.stderr
    assert (job.work / "kubeconfig").stat().st_mode & 0o077 == 0
    text = summary.read_text(encoding="utf-8")
    assert "| ✓ PASS | `gang_scheduling` | MUST |" in text
    assert "::error" not in said.stderr
    assert "client-key-data" not in said.stdout + said.stderr + text
    kept = job.work / next(step for step in steps if "upload-artifact" in step.get("uses", ""))["with"]["path"]
    assert (kept / "index.html").is_file()
    for step in steps:
        if step.get("if") == "always()" and "run" in step:
            assert job(step["run"]).returncode == 0
    assert not (job.work / "kubeconfig").exists()


def test_a_must_without_an_answer_fails_a_strict_job(job, kubeconfig):
    """A gang larger than the cluster cannot be tried, and what was not tried has no answer."""
    words = f"--kubeconfig '{kubeconfig}' --platform ./my-platform.yaml --strict --out run -p gang_size 900"
    said = job(f"clusterproof run {words}", GITHUB_ACTIONS="true")
    assert said.returncode == 1, said.stderr
    assert "SKIP gang_scheduling" in said.stderr


def test_gitlab(job, kubeconfig):
    wanted = document("gitlab-ci.yaml")["ai-conformance"]
    said = job("\n".join(wanted["script"]), KUBECONFIG_FILE=str(kubeconfig), GITLAB_CI="true")
    assert said.returncode == 0, said.stderr
    assert "\x1b" not in said.stdout + said.stderr
    cases = {
        case.name: case
        for suite in JUnitXml.fromfile(str(job.work / wanted["artifacts"]["reports"]["junit"]))
        for case in suite
    }
    assert any("gang_scheduling" in name for name in cases)
    assert [path for path in wanted["artifacts"]["paths"] if not Path(job.work / path).is_dir()] == []
