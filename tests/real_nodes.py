"""Real nodes in tests: whether this machine can carry them, pods that run Python there, and what these write."""

from __future__ import annotations

import json

import pytest
from kubernetes import client, config

from clusterproof.cluster.client import Cluster
from clusterproof.testbed.node import missing
from clusterproof.testbed.node.images import IMAGE

LACKS = ", ".join(missing())
needs_real_nodes = pytest.mark.skipif(bool(LACKS), reason=f"NOT TESTED: no real nodes here, missing: {LACKS}")


def pod(name, script, *, node="", devices=0, claim="", runtime="", image=IMAGE):  # noqa: PLR0913 - what tests vary
    """Return a pod that runs a script and waits."""
    container = {
        "name": "main",
        "image": image,
        "command": ["python3", "-u", "-c", f"{script}\nimport signal; signal.pause()"],
        "resources": {"limits": {"nvidia.com/gpu": str(devices)}} if devices else {},
    }
    spec = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 0,
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
        "containers": [container],
    }
    if node:
        spec["nodeSelector"] = {"kubernetes.io/hostname": node}
    if runtime:
        spec["runtimeClassName"] = runtime
    if claim:
        container["resources"] = {"claims": [{"name": "device"}]}
        spec["resourceClaims"] = [{"name": "device", "resourceClaimName": claim}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": spec,
    }


def claim(name):
    """Return a claim of one device of the testbed's driver."""
    exactly = {"deviceClassName": "gpu.testbed.clusterproof.dev"}
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaim",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"devices": {"requests": [{"name": "one", "exactly": exactly}]}},
    }


def watched_until(cluster, name, reached, *, seconds=60):
    """Return a pod once it is in a state; a watch that ends without it fails the test."""
    pods = cluster.resource("v1", "Pod")
    now = cluster.get(pods, name, "default")
    if reached(now):
        return now
    query = {"fieldSelector": f"metadata.name={name}", "resourceVersion": now["metadata"]["resourceVersion"]}
    stream = cluster.open_watch(pods.path("default"), {**query, "timeoutSeconds": str(seconds)}, lasts=seconds)
    for line in stream:
        for event in filter(None, line.split(b"\n")):
            now = json.loads(event)["object"]
            if reached(now):
                return now
    return pytest.fail(f"{name} did not get there within {seconds} s: {now['status']}")


def runs(seen):
    """True if all containers of a pod run."""
    statuses = seen["status"].get("containerStatuses") or []
    return seen["status"].get("phase") == "Running" and all(each.get("started") for each in statuses)


def says(kubeconfig, name, word):
    """Follow the log of a pod, once it runs, until a line holds a word, and return that line."""
    watched_until(Cluster.connect(str(kubeconfig)), name, runs)
    with config.new_client_from_config(str(kubeconfig)) as api:
        answer = client.CoreV1Api(api).read_namespaced_pod_log(
            name, "default", follow=True, _preload_content=False, _request_timeout=60
        )
        for line in answer:
            if word in line.decode():
                answer.close()
                return line.decode().strip()
    return pytest.fail(f"{name} never said {word!r}")
