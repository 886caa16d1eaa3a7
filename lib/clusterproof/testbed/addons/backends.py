"""Local servers behind the Services of simulated pods: ``python -m clusterproof.testbed.addons.backends``.

Nothing runs in a simulated pod, so nothing would answer. The testbed's Services have addresses of the loopback range,
where a local process can listen. This one runs there, for every Service of the kit's, what the container of its first
running pod with the annotation below would run: one of the files of ``clusterproof.stub``.
"""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.client import Cluster
from clusterproof.cluster.labels import MANAGED
from clusterproof.cluster.reading import runs
from clusterproof.cluster.watch import Watch
from clusterproof.testbed.addons.stubs import Server, start

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Item = dict[str, Any]
Address = tuple[str, int]
SERVES = "clusterproof.dev/serves-behind-service"
LOOK_EVERY = 5.0  # seconds between two looks whether the testbed is still there
LABELS = ",".join(f"{key}={value}" for key, value in MANAGED.items())


class Backends:
    """The open servers, by their address and the uid of their pod."""

    def __init__(self, cluster: Cluster) -> None:
        self._changed = threading.Condition()
        self._services, self._pods = (
            Watch(cluster, cluster.resource("v1", kind), "", self._changed, lambda: None, labels=LABELS)
            for kind in ("Service", "Pod")
        )
        self._open: dict[tuple[Address, str], Server] = {}

    def start(self) -> None:
        """Begin to watch."""
        self._services.start()
        self._pods.start()

    def follow(self, testbed: Path) -> None:
        """Open and close servers as Services and Pods come and go, until the testbed's file is gone."""
        while testbed.exists():
            with self._changed:
                pods = wanted(self._services.items(), self._pods.items())
                self._adjust({(address, pod["metadata"]["uid"]): pod for address, pod in pods.items()})
                self._changed.wait(LOOK_EVERY)

    def _adjust(self, pods: dict[tuple[Address, str], Item]) -> None:
        for key in self._open.keys() - pods.keys():
            server = self._open.pop(key)
            server.shutdown()
            server.server_close()
        for key in pods.keys() - self._open.keys():
            (address, port), _ = key
            try:
                self._open[key] = start(pods[key], SERVES, address, port)
            except (OSError, ValueError, KeyError, ImportError) as error:  # tried again; the others need not suffer
                print(f"nobody can listen on {address}:{port}: {error}", flush=True)  # noqa: T201


def wanted(services: Iterable[Item], pods: Iterable[Item]) -> dict[Address, Item]:
    """Return where to listen, and for which pod."""
    serving = [pod for pod in pods if SERVES in (pod["metadata"].get("annotations") or {}) and runs(pod)]
    serving.sort(key=lambda pod: str(pod["metadata"]["name"]))
    found: dict[Address, Item] = {}
    for service in services:
        mine = [pod for pod in serving if _selects(service, pod)]
        found |= {address: mine[0] for address in _addresses(service) if mine}
    return found


def _selects(service: Item, pod: Item) -> bool:
    selector = service["spec"].get("selector") or {}
    labels = pod["metadata"].get("labels") or {}
    same = service["metadata"]["namespace"] == pod["metadata"]["namespace"]
    return same and bool(selector) and selector.items() <= labels.items()


def _addresses(service: Item) -> Iterator[Address]:
    address = service["spec"].get("clusterIP") or "None"
    for port in service["spec"].get("ports") or [] if address != "None" else []:
        if port.get("protocol", "TCP") == "TCP":
            yield address, port["port"]


def main() -> None:
    """Serve until the testbed goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True, help="The testbed's; the process ends when it goes.")
    parser.add_argument("--ready-file", type=Path, required=True, help="Created once it watches.")
    options = parser.parse_args()
    backends = Backends(Cluster.connect(str(options.kubeconfig)))
    backends.start()
    options.ready_file.touch()
    backends.follow(options.kubeconfig)


if __name__ == "__main__":
    main()
