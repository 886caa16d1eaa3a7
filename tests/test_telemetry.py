"""Exporters are found by data, each device is counted once, and what nobody knows ends in no verdict."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest

from clusterproof.cluster.accelerators import OWN_ROWS, is_accelerator
from clusterproof.cluster.advertised import advertised, vendor_of
from clusterproof.errors import Inconclusive, UsageError
from clusterproof.instruments.exposition import Device, Sample
from clusterproof.instruments.telemetry import SECURE, Look
from clusterproof.instruments.told import Told
from clusterproof.instruments.traffic import Answer
from clusterproof.model import Outcome, Reason
from clusterproof.parameters import Values
from clusterproof.stub.exporter import serve
from fakes import Kind

SLICES = Kind("resource.k8s.io/v1", "ResourceSlice", "resourceslices", namespaced=False)
ROWS = """
vendors:
  - name: Acme
    resources: [acme.example/*]
    drivers: [acme.example]
    exporters:
      - name: acme exporter
        pods: [{app: acme-exporter}]
        port: 1
        device: [chip]
        families:
          utilisation: [{names: [acme_load], unit: ratio}]
          memory_used: [{names: [acme_memory], unit: MiB}]
"""
ACME = {
    "labels": {"chip": "{index}"},
    "families": [{"name": "acme_load", "type": "gauge", "tells": "utilisation", "scale": 0.01},
                 {"name": "acme_memory", "type": "gauge", "tells": "memory_used", "scale": 2 ** -20}],
}  # fmt: skip


@pytest.fixture
def bench(cluster):
    """Give what a bench is to these functions."""

    def stop(outcome):
        def end(*words):
            raise Inconclusive(outcome, words[0] if words[1:] else Reason.UNKNOWN_DEVICE, words[-1])

        return end

    ends = {"skip": stop(Outcome.SKIP), "unknown": stop(Outcome.UNKNOWN)}
    return SimpleNamespace(cluster=cluster, values=Values(), **ends)


@pytest.fixture
def acme(monkeypatch, tmp_path):
    """Add a vendor by a file only."""
    (tmp_path / "own.yaml").write_text(ROWS)
    monkeypatch.setenv(OWN_ROWS, str(tmp_path / "own.yaml"))


def node(api, name, capacity, *, ready="True", **labels):
    api.store.put({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels},
        "status": {"capacity": capacity, "conditions": [{"type": "Ready", "status": ready}]},
    })  # fmt: skip


def devices(api, node_name, driver, found, *, generation=1):
    api.store.kinds.append(SLICES)
    pool = {"name": node_name, "generation": generation, "resourceSliceCount": 1}
    api.store.put({
        "apiVersion": SLICES.api_version, "kind": SLICES.kind, "metadata": {"name": f"pool-{generation}"},
        "spec": {"driver": driver, "nodeName": node_name, "pool": pool, "devices": found},
    })  # fmt: skip


@pytest.fixture
def exporter(api):
    """Give a function that runs an exporter as a pod on a node."""
    opened = []

    def run(node_name, shape, count, *, name="", announces=False, **labels):
        given = json.dumps([{"shape": shape, "count": count}])
        stub = serve("127.0.0.1", {"STUB_PORT": "0", "STUB_NODE": node_name, "STUB_SHAPES": given})
        opened.append(stub)
        marks = {"prometheus.io/port": str(stub.server_address[1])} | (
            {"prometheus.io/scrape": "true"} if announces else {}
        )
        api.store.put({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name or f"on-{node_name}", "namespace": "m", "labels": labels, "annotations": marks},
            "spec": {"nodeName": node_name, "containers": [{"name": "c"}]},
            "status": {"phase": "Running", "podIP": "127.0.0.1"},
        })  # fmt: skip
        return f"http://127.0.0.1:{stub.server_address[1]}/metrics"

    yield run
    for each in opened:
        each.shutdown()
        each.server_close()


def test_devices_are_counted_by_what_one_unit_of_is_one(api, cluster):
    node(api, "whole", {"nvidia.com/gpu": "8", "cpu": "4"})
    node(api, "shared", {"nvidia.com/gpu": "32"}, **{"nvidia.com/gpu.count": "8"})
    node(api, "cores", {"aws.amazon.com/neuron": "2", "aws.amazon.com/neuroncore": "4"})
    node(api, "parts", {"nvidia.com/mig-1g.10gb": "7"})
    node(api, "down", {"nvidia.com/gpu": "8"}, ready="False")
    node(api, "plain", {"cpu": "4"})
    found = {("whole", "NVIDIA"): 8, ("shared", "NVIDIA"): 8, ("cores", "AWS Neuron"): 4, ("parts", "NVIDIA"): 0}
    assert advertised(cluster) == found


def test_devices_of_a_driver_and_of_a_plugin_of_one_vendor_are_the_same(api, cluster):
    node(api, "a", {"nvidia.com/gpu": "2"})
    part = {"name": "p", "attributes": {"type": {"string": "mig"}}}
    whole = [{"name": f"g{n}", "attributes": {"type": {"string": "gpu"}}} for n in range(3)]
    devices(api, "a", "gpu.nvidia.com", [*whole, part])
    assert advertised(cluster) == {("a", "NVIDIA"): 3}


def test_only_the_newest_slices_of_a_pool_count(api, cluster):
    node(api, "a", {})
    devices(api, "a", "gpu.amd.com", [{"name": "x"}, {"name": "y"}], generation=1)
    devices(api, "a", "gpu.amd.com", [{"name": "x"}], generation=2)
    assert advertised(cluster) == {("a", "AMD"): 1}


@pytest.mark.usefixtures("acme")
def test_a_vendor_is_added_by_a_file_only(api, bench, exporter):
    node(api, "a", {"acme.example/chip": "2"})
    exporter("a", ACME, 2, app="acme-exporter")
    told = Told.of(bench)
    assert is_accelerator("acme.example/chip")
    assert told.covered() == told.places() == ["a: Acme"]
    assert told.counted() == told.advertised() == {"a: Acme": 2}
    assert told.without("utilisation") == told.without("memory_used") == []


def test_that_vendor_is_unknown_without_the_file(bench):
    bench.values = Values(resource_name="acme.example/chip")
    assert vendor_of("acme.example/chip") is None
    assert ended(bench) == (Outcome.UNKNOWN, Reason.UNKNOWN_DEVICE)


@pytest.mark.parametrize("content", ["[1", "- 1", None])
def test_a_file_that_cannot_be_read_is_named(monkeypatch, tmp_path, content):
    file = tmp_path / "own.yaml"
    if content:
        file.write_text(content)
    monkeypatch.setenv(OWN_ROWS, str(file))
    with pytest.raises(UsageError, match=str(file)):
        is_accelerator("x")


def test_without_accelerators_there_is_nothing_to_measure(api, bench):
    node(api, "a", {"cpu": "4"})
    assert ended(bench) == (Outcome.SKIP, Reason.NO_ACCELERATOR)


def test_without_exporters_it_was_not_installed(api, bench):
    node(api, "a", {"amd.com/gpu": "2"})
    assert ended(bench) == (Outcome.SKIP, Reason.NOT_INSTALLED)


def test_an_exporter_that_no_row_knows_is_unknown_and_the_row_is_asked_for(api, bench, exporter):
    node(api, "a", {"amd.com/gpu": "2"})
    exporter("a", ACME, 2, announces=True)
    assert ended(bench) == (Outcome.UNKNOWN, Reason.UNKNOWN_DEVICE)
    with pytest.raises(Inconclusive, match=r"acme_load.*Add a row about AMD"):
        Told.of(bench)


def test_a_row_of_another_vendor_does_not_count(api, bench, exporter):
    node(api, "a", {"amd.com/gpu": "2"})
    exporter("a", "gaudi", 2, announces=True)
    assert ended(bench) == (Outcome.UNKNOWN, Reason.UNKNOWN_DEVICE)


def test_an_exporter_that_announces_itself_is_known_by_its_names(api, bench, exporter):
    node(api, "a", {"amd.com/gpu": "2"})
    exporter("a", "opentelemetry", 2, announces=True)
    assert Told.of(bench).counted() == {"a: AMD": 2}


def test_devices_that_two_exporters_tell_of_are_counted_once(api, bench, exporter):
    node(api, "a", {"nvidia.com/gpu": "2"})
    exporter("a", "opentelemetry", 2, name="one", announces=True)
    exporter("a", "dcgm", 2, name="two", app="nvidia-dcgm-exporter")
    told = Told.of(bench)
    assert told.counted() == {"a: NVIDIA": 2}
    assert {name for name, _ in told.latest.each()} == {f"a: NVIDIA GPU-a-{n}" for n in range(2)}


def test_an_exporter_on_another_node_covers_only_that_one(api, bench, exporter):
    for name in ("a", "b"):
        node(api, name, {"nvidia.com/gpu": "2"})
    exporter("a", "dcgm", 2, app="nvidia-dcgm-exporter")
    told = Told.of(bench)
    assert told.covered() == ["a: NVIDIA"]
    assert told.places() == ["a: NVIDIA", "b: NVIDIA"]


def test_an_exporter_can_be_named_for_a_node(api, bench, exporter):
    node(api, "a", {"nvidia.com/gpu": "2"})
    bench.values = Values(metrics_endpoints={"a": exporter("elsewhere", "dcgm", 2)})
    assert Told.of(bench).counted() == {"a: NVIDIA": 2}


def test_one_address_for_all_nodes_tells_them_apart_by_labels(api, bench, exporter):
    for name in ("a", "b"):
        node(api, name, {"nvidia.com/gpu": "2"})
    bench.values = Values(metrics_endpoints={"*": exporter("b", "dcgm", 2)})
    assert Told.of(bench).counted() == {"a: NVIDIA": 0, "b: NVIDIA": 2}


def test_an_address_where_nobody_answers_is_a_false_claim_and_no_skip(api, bench):
    node(api, "a", {"nvidia.com/gpu": "2"})
    bench.values = Values(metrics_endpoints={"a": "http://127.0.0.1:1/metrics"})
    assert "nobody answers" in Told.of(bench).unreadable()["http://127.0.0.1:1/metrics"]


@pytest.mark.parametrize("answer", [Answer(401), Answer(403), Answer(400, f"Client sent an {SECURE}.")])
def test_an_exporter_that_lets_nobody_in_is_no_failing_of_the_metrics(api, bench, exporter, monkeypatch, answer):
    node(api, "a", {"nvidia.com/gpu": "2"})
    exporter("a", "dcgm", 2, app="nvidia-dcgm-exporter")
    monkeypatch.setattr("clusterproof.instruments.pods.Port.send", lambda *_: answer)
    assert ended(bench) == (Outcome.SKIP, Reason.UNREACHABLE_FROM_HERE)


def test_an_exporter_that_answers_with_an_error_is_one(api, bench, exporter, monkeypatch):
    node(api, "a", {"nvidia.com/gpu": "2"})
    exporter("a", "dcgm", 2, app="nvidia-dcgm-exporter")
    monkeypatch.setattr("clusterproof.instruments.pods.Port.send", lambda *_: Answer(500, "broken"))
    assert Told.of(bench).unreadable() == {"m/on-a": "HTTP 500"}


@pytest.mark.parametrize("url", ["https://x/", "ftp://x", "http://", "http://user@x/", "x:1"])
def test_an_address_of_another_form_is_refused(url):
    with pytest.raises(ValueError, match="http://HOST:PORT/PATH"):
        Values(metrics_endpoints={"a": url})


def test_cores_that_nobody_uses_are_told_of_by_no_series_and_that_is_well(api, bench, exporter):
    node(api, "a", {"aws.amazon.com/neuroncore": "2"})
    exporter("a", "neuron", 2, app="neuron-monitor")
    told = Told.of(bench)
    assert told.counted() == told.advertised() == {"a: AWS Neuron": 2}


def test_values_that_stand_still_have_not_moved(api, bench, exporter):
    node(api, "a", {"nvidia.com/gpu": "1"})
    exporter("a", "dcgm", 1, app="nvidia-dcgm-exporter")
    told = Told.of(bench)
    assert told.moved() == ["a: NVIDIA"]
    told.now = lambda: told.first
    assert told.moved() == []


def device(values, at=None):
    return Device("a", values, raw=(Sample("m", {}, 1.0, at),))


@pytest.mark.parametrize(
    ("values", "well"),
    [
        ({"memory_used": 0, "memory_total": 80 << 30}, True),
        ({"memory_used": 1 << 30}, True),
        ({}, True),
        ({"memory_used": 0, "memory_total": 81920}, False),  # mebibytes
        ({"memory_used": 0, "memory_total": 80 << 50}, False),  # bytes that were multiplied once more
        ({"memory_used": 10 << 50}, False),
    ],
)
def test_memory_has_a_size_that_devices_have(bench, values, well):
    told = Told(bench, {("a", "x"): 1}, [], latest=Look({("a", "x"): {"d": device(values)}}), simulated=True)
    assert (told.missized() == {}) is well


@pytest.mark.parametrize(("age", "well"), [(None, True), (0, True), (200, True), (400, False), (-400, False)])
def test_what_bears_another_time_than_the_present_is_seen(bench, age, well):
    found = device({}, at=None if age is None else time.time() - age)
    told = Told(bench, {("a", "x"): 1}, [], latest=Look({("a", "x"): {"d": found}}), simulated=True)
    assert (told.aged() == {}) is well


def test_an_exporter_that_calls_its_metrics_a_page_cannot_be_read(api, bench, exporter, monkeypatch):
    node(api, "a", {"nvidia.com/gpu": "2"})
    exporter("a", "dcgm", 2, app="nvidia-dcgm-exporter")
    answer = Answer(200, "a 1\n", {"content-type": "text/html"})
    monkeypatch.setattr("clusterproof.instruments.pods.Port.send", lambda *_: answer)
    assert "text/html" in Told.of(bench).unreadable()["m/on-a"]


def ended(bench):
    with pytest.raises(Inconclusive) as caught:
        Told.of(bench)
    return caught.value.outcome, caught.value.reason
