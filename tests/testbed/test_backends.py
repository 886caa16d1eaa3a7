"""A Service leads to what its first running pod would run, and to nothing else."""

from __future__ import annotations

import pytest

from clusterproof.testbed.addons.backends import SERVES, wanted

SERVICE = {
    "metadata": {"name": "a", "namespace": "n"},
    "spec": {
        "clusterIP": "127.0.0.9",
        "selector": {"app": "a"},
        "ports": [{"port": 8000}, {"port": 1, "protocol": "UDP"}],
    },
}


def pod(name="one", *, namespace="n", phase="Running", app="a", **annotations):
    metadata = {"name": name, "namespace": namespace, "labels": {"app": app}, "annotations": annotations}
    return {"metadata": metadata, "spec": {"nodeName": "x"}, "status": {"phase": phase}}


SERVING = {SERVES: "inference"}


def test_the_first_running_pod_of_a_service_serves_for_it():
    first, second = pod("a", **SERVING), pod("b", **SERVING)
    assert wanted([SERVICE], [second, first]) == {("127.0.0.9", 8000): first}


@pytest.mark.parametrize(
    "other",
    [pod(), pod(phase="Pending", **SERVING), pod(namespace="m", **SERVING), pod(app="b", **SERVING)],
    ids=["serves nothing", "does not run", "is elsewhere", "is not selected"],
)
def test_no_other_pod_serves_for_it(other):
    assert wanted([SERVICE], [other]) == {}


def test_a_service_without_an_address_leads_nowhere():
    headless = {**SERVICE, "spec": {**SERVICE["spec"], "clusterIP": "None"}}
    assert wanted([headless], [pod(**SERVING)]) == {}
