"""What other people's CI is given: files that parse, a Job that a strict cluster admits, an image that can be built."""

from __future__ import annotations

import re

import pytest
from ruamel.yaml import YAML

from clusterproof import paths, testbed
from clusterproof.cluster.client import Cluster
from clusterproof.errors import ClusterError
from clusterproof.plan.roles import NAME
from proofs import own_state

ROOT = paths.PACKAGE.parents[1]
EXAMPLES = ROOT / "docs" / "ci"
IMAGE = (ROOT / "Containerfile").read_text(encoding="utf-8")


def documents(name):
    return list(YAML(typ="safe").load_all((EXAMPLES / name).read_text(encoding="utf-8")))


def job():
    return next(each for each in documents("kubernetes-job.yaml") if each["kind"] == "Job")


def test_workflows_keep_the_run_folder_whatever_the_outcome():
    [github] = documents("github-actions.yaml")
    steps = github["jobs"]["evaluate"]["steps"]
    assert {"if": "always()"}.items() <= steps[-1].items()
    assert "--out run" in steps[3]["run"]
    assert steps[-1]["with"]["path"] == "run"
    [gitlab] = documents("gitlab-ci.yaml")
    artifacts = gitlab["ai-conformance"]["artifacts"]
    assert (artifacts["when"], artifacts["reports"]["junit"]) == ("always", "run/clusterproof.junit.xml")


def test_no_workflow_writes_a_secret_where_others_can_read_it():
    [github] = documents("github-actions.yaml")
    script = github["jobs"]["evaluate"]["steps"][3]["run"]
    assert script.index("umask 077") < script.index("> kubeconfig")
    assert "secrets." not in script, "an expression in a script would be in its log"


def test_the_job_is_bound_to_the_roles_that_plan_prints():
    bound = {
        each["roleRef"]["kind"]: each["roleRef"]["name"]
        for each in documents("kubernetes-job.yaml")
        if "roleRef" in each
    }
    assert bound == {"ClusterRole": NAME, "Role": NAME}


def test_every_file_that_the_image_takes_is_there_and_it_runs_as_nobody():
    for line in re.findall(r"^COPY (?!--from)(.*)$", IMAGE, re.MULTILINE):
        *sources, _ = line.split()
        assert [each for each in sources if not (ROOT / each).exists()] == []
    assert re.search(r"^USER (?!0)\d+:\d+$", IMAGE, re.MULTILINE)
    assert "curl" not in IMAGE


@pytest.mark.live
def test_a_cluster_that_enforces_the_restricted_standard_admits_the_job(tmp_path):
    with own_state(tmp_path / "state"):
        cluster = Cluster.connect(str(testbed.up(testbed.Spec(), progress=lambda _line: None).kubeconfig))
        try:
            for item in documents("kubernetes-job.yaml"):
                cluster.create(item, dry_run=item["kind"] == "Job")
            pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "ai-conformance"}}
            assert cluster.create({**pod, "spec": job()["spec"]["template"]["spec"]}, dry_run=True)
            [reader] = documents("kubernetes-evidence.yaml")
            assert cluster.create(reader, dry_run=True)
            weak = {"serviceAccountName": "ai-conformance", "containers": [{"name": "c", "image": "i"}]}
            with pytest.raises(ClusterError, match="violates PodSecurity"):  # the standard is enforced
                cluster.create({**pod, "spec": weak}, dry_run=True)
        finally:
            testbed.down()
