"""The process that offers a node's devices: ``python -m clusterproof.testbed.node.devices FILE``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from clusterproof.cluster.client import Cluster
from clusterproof.errors import KitError
from clusterproof.testbed.node.devices import driver, plugin
from clusterproof.testbed.node.interfaces import driver as interfaces
from clusterproof.testbed.node.interfaces.offer import found, listed

WITHIN = 30.0  # seconds for the kubelet to tell of its node
LOOK_EVERY = 0.05
PUBLISH_EVERY = 0.5


def _uid(kubeconfig: str, node: str) -> str:
    """Wait until the node is known, and return its uid."""
    deadline = time.monotonic() + WITHIN
    while True:
        try:
            cluster = Cluster.connect(kubeconfig)
            found = cluster.get(cluster.resource("v1", "Node"), node)
            if found:
                return str(found["metadata"]["uid"])
        except KitError as error:
            if time.monotonic() > deadline:
                raise SystemExit(f"{node} is not there: {error}") from error
        time.sleep(LOOK_EVERY)


def main(file: Path) -> None:
    """Offer devices both ways, and stay."""
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    uid = _uid(told["kubeconfig"], told["node"])
    dynamic = {**told, **told["dynamic"], "uid": uid}
    network = found({**told["interfaces"], "node": told["node"], "uid": uid})
    held = [plugin.offer({**told, **told["plugin"]}), *driver.offer(dynamic), *interfaces.offer(network)]
    while held:
        try:
            driver.publish(dynamic["kubeconfig"], driver.listed(dynamic))
            driver.publish(dynamic["kubeconfig"], listed(network))
        except KitError as error:
            print(error, flush=True)  # noqa: T201 - into the log; the API server may be back the next time
        time.sleep(PUBLISH_EVERY)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
