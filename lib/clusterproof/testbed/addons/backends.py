"""Local servers behind the Services of simulated pods: ``python -m clusterproof.testbed.addons.backends``.

Nothing runs in a simulated pod, so nothing would answer. The testbed's Services have addresses of the loopback range,
where a local process can listen; this one does so for every Service of the kit's that has a running pod.
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
from clusterproof.testbed.addons.netexec import Server

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Item = dict[str, Any]
Address = tuple[str, int]

LOOK_EVERY = 5.0  # seconds between two looks whether the testbed is still there
LABELS = ",".join(f"{key}={value}" for key, value in MANAGED.items())


class Backends:
    """The open servers, one for each port of each Service that has a running pod."""

    def __init__(self, cluster: Cluster) -> None:
        self._changed = threading.Condition()
        self._services, self._pods = (
            Watch(cluster, cluster.resource("v1", kind), "", self._changed, lambda: None, labels=LABELS)
            for kind in ("Service", "Pod")
        )
        self._open: dict[Address, Server] = {}

    def start(self) -> None:
        """Begin to watch."""
        self._services.start()
        self._pods.start()

    def follow(self, testbed: Path) -> None:
        """Open and close servers as Services and Pods come and go, until the testbed's file is gone."""
        while testbed.exists():
            with self._changed:
                self._adjust(wanted(self._services.items(), self._pods.items()))
                self._changed.wait(LOOK_EVERY)

    def _adjust(self, servers: dict[Address, list[str]]) -> None:
        for address in self._open.keys() - servers.keys():
            self._open.pop(address).stop()
        for address, pods in servers.items():
            if address in self._open:
                self._open[address].pods = tuple(pods)
            else:
                self._try(address, pods)

    def _try(self, address: Address, pods: Sequence[str]) -> None:
        try:
            self._open[address] = Server(address, pods)
        except OSError as error:  # said in the log and tried again; the other Services need not suffer from it
            print(f"nobody can listen on {address[0]}:{address[1]}: {error}", flush=True)  # noqa: T201


def wanted(services: Iterable[Item], pods: Iterable[Item]) -> dict[Address, list[str]]:
    """Return where to listen, and for which pods."""
    running = [pod for pod in pods if runs(pod)]
    found: dict[Address, list[str]] = {}
    for service in services:
        names = sorted(pod["metadata"]["name"] for pod in running if _selects(service, pod))
        found |= {address: names for address in _addresses(service) if names}
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
