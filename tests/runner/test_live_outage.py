"""An API server that goes away in the middle of a check gives an honest result."""

from __future__ import annotations

import json
import signal
import time
from contextlib import suppress

import pytest

import command
from clusterproof import testbed
from clusterproof.cluster.client import Cluster, Limits
from clusterproof.errors import ClusterError

pytestmark = pytest.mark.live


@pytest.mark.parametrize("down_for", [0, 20], ids=["restarted", "gone for longer than calls wait"])
def test_an_api_server_that_goes_away_in_the_middle_gives_an_honest_result(tmp_path, notebook, down_for, monkeypatch):
    monkeypatch.setenv("CLUSTERPROOF_STATE", str(tmp_path / "pytest-of-state"))
    bed = testbed.up(testbed.Spec(name="restarted"), progress=lambda _line: None)
    try:
        words = [
            "--platform",
            "testbed",
            "--kubeconfig",
            bed.kubeconfig,
            "--out",
            tmp_path / "out",
            "-p",
            "window",
            "8",
        ]
        with command.started("run", notebook('bench.run("gang_scheduling")'), "-v", "--json", *words) as process:
            command.until(process, "watching: No pod of a gang that cannot fit")
            interrupted(bed, down_for)
            said = command.ended(process)
    finally:
        testbed.down("restarted")
    [gang] = [row for row in said.data["requirements"] if row["id"] == "gang_scheduling"]
    assert gang["outcome"] in {"PASS", "ERROR", "UNKNOWN"}, gang
    assert "Traceback" not in said.err
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    [verdict] = [each for each in report["verdicts"] if each["requirement"]["id"] == "gang_scheduling"]
    if gang["outcome"] == "PASS":
        claims = [seen["claim"] for result in verdict["results"] for seen in result["observations"]]
        assert "The waiting gang starts whole once there is room" in claims
        assert said.code == 0
    else:
        assert said.code == 3
    assert said.data["left_behind"] == [] or said.code == 3


def interrupted(bed, seconds):
    """Kill the API server and start it again, at once or after a while, and wait until it serves."""
    if seconds:
        bed.signal("kube-apiserver", signal.SIGSTOP)
        time.sleep(seconds)  # that it is away for so long is what is tested
    bed.restart("kube-apiserver")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(ClusterError):
            Cluster.connect(str(bed.kubeconfig), limits=Limits(3, 5, 5)).call("GET", "/version")
            return
        time.sleep(0.2)
    pytest.fail(f"the API server did not come back: {bed.logs('kube-apiserver')}")
