"""A testbed starts, keeps to itself, says what died, and goes without a trace."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from clusterproof import testbed
from clusterproof.cluster.client import Cluster
from clusterproof.errors import TestbedError, UsageError
from clusterproof.testbed.kwokctl import settings
from clusterproof.testbed.state import home

pytestmark = pytest.mark.live

COMMAND = [sys.executable, "-m", "clusterproof", "testbed"]


def quiet(_line):
    """Take a line of progress and keep it to oneself."""


def processes_under(folder):
    """Return the programs of all processes that name a folder among their arguments."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        argv = process.info["cmdline"] or []
        if any(f"{folder}{os.sep}" in word for word in argv):
            found.append(argv[0])
    return found


def left_of(name):
    """Return what is left of a testbed: programs that still run, and files."""
    folder = home() / name
    return [*processes_under(folder), *(str(path) for path in (folder, *folder.rglob("*")) if path.exists())]


def pod(name, gpus=1, **annotations):
    resources = {"limits": {"nvidia.com/gpu": str(gpus)}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "annotations": annotations},
        "spec": {
            "tolerations": [{"operator": "Exists"}],
            "containers": [{"name": "main", "image": "none.example/none", "resources": resources}],
        },
    }


def watched_until(cluster, name, reached):
    """Return a pod once it is in a state; a watch that ends without it fails the test."""
    pods = cluster.resource("v1", "Pod")
    now = cluster.get(pods, name, "default")
    if reached(now):
        return now
    query = {"fieldSelector": f"metadata.name={name}", "resourceVersion": now["metadata"]["resourceVersion"]}
    stream = cluster.open_watch(pods.path("default"), {**query, "timeoutSeconds": "30"}, lasts=30)
    for line in stream:
        for event in filter(None, line.split(b"\n")):
            if reached(json.loads(event)["object"]):
                return json.loads(event)["object"]
    return pytest.fail(f"{name} did not get there within 30 s")


def test_every_component_runs(bed):
    assert set(bed.pids()) == set(settings()["components"])


def test_every_process_listens_on_loopback_only(bed):
    listening = {
        name: {each.laddr.ip for each in psutil.Process(pid).net_connections() if each.status == psutil.CONN_LISTEN}
        for name, pid in bed.pids().items()
    }
    assert listening == {name: {"127.0.0.1"} for name in settings()["components"]}


def test_the_kubeconfig_can_be_read_by_its_owner_only(bed):
    assert bed.kubeconfig.stat().st_mode & 0o077 == 0
    assert bed.folder.stat().st_mode & 0o077 == 0


def test_the_native_gang_api_is_served(cluster):
    assert cluster.discovery.serves("scheduling.k8s.io/v1beta1", "PodGroup")


def test_every_accelerator_node_publishes_its_devices(cluster):
    slices = list(cluster.pages(cluster.resource("resource.k8s.io/v1", "ResourceSlice")))
    assert {item["spec"]["nodeName"] for item in slices} == {f"accelerator-{number}" for number in range(4)}
    assert {len(item["spec"]["devices"]) for item in slices} == {2}


def test_a_service_gets_an_address_where_a_local_process_can_listen(cluster):
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "local", "namespace": "default"},
        "spec": {"ports": [{"port": 8080}]},
    }
    assert cluster.create(service)["spec"]["clusterIP"].startswith("127.64.")


def test_a_pod_that_asks_for_a_device_is_bound_and_runs(cluster):
    cluster.create(pod("asks"))
    running = watched_until(cluster, "asks", lambda item: item["status"].get("phase") == "Running")
    assert running["spec"]["nodeName"].startswith("accelerator-")


def test_a_pod_that_asks_for_too_many_devices_is_not_bound(cluster):
    cluster.create(pod("greedy", gpus=3))
    refused = watched_until(cluster, "greedy", lambda item: item["status"].get("conditions"))
    assert refused["status"]["conditions"][0]["reason"] == "Unschedulable"


def test_a_pod_completes_only_when_its_annotation_says_so(cluster):
    cluster.create(pod("stays", **{"kwok.x-k8s.io/none": ""}))
    cluster.create(pod("ends", **{"clusterproof.dev/run-seconds": "1"}))
    watched_until(cluster, "ends", lambda item: item["status"].get("phase") == "Succeeded")
    assert cluster.get(cluster.resource("v1", "Pod"), "stays", "default")["status"]["phase"] == "Running"


def test_up_again_returns_the_testbed_that_runs(bed):
    assert testbed.up(testbed.Spec("shared"), progress=quiet).pids() == bed.pids()
    assert testbed.find("shared").kubeconfig == bed.kubeconfig


def test_up_with_another_description_is_refused(bed):
    with pytest.raises(UsageError, match="another one"):
        testbed.up(testbed.Spec("shared", feature_gates={"GenericWorkload": False}), progress=quiet)


def test_an_unknown_add_on_is_refused_before_anything_starts(state):
    with pytest.raises(UsageError, match="no add-on 'nonesuch'"):
        testbed.up(testbed.Spec("none", addons=("nonesuch",)), progress=quiet)
    assert left_of("none") == []


def test_a_component_restarts_with_the_same_arguments(bed):
    before = psutil.Process(bed.pids()["kube-scheduler"])
    argv = before.cmdline()
    bed.restart("kube-scheduler")
    after = psutil.Process(bed.pids()["kube-scheduler"])
    assert after.pid != before.pid
    while not after.cmdline():  # the system fills it in a moment after the program has begun
        assert after.status() != psutil.STATUS_ZOMBIE
    assert after.cmdline() == argv


def test_two_start_side_by_side_and_one_goes_without_the_other(bed):
    with ThreadPoolExecutor() as pool:
        started = list(pool.map(lambda name: testbed.up(testbed.Spec(name), progress=quiet), ("left", "right")))
    assert len({each.kubeconfig.read_text() for each in started}) == 2
    assert testbed.down("left")
    assert left_of("left") == []
    assert testbed.find("right").pids() == started[1].pids()
    right = Cluster.connect(str(started[1].kubeconfig))
    assert len(list(right.pages(right.resource("v1", "Node")))) == 5
    testbed.down("right")
    assert testbed.find("shared").pids() == bed.pids()


def test_a_component_that_dies_at_start_is_reported_and_nothing_is_left(state):
    broken = testbed.Spec("broken", component_args={"kube-apiserver": {"runtime-config": "nonesuch/v9=true"}})
    with pytest.raises(TestbedError, match="kube-apiserver died at start") as caught:
        testbed.up(broken, progress=quiet)
    assert "nonesuch/v9" in caught.value.message
    assert left_of("broken") == []


def test_an_add_on_that_dies_at_start_is_reported_and_nothing_is_left(state, tmp_path, monkeypatch):
    dies = tmp_path / "training-operator"
    dies.write_text("#!/bin/sh\necho no licence >&2\nexit 1\n")
    dies.chmod(0o755)
    monkeypatch.setenv("CLUSTERPROOF_BIN", str(tmp_path))
    with pytest.raises(TestbedError, match="training-operator died at start") as caught:
        testbed.up(testbed.Spec("addons", addons=("training-operator", "traefik")), progress=quiet)
    assert "no licence" in caught.value.message
    assert left_of("addons") == []


def test_the_second_down_finds_nothing(state):
    assert not testbed.down("never-was")
    with pytest.raises(TestbedError, match="No testbed named 'never-was'"):
        testbed.find("never-was")
    assert not (home() / ".never-was.lock").exists()


def test_a_folder_from_before_a_reboot_is_cleaned(state):
    notes = home() / "stale" / "processes"
    notes.mkdir(parents=True)
    (notes / "etcd").write_text(f"{os.getpid()} 1.0")
    assert [bed.ready for bed in testbed.statuses() if bed.name == "stale"] == [False]
    assert testbed.down("stale")
    assert left_of("stale") == []


@pytest.mark.parametrize("moment", ["spec.json", "kwok.yaml", "kwok/clusters/sim/pids", "processes", "ready"])
def test_down_cleans_up_after_a_parent_that_was_killed(state, moment):
    command = [*COMMAND, "up", "--name", "orphan"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as parent:
        while not (home() / "orphan" / moment).exists():
            assert parent.poll() is None or moment == "ready"
        parent.send_signal(signal.SIGKILL)
    assert testbed.down("orphan")
    assert left_of("orphan") == []


def test_the_command_line_starts_lists_and_removes(state):
    def run(*words):
        return subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False)

    started = run("up", "--name", "cli")
    path = Path(started.stdout.strip())
    assert path.is_file()
    assert run("kubeconfig", "--name", "cli").stdout.strip() == str(path)
    listed = {each["name"]: each["ready"] for each in json.loads(run("status", "--json").stdout)}
    assert listed["cli"]
    assert run("down", "--name", "cli").returncode == 0
    again = run("down", "--name", "cli")
    assert (again.returncode, again.stderr.splitlines()[0]) == (2, "There is no testbed named 'cli'.")
    assert run("down", "--name", "cli", "--ignore-missing").returncode == 0
    assert run("up", "--tier", "nobody").returncode == 2
    assert left_of("cli") == []
