"""Containers run on real nodes, reach each other, get the devices they asked for and no others, and leave no trace."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from clusterproof import testbed
from clusterproof.cluster.client import Cluster
from clusterproof.testbed.node import host
from real_nodes import claim, needs_real_nodes, pod, runs, says, watched_until


def quiet(_line):
    """Take a line of progress and keep it to oneself."""


pytestmark = [pytest.mark.live, pytest.mark.slow, needs_real_nodes]

LOOKS = """
import errno, json, os
def tried(path):
    try:
        os.close(os.open(path, os.O_RDWR))
    except OSError as error:
        return errno.errorcode[error.errno]
    return "opened"
def made(number):
    path = f"/tmp/device-{number}"
    try:
        os.mknod(path, 0o20666, os.makedev(240, number))
    except OSError as error:
        return errno.errorcode[error.errno]
    return tried(path)
paths = [f"/dev/{kind}{number}" for kind in ("nvidia", "testbed") for number in (0, 1)]
print(json.dumps({"seen": {path: tried(path) for path in paths}, "made": [made(0), made(1)],
                  "told": os.environ.get("NVIDIA_VISIBLE_DEVICES")}))
"""
SERVES = """
import http.server, threading
server = http.server.HTTPServer(("", 8000), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("serving")
"""
DISK = "/disk tmpfs "  # where and what `small_disk` mounts
THERE = "ENXIO"  # the kernel lets it through, and no driver answers


def looked(bed, name):
    return json.loads(says(bed.kubeconfig, name, "seen"))


def test_every_container_sees_the_devices_that_it_was_given_and_no_others(bed, cluster):
    for item in (
        pod("one", LOOKS, node="real-0", devices=1),
        pod("other", LOOKS, node="real-0", devices=1),
        pod("none", LOOKS, node="real-0"),
        claim("claimed"),
        pod("claiming", LOOKS, node="real-0", claim="claimed"),
    ):
        cluster.create(item)
    one, other, none, claiming = (looked(bed, name) for name in ("one", "other", "none", "claiming"))
    found = [{path for path, seen in each["seen"].items() if seen == THERE} for each in (one, other)]
    assert [len(each) for each in found] == [1, 1]
    assert set.union(*found) == {"/dev/nvidia0", "/dev/nvidia1"}
    assert one["told"] != other["told"]
    assert set(none["seen"].values()) == {"ENOENT"}
    assert none["told"] is None
    assert none["made"] == ["EPERM", "EPERM"]  # made by hand, a device is still not given
    assert [path for path, seen in claiming["seen"].items() if seen == THERE] in (["/dev/testbed0"], ["/dev/testbed1"])
    assert sorted(one["made"]) == sorted(other["made"]) == ["ENXIO", "EPERM"]


def test_pods_of_both_nodes_reach_each_other_and_a_service_leads_to_them(bed, cluster):
    cluster.create(pod("server", SERVES, node="real-0"))
    cluster.create(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "server", "namespace": "default"},
            "spec": {"selector": {"app": "server"}, "ports": [{"port": 80, "targetPort": 8000}]},
        }
    )
    assert says(bed.kubeconfig, "server", "serving")
    address = watched_until(cluster, "server", runs)["status"]["podIP"]
    service = cluster.get(cluster.resource("v1", "Service"), "server", "default")["spec"]["clusterIP"]
    asks = f"""
import time, urllib.request
for where in ("http://{address}:8000/", "http://{service}/"):
    for _ in range(50):
        try:
            print("answer", urllib.request.urlopen(where, timeout=2).status, where); break
        except OSError as error:
            time.sleep(0.2); print("again", error)
print("asked")
"""
    for name, node in (("near", "real-0"), ("far", "real-1")):
        cluster.create(pod(f"client-{name}", asks, node=node))
        says(bed.kubeconfig, f"client-{name}", f"answer 200 http://{address}:8000/")
        says(bed.kubeconfig, f"client-{name}", f"answer 200 http://{service}/")


def test_a_sandbox_has_a_kernel_of_its_own(bed, cluster):
    tells = "import os; print('kernel', os.uname().version)"
    cluster.create(pod("inside", tells, runtime="gvisor"))
    cluster.create(pod("outside", tells))
    assert says(bed.kubeconfig, "inside", "kernel") != says(bed.kubeconfig, "outside", "kernel")


def test_an_image_that_cannot_be_had_is_said_at_once(cluster):
    cluster.create(pod("missing", "", image="registry.example/nothing:1"))

    def refused(seen):
        statuses = seen["status"].get("containerStatuses") or [{}]
        return statuses[0].get("state", {}).get("waiting", {}).get("reason") in {"ErrImagePull", "ImagePullBackOff"}

    watched_until(cluster, "missing", refused)


def test_the_nodes_listen_on_loopback_and_on_their_own_bridge_only(bed):
    own = set(bed.pids().values())
    listening = [each for each in psutil.net_connections("tcp") if each.status == "LISTEN" and each.pid in own]
    bridge = json.loads((bed.folder / "network.json").read_text())["block"].rsplit(".", 2)[0]
    assert listening
    assert {each.laddr.ip.rsplit(".", 2)[0] for each in listening} <= {"127.0", bridge}


def machine():
    """Return what real nodes could leave behind on this machine."""

    def said(*words):
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()

    groups = [str(each) for each in Path(host.CGROUPS).rglob("*clusterproof*")]
    return {
        # Small disks of tests that run beside these come and go; those of a testbed lie below its own folder.
        "mounts": sorted(line for line in Path("/proc/self/mounts").read_text().splitlines() if DISK not in line),
        "interfaces": sorted(each["ifname"] for each in json.loads("".join(said("ip", "-json", "link")))),
        "routes": sorted(said("ip", "route")),
        "rules": sorted(said("iptables-save")),
        "namespaces": said("ip", "netns", "list"),
        "groups": sorted(groups),
    }


def processes_under(folder):
    argvs = ((each.pid, each.info["cmdline"] or []) for each in psutil.process_iter(["cmdline"]))
    return [(pid, argv) for pid, argv in argvs if any(str(folder) in word for word in argv)]


@pytest.fixture
def gone_afterwards(state):
    yield
    testbed.down("fleeting")


@pytest.mark.parametrize("how", ["asked", "killed"])
@pytest.mark.usefixtures("gone_afterwards")
def test_after_it_is_gone_the_machine_is_as_it_was_and_another_one_starts(how):
    before = machine()
    for _ in range(2):
        bed = testbed.up(testbed.Spec(name="fleeting", tier="node"), progress=quiet)
        cluster = Cluster.connect(str(bed.kubeconfig))
        cluster.create(pod("busy", "print('here')", devices=1))
        says(bed.kubeconfig, "busy", "here")
        if how == "killed":
            for name in ("real-0-containerd", "real-1"):
                bed.signal(name, signal.SIGKILL)
        assert testbed.down("fleeting")
        assert processes_under(bed.folder) == []
        assert machine() == before


def test_a_kubelet_may_read_a_claim_before_the_server_knows_whose_it_is(cluster):
    # Else it is refused now and then, and a pod that has claimed something begins a minute late.
    asks = {
        "verb": "get",
        "group": "resource.k8s.io",
        "resource": "resourceclaims",
        "namespace": "x",
        "name": "unbound",
    }
    node = {"user": "system:node:real-0", "groups": ["system:nodes", "system:authenticated"]}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"}
    told = {
        verb: cluster.create(review | {"spec": {**node, "resourceAttributes": asks | {"verb": verb}}})["status"]
        for verb in ("get", "delete")
    }
    assert {verb: status["allowed"] for verb, status in told.items()} == {"get": True, "delete": False}
