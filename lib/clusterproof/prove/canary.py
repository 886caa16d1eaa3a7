"""A sign of life of a control plane: a Deployment comes up, and nothing is left of it.

The controller manager makes its pod, the scheduler places it, a simulated node runs it, and the garbage collector
removes it all. A component that was stopped has caught up with what it missed once it does this.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from clusterproof.cluster.reading import condition_of
from clusterproof.errors import TestbedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterproof.cluster.client import Cluster

NAME, PLACE = "canary", "default"
WITHIN = 20.0  # seconds for each half; one is usual
LOOK_EVERY = 0.1
_LABELS = {"clusterproof.dev/canary": "yes"}
# gone as soon as it is told to: a node goes on for seconds with what does not heed that, after the pod has gone
_IDLE = ["python3", "-c", "import signal; signal.signal(signal.SIGTERM, lambda *_: exit(143)); signal.pause()"]


def fly(cluster: Cluster, image: str) -> None:
    """Create the Deployment, wait until it is available, delete it, and wait until it is gone with its pod.

    ``image`` is what its container is made of, where a real node runs it; it has to hold Python.

    Raises:
        TestbedError: one of these does not happen.
        ClusterError: the API server refuses.
    """
    resource = cluster.resource("apps/v1", "Deployment")
    cluster.create(_item(image))
    _until(lambda: _available(cluster.get(resource, NAME, PLACE) or {}), "A new Deployment is not available")
    cluster.delete(resource, NAME, PLACE, propagation="Foreground")
    _until(lambda: cluster.get(resource, NAME, PLACE) is None, "A deleted Deployment is not gone")


def _item(image: str) -> dict[str, object]:
    containers = [{"name": NAME, "image": image, "command": _IDLE}]
    template = {"metadata": {"labels": _LABELS}, "spec": {"terminationGracePeriodSeconds": 0, "containers": containers}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": PLACE},
        "spec": {"selector": {"matchLabels": _LABELS}, "template": template},
    }


def _available(item: dict[str, object]) -> bool:
    status = item.get("status")
    return isinstance(status, dict) and condition_of(status, "Available") == "True"


def _until(well: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + WITHIN
    while not well():
        if time.monotonic() > deadline:
            raise TestbedError(f"{otherwise} within {WITHIN:.0f} s.")
        time.sleep(LOOK_EVERY)  # once between two trials, so that a watch would cost more
