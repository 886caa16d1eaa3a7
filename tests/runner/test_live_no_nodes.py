"""A cluster without nodes: what needs one is a SKIP that says so, and what a run lists itself is no device of its."""

from __future__ import annotations

import pytest

import command
from clusterproof.cluster.client import Cluster

pytestmark = pytest.mark.live


def test_nothing_is_a_failing_of_a_cluster_that_has_no_nodes(tmp_path):
    env = {"CLUSTERPROOF_STATE": str(tmp_path / "state")}
    try:
        config = command.run("testbed", "up", env=env).out.strip()
        cluster = Cluster.connect(config)
        nodes = cluster.resource("v1", "Node")
        for node in list(cluster.pages(nodes)):
            cluster.delete(nodes, node["metadata"]["name"])
        words = ["--kubeconfig", config, "--only", "dra_support,secure_accelerator_access", "--out", tmp_path / "out"]
        said = command.run("run", *words, "--json", env=env)
    finally:
        command.run("testbed", "down", "--all", env=env)
    told = {each["id"]: (each["outcome"], each["reason"]) for each in said.data["requirements"]}
    assert told["dra_support"] == ("SKIP", "needs_kubelet"), said.err
    assert told["secure_accelerator_access"] == ("SKIP", "no_accelerator"), said.err
