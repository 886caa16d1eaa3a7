"""Exporters that tell the truth about each device pass, those that do not fail, and a vendor is added by a file."""

from __future__ import annotations

import json
import threading

import pytest

from clusterproof import parameters, testbed
from clusterproof.cluster.accelerators import OWN_ROWS
from clusterproof.cluster.client import Cluster
from clusterproof.cluster.watch import Watch
from clusterproof.manifest import read_yaml
from clusterproof.model import Kind, Outcome
from clusterproof.notebook.session import Session
from clusterproof.testbed.addons.stubs import serves
from proofs import false_claims, own_state

pytestmark = pytest.mark.live

REQUIREMENT = "accelerator_metrics"
MUTANTS = ("incomplete_no_memory", "load_elsewhere")
BUSY = "One device of its node becomes busy"
ROWS = """
vendors:
  - name: Acme
    resources: [acme.example/*]
    exporters:
      - name: acme exporter
        pods: [{app: acme-exporter}]
        port: 9400
        device: [chip]
        workload: {pod: [user], namespace: [room]}
        families:
          utilisation: [{names: [acme_load], unit: ratio}]
          memory_used: [{names: [acme_memory], unit: MiB}]
          power: [{names: [acme_power], unit: watts}]
"""
EXPORTER = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: acme, namespace: default}
spec:
  selector: {matchLabels: {app: acme-exporter}}
  template:
    metadata: {labels: {app: acme-exporter}, annotations: {clusterproof.dev/serves: exporter}}
    spec:
      containers:
        - name: exporter
          image: none
          env:
            - {name: STUB_NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
            - {name: STUB_SHAPES}
"""
SHAPE = {
    "labels": {"chip": "{node}/{index}"},
    "workload": {"user": "name", "room": "namespace"},
    "families": [
        {"name": "acme_load", "type": "gauge", "tells": "utilisation", "scale": 0.01},
        {"name": "acme_memory", "type": "gauge", "tells": "memory_used", "scale": 2**-20},
        {"name": "acme_power", "type": "gauge", "tells": "power"},
        {"name": "acme_joules", "type": "counter", "tells": "energy"},
    ],
}
NODES = {"name": "npu", "count": 2, "zones": ["a"], "capacity": {"cpu": "8", "pods": "99", "acme.example/chip": "2"}}


def test_a_good_cluster_passes(proved):
    assert proved.good.seen == "PASS"
    assert proved.good.result.simulated


def test_a_device_is_put_to_work_and_comes_to_rest(proved):
    assert proved.after("A pod with one accelerator runs") == [
        BUSY,
        "The memory of the same device fills",
        "The busy device is the one that is told to be the pod's",
        "No device of another node has become busy with it",
        "The device is idle again without the pod",
        "Its memory is free again as well",
    ]
    assert proved.negatives == [
        "No device becomes busy where nothing was started",
        "No device of another node has become busy with it",
    ]
    assert proved.claims(Kind.CONTROL) == ["A pod with one accelerator runs"]


def test_every_value_is_evidence(proved):
    [counted] = [seen for seen in proved.good.result.observations if seen.claim.startswith("Every device that a node")]
    assert counted.actual["accelerator-0: NVIDIA"] == counted.actual["accelerator-0: testbed"] == 2
    [told] = [each.body for each in counted.evidence if "told of each device" in each.title]
    assert "accelerator-3: NVIDIA GPU-accelerator-3-1: utilisation=0  memory_used=0" in told


def test_nothing_is_left(proved):
    assert proved.good.left == ()


def test_a_name_with_memory_and_utilisation_in_it_is_neither(proved):
    trial = proved.on("incomplete_no_memory")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == ["The memory in use of every device is told"]


def test_an_exporter_that_tells_of_the_wrong_node_fails(proved):
    trial = proved.on("load_elsewhere")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [BUSY]


@pytest.fixture
def acme(monkeypatch, tmp_path):
    """Give a testbed whose accelerators are of a vendor that only a file of the user's knows."""
    (tmp_path / "own.yaml").write_text(ROWS)
    (tmp_path / "exporter.yaml").write_text(EXPORTER)
    monkeypatch.setenv(OWN_ROWS, str(tmp_path / "own.yaml"))
    with own_state(tmp_path / "state"):
        try:
            spec = testbed.Spec(name="acme", addons=("exporter",), nodes=(NODES,))
            bed = testbed.up(spec, progress=lambda _line: None)
            _install(Cluster.connect(str(bed.kubeconfig)), read_yaml(tmp_path / "exporter.yaml"))
            yield bed
        finally:
            testbed.down("acme")


def _install(cluster, exporter):
    given = [{"shape": SHAPE, "count": 2, "resource": "acme.example/chip"}]
    exporter["spec"]["template"]["spec"]["containers"][0]["env"][1]["value"] = json.dumps(given)
    cluster.create(exporter)
    changed = threading.Condition()
    watch = Watch(cluster, cluster.resource("v1", "Pod"), "default", changed, lambda: None)
    watch.start()
    try:
        with changed:
            assert changed.wait_for(lambda: sum(map(serves, watch.items())) == NODES["count"], timeout=30)
    finally:
        watch.stop()


def test_a_vendor_is_added_by_a_file_only(acme):
    values = parameters.merge(parameters.load("testbed"), {"timeout_scale": 0.2})
    session = Session.open(values=values, kubeconfig=str(acme.kubeconfig))
    result = session.run(REQUIREMENT)
    assert result.outcome is Outcome.PASS, result.message
    counted = next(seen.actual for seen in result.observations if seen.claim.startswith("Every device that a node"))
    assert counted == {"npu-0: Acme": 2, "npu-1: Acme": 2}
    assert "One device of its node becomes busy" in [seen.claim for seen in result.observations]
    assert session.close() == ()
