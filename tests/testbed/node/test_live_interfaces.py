"""A pod that claims an interface of a real node gets it with its address, others do not, and it comes back."""

from __future__ import annotations

import json

import pytest

from real_nodes import needs_real_nodes, pod, says, watched_until

pytestmark = [pytest.mark.live, pytest.mark.slow, needs_real_nodes]

DRIVER = "net.testbed.clusterproof.dev"
TELLS = """
import json, pathlib
print(json.dumps({"seen": {each.name: (each / "address").read_text().strip()
                           for each in pathlib.Path("/sys/class/net").iterdir() if each.name != "lo"}}))
"""


def claim(name, interface):
    selector = f"device.driver == '{DRIVER}' && device.attributes['{DRIVER}'].ifName == '{interface}'"
    exactly = {"deviceClassName": "any-interface", "selectors": [{"cel": {"expression": selector}}]}
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaim",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"devices": {"requests": [{"name": "one", "exactly": exactly}]}},
    }


def seen(bed, name):
    return json.loads(says(bed.kubeconfig, name, "seen"))["seen"]


@pytest.fixture(scope="module")
def advertised(cluster):
    """Give the class of all interfaces, and return the hardware's addresses on one node."""
    metadata = {"name": "any-interface"}
    spec = {"selectors": [{"cel": {"expression": f"device.driver == '{DRIVER}'"}}]}
    cluster.create({"apiVersion": "resource.k8s.io/v1", "kind": "DeviceClass", "metadata": metadata, "spec": spec})
    specs = (each["spec"] for each in cluster.pages(cluster.resource("resource.k8s.io/v1", "ResourceSlice")))
    [own] = [spec for spec in specs if (spec["driver"], spec["nodeName"]) == (DRIVER, "real-1")]
    return {each["name"]: each["attributes"]["mac"]["string"] for each in own["devices"]}


def test_the_claimed_interface_is_in_the_pod_and_its_claim_tells_the_address(bed, cluster, advertised):
    cluster.create(claim("first", "net1"))
    cluster.create(pod("has", TELLS, node="real-1", claim="first"))
    cluster.create(pod("has-none", TELLS, node="real-1"))
    assert seen(bed, "has").keys() - seen(bed, "has-none").keys() == {"net1"}
    assert seen(bed, "has")["net1"] == advertised["net1"]
    found = cluster.get(cluster.resource("resource.k8s.io/v1", "ResourceClaim"), "first", "default")
    [told] = found["status"]["devices"]
    assert told["networkData"]["interfaceName"] == "net1"
    assert told["networkData"]["hardwareAddress"] == advertised["net1"]
    assert len(told["networkData"]["ips"]) == 1


def test_a_container_that_starts_again_still_has_it(bed, cluster, advertised):
    again = "import os, pathlib\n" + TELLS + "\nif not pathlib.Path('/once/done').exists():\n"
    again += "    pathlib.Path('/once/done').touch(); os._exit(1)\nprint('second time')"
    item = pod("restarts", again, node="real-1", claim="second")
    item["spec"]["restartPolicy"] = "OnFailure"
    item["spec"]["volumes"] = [{"name": "once", "emptyDir": {}}]
    item["spec"]["containers"][0]["volumeMounts"] = [{"name": "once", "mountPath": "/once"}]
    cluster.create(claim("second", "net0"))
    cluster.create(item)

    def second(found):
        return any(each["restartCount"] and each["started"] for each in found["status"].get("containerStatuses") or [])

    watched_until(cluster, "restarts", second)
    assert seen(bed, "restarts")["net0"] == advertised["net0"]


def test_once_a_pod_has_gone_the_next_one_gets_its_interface(bed, cluster, advertised):
    pods = cluster.resource("v1", "Pod")
    for number in range(3):
        name = f"turn-{number}"
        cluster.create(claim(name, "net1"))
        item = pod(name, TELLS, node="real-1", claim=name)
        item["spec"]["terminationGracePeriodSeconds"] = 1  # gone only once the node has taken everything back
        if number == 0:
            cluster.delete(pods, "has", "default")
            cluster.delete(cluster.resource("resource.k8s.io/v1", "ResourceClaim"), "first", "default")
        cluster.create(item)
        assert seen(bed, name)["net1"] == advertised["net1"]
        cluster.delete(pods, name, "default")
        cluster.delete(cluster.resource("resource.k8s.io/v1", "ResourceClaim"), name, "default")
