"""The exporter of devices that do not exist follows the pods of its node, and misbehaves in one way at a time."""

from __future__ import annotations

import json
import time

import pytest

from clusterproof.instruments.exposition import parse
from clusterproof.instruments.pods import exchange
from clusterproof.stub.devices import FAULTS, Devices
from clusterproof.stub.exporter import serve

NODE = "node-0"
SHAPE = {
    "labels": {"id": "{index}", "host": "{node}"},
    "workload": {"holder": "name"},
    "families": [{"name": "load", "type": "gauge", "tells": "utilisation"},
                 {"name": "used", "type": "gauge", "tells": "memory_used"}],
}  # fmt: skip


def pod(name, *, node=NODE, count=1, phase="Running", resource="r/d"):
    container = {"name": "c", "resources": {"limits": {resource: str(count)}}}
    metadata = {"name": name, "namespace": "default", "uid": name}
    return {"metadata": metadata, "spec": {"nodeName": node, "containers": [container]}, "status": {"phase": phase}}


def loads(pods, *faults, devices=None):
    devices = devices or Devices(NODE, {"shape": SHAPE, "count": 3, "resource": "r/d"}, frozenset(faults))
    devices.see(pods)
    return {each.labels["id"]: each.value for each in parse(told(devices)) if each.name == "load"}


def told(devices):
    return "\n".join(devices.lines(frozenset())) + "\n"


def test_as_many_devices_are_busy_as_pods_of_the_node_hold():
    others = [pod("elsewhere", node="node-1"), pod("over", phase="Succeeded"), pod("another", resource="r/e")]
    assert loads(others) == {"0": 0, "1": 0, "2": 0}
    assert loads([*others, pod("a"), pod("b")]) == {"0": 90, "1": 90, "2": 0}
    assert loads([pod("a", count=3)]) == {"0": 90, "1": 90, "2": 90}


def test_a_pod_keeps_its_device_and_gives_it_back():
    devices = Devices(NODE, {"shape": SHAPE, "count": 3, "resource": "r/d"}, frozenset())
    loads([pod("a"), pod("b")], devices=devices)
    assert loads([pod("b")], devices=devices) == {"0": 0, "1": 90, "2": 0}
    assert 'holder="b"' in told(devices)
    assert 'holder="a"' not in told(devices)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("one_missing", {"0": 90, "1": 0}),
        ("one_too_many", {"0": 90, "1": 0, "2": 0, "3": 0}),
        ("beyond", {"0": 190, "1": 190, "2": 190}),
        ("flat", {"0": 0, "1": 0, "2": 0}),
        ("still", {"0": 0, "1": 0, "2": 0}),
        ("crossed", {"0": 0, "1": 0, "2": 90}),
        ("everywhere", {"0": 90, "1": 90, "2": 0}),
        ("elsewhere", {"0": 90, "1": 0, "2": 0}),
        ("nothing", {}),
        ("whole_node", {"0": 90, "1": 90, "2": 90}),
        ("as_ratio", {"0": 0.9, "1": 0, "2": 0}),
    ],
)
def test_a_fault_changes_what_is_told(fault, expected):
    assert loads([pod("a"), pod("b", node="node-1")], fault) == expected


def test_the_pod_that_is_elsewhere_is_the_one_that_counts_then():
    devices = Devices(NODE, {"shape": SHAPE, "count": 3, "resource": "r/d"}, frozenset({"elsewhere"}))
    loads([pod("a"), pod("b", node="node-1")], devices=devices)
    assert 'holder="b"' in told(devices)


def used(pods, devices):
    devices.see(pods)
    return [each.value for each in parse(told(devices)) if each.name == "used"]


@pytest.mark.parametrize(
    ("fault", "busy", "after"),
    [("", 10 << 30, 0), ("hoards", 10 << 30, 10 << 30), ("mib_twice", 10 << 50, 0), ("never_mib", 10 << 10, 0)],
)
def test_memory_is_used_by_who_holds_a_device_and_told_wrong_where_that_is_the_fault(fault, busy, after):
    devices = Devices(NODE, {"shape": SHAPE, "count": 1, "resource": "r/d"}, frozenset(fault.split()))
    assert used([pod("a")], devices) == [busy]
    assert used([], devices) == [after]


def test_a_load_that_comes_and_goes_does_so_whoever_holds_a_device():
    devices = Devices(NODE, {"shape": SHAPE, "count": 2, "resource": "r/d"}, frozenset({"restless"}))
    assert [loads([], devices=devices) for _ in range(2)] == [{"0": 90, "1": 0}, {"0": 0, "1": 90}]


def test_what_is_old_bears_a_time_and_what_is_somebody_elses_another_name():
    devices = Devices(NODE, {"shape": SHAPE, "count": 1, "resource": "r/d"}, frozenset({"old", "misnamed"}))
    devices.see([pod("a")])
    assert {round((time.time() - each.at) / 60) for each in parse(told(devices))} == {60}
    assert 'holder="somebody-else"' in told(devices)


def test_a_device_that_sticks_stays_busy():
    devices = Devices(NODE, {"shape": SHAPE, "count": 3, "resource": "r/d"}, frozenset({"sticky"}))
    loads([pod("a")], devices=devices)
    assert loads([], devices=devices)["0"] == 90


@pytest.fixture
def server():
    opened = []

    def start(**environment):
        given = json.dumps([{"shape": SHAPE, "count": 1, "resource": "r/d"}])
        opened.append(serve("127.0.0.1", {"STUB_PORT": "0", "STUB_NODE": NODE, "STUB_SHAPES": given, **environment}))
        return opened[-1], lambda: exchange(*opened[-1].server_address[:2], "GET", "/metrics")

    yield start
    for each in opened:
        each.shutdown()
        each.server_close()


def test_it_serves_what_it_tells(server):
    stub, get = server()
    stub.see([pod("a")])
    assert get().status == 200
    assert [each.value for each in parse(get().body)] == [90, 10 << 30]


def test_what_is_left_out_is_not_even_described(server):
    _, get = server(STUB_WITHOUT="memory_used")
    assert "load" in get().body
    assert "used" not in get().body


def test_a_page_has_status_200_and_is_no_metrics(server):
    _, get = server(STUB_FAULTS="page")
    assert get().status == 200
    with pytest.raises(ValueError, match="invalid metric name"):
        parse(get().body)


def test_metrics_that_are_called_a_page_are_called_so(server):
    _, get = server(STUB_FAULTS="misdeclared")
    assert get().headers["content-type"].startswith("text/html")
    assert parse(get().body)


def test_a_fault_that_does_not_exist_is_refused(server):
    with pytest.raises(ValueError, match="no faults"):
        server(STUB_FAULTS="nonsense")
    assert "nonsense" not in FAULTS
