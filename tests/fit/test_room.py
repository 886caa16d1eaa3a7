"""Whether workers find room, counted on nodes that are written down here."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from clusterproof.fit import Word
from clusterproof.fit.job import described
from clusterproof.fit.nodes import Place, Places, asked, read
from clusterproof.fit.room import counted, room

GIB = 2**30
GPU = "example.com/gpu"


def place(devices=8, free=None, *, cpu=64.0, memory=256, places=100.0):
    whole = {"cpu": cpu, "memory": memory * GIB, "pods": places, "devices": float(devices)}
    return Place(whole, {**whole, "devices": float(devices if free is None else free)})


def answer(nodes, holders=None, uncountable="", **words):
    places = Places({f"n{number}": each for number, each in enumerate(nodes)}, Counter(holders or {}), uncountable)
    return room(described(words), places, GPU)


@pytest.mark.parametrize(
    ("nodes", "words", "word"),
    [
        ([place(8), place(8)], {"workers": 2, "devices_per_worker": 8}, Word.YES),
        ([place(8, 7), place(8)], {"workers": 2, "devices_per_worker": 8}, Word.WAITS),
        ([place(8), place(8)], {"workers": 3, "devices_per_worker": 8}, Word.MISSING),
        ([place(8), place(8)], {"workers": 1, "devices_per_worker": 9}, Word.MISSING),  # one pod is on one node
        ([place(8)], {"workers": 2, "devices_per_worker": 4, "memory": "128Gi"}, Word.YES),
        ([place(8)], {"workers": 2, "devices_per_worker": 4, "memory": "129Gi"}, Word.MISSING),
        ([place(8)], {"workers": 8, "devices_per_worker": 1, "cpu": "8"}, Word.YES),
        ([place(8)], {"workers": 8, "devices_per_worker": 1, "cpu": "8100m"}, Word.MISSING),
        ([place(8, places=1.0)], {"workers": 2, "devices_per_worker": 1}, Word.MISSING),
        ([place(4), place(4)], {"workers": 2, "devices_per_worker": 4, "interconnect": "one-node"}, Word.MISSING),
        ([place(4), place(8)], {"workers": 2, "devices_per_worker": 4, "interconnect": "one-node"}, Word.YES),
        ([place(4), place(8, 4)], {"workers": 2, "devices_per_worker": 4, "interconnect": "one-node"}, Word.WAITS),
        ([place(0)], {"workers": 2, "devices_per_worker": 0}, Word.YES),
        ([], {"workers": 1, "devices_per_worker": 0}, Word.MISSING),
        ([], {"workers": 1}, Word.MISSING),
    ],
)
def test_room_is_counted_node_by_node(nodes, words, word):
    assert answer(nodes, **words).word is word


def test_what_is_lacking_is_said_in_numbers():
    found = answer([place(8), place(2)], workers=2, devices_per_worker=16, memory="1Ti")
    assert "no node has more than 256 GiB of memory, a worker asks for 1,024 GiB of memory" in found.seen
    assert "no node has more than 8 devices, a worker asks for 16 devices" in found.seen
    assert found.helps == "Spread the same devices over more workers."
    assert "room for 2 even if nothing else ran" in answer([place(8)], workers=3, devices_per_worker=4).seen


def test_who_holds_the_devices_is_named_the_greatest_first():
    found = answer([place(8, 0)], {"small": 1, "large": 7}, workers=1)
    assert (found.word, found.helps) == (Word.WAITS, "Devices are held by pods of large (7), small (1).")


def test_what_may_not_be_counted_is_not_known():
    found = answer([place(8)], uncountable="claims may not be listed", workers=1)
    assert (found.word, found.seen) == (Word.UNKNOWN, "claims may not be listed")


def test_more_than_is_left_counts_as_no_room():
    full = place(8, 8)
    full.left["memory"] = -1.0  # static pods may take more than there is
    assert counted(described({"memory": "1Gi"}), Places({"a": full}), now=True) == {}


@pytest.mark.parametrize(
    ("spec", "cpu"),
    [
        ({"containers": [{"resources": {"requests": {"cpu": "500m"}}}, {"resources": {"requests": {"cpu": 1}}}]}, 1.5),
        ({"containers": [{}], "initContainers": [{"resources": {"requests": {"cpu": "2"}}}]}, 2.0),
        (
            {
                "containers": [{"resources": {"requests": {"cpu": "1"}}}],
                "initContainers": [{"restartPolicy": "Always", "resources": {"requests": {"cpu": "250m"}}}],
                "overhead": {"cpu": "50m"},
            },
            1.3,
        ),
        ({"containers": [{"resources": {"requests": {"cpu": "a lot"}}}]}, 0.0),
        ({}, 0.0),
    ],
)
def test_what_the_scheduler_keeps_for_a_pod(spec, cpu):
    assert math.isclose(asked({"spec": spec}, "cpu"), cpu)


def node(name, *, ready="True", taints=(), resources=None, **spec):
    allocatable = {"cpu": "4", "memory": "8Gi", "pods": "10", "ephemeral-storage": "100Gi", **(resources or {})}
    return {
        "metadata": {"name": name},
        "spec": {"taints": list(taints), **spec},
        "status": {"allocatable": allocatable, "conditions": [{"type": "Ready", "status": ready}]},
    }


def pod(where, *, phase="Running", namespace="team", **requests):
    limits = {name: value for name, value in requests.items() if "/" in name}
    container = {"resources": {"requests": requests, "limits": limits}}
    return {
        "metadata": {"name": "p", "namespace": namespace},
        "spec": {"nodeName": where, "containers": [container]},
        "status": {"phase": phase},
    }


class Fake:
    """A cluster with some nodes and pods and nothing else."""

    def __init__(self, nodes, pods):
        self._items = {"Node": nodes, "Pod": pods}
        self.discovery = self

    def versions(self, _group):
        return ()

    def resource(self, _version, kind):
        return kind

    def pages(self, kind):
        return iter(self._items[kind])


def test_without_devices_nodes_that_keep_others_out_are_left_out_and_what_runs_is_taken_off():
    taint = {"key": "control-plane", "effect": "NoSchedule"}
    nodes = [node("good"), node("kept", taints=[taint]), node("down", ready="False"), node("full", unschedulable=True)]
    pods = [pod("good", cpu="1", memory="1Gi"), pod("good", phase="Succeeded", cpu="3"), pod("", cpu="3")]
    found = read(Fake(nodes, pods), "")
    assert list(found.nodes) == ["good"]
    assert found.nodes["good"].left == {"cpu": 3.0, "memory": 7 * GIB, "pods": 9.0}
    assert found.nodes["good"].whole["cpu"] == 4.0
    assert found.nodes["good"].disk == 100 * GIB


def test_with_devices_only_nodes_that_have_some_count_whatever_their_taints():
    taint = {"key": "gpu", "effect": "NoSchedule"}
    nodes = [node("plain"), node("gpu", taints=[taint], resources={GPU: "8"})]
    found = read(Fake(nodes, [pod("gpu", **{GPU: "3"}), pod("gpu", namespace="other", **{GPU: "1"})]), GPU)
    assert list(found.nodes) == ["gpu"]
    assert (found.nodes["gpu"].whole["devices"], found.nodes["gpu"].left["devices"]) == (8, 4)
    assert found.holders == {"team": 3, "other": 1}
