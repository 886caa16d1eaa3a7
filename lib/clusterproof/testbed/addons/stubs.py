"""Local servers in place of simulated pods: ``python -m clusterproof.testbed.addons.stubs``.

A pod with the annotation below has an address of the loopback range, see ``stages.yaml``. This process runs there what
the pod's container would run: one of the files of ``clusterproof.stub``, with the container's environment.
"""

from __future__ import annotations

import argparse
import importlib
import threading
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from clusterproof.cluster.client import Cluster
from clusterproof.cluster.reading import runs
from clusterproof.cluster.watch import Watch

Item = dict[str, Any]
SERVES = "clusterproof.dev/serves"
LOOK_EVERY = 5.0  # seconds between two looks whether the testbed is still there


class Server(Protocol):
    """What a stub returns."""

    def shutdown(self) -> None:
        """Stop answering."""

    def server_close(self) -> None:
        """Close the port."""


@runtime_checkable
class Watcher(Protocol):
    """A stub that tells of other pods."""

    def see(self, pods: list[Item]) -> None:
        """Take notice of all pods of the cluster."""


class Stubs:
    """The open servers, by the uid of their pod."""

    def __init__(self, cluster: Cluster) -> None:
        self._changed = threading.Condition()
        self._pods = Watch(cluster, cluster.resource("v1", "Pod"), "", self._changed, lambda: None)
        self._open: dict[str, Server] = {}

    def follow(self, testbed: Path, ready: Path) -> None:
        """Open and close servers as pods come and go, until the testbed's file is gone."""
        self._pods.start()
        ready.touch()
        while testbed.exists():
            with self._changed:
                self._adjust({pod["metadata"]["uid"]: pod for pod in self._pods.items() if serves(pod)})
                self._changed.wait(LOOK_EVERY)

    def _adjust(self, pods: dict[str, Item]) -> None:
        for uid in self._open.keys() - pods.keys():
            server = self._open.pop(uid)
            server.shutdown()
            server.server_close()
        for uid in pods.keys() - self._open.keys():
            try:
                self._open[uid] = start(pods[uid], SERVES, pods[uid]["status"]["podIP"])
            except (OSError, ValueError, KeyError, ImportError) as error:  # in the log; the other pods need not suffer
                print(f"nothing runs for {pods[uid]['metadata']['name']}: {error}", flush=True)  # noqa: T201
        for server in self._open.values():
            if isinstance(server, Watcher):
                server.see(self._pods.items())


def serves(pod: Item) -> bool:
    """True if a pod runs and wants a server."""
    return SERVES in (pod["metadata"].get("annotations") or {}) and runs(pod) and bool(pod["status"].get("podIP"))


def start(pod: Item, annotation: str, address: str, port: int = 0) -> Server:
    """Run what the container of a pod would run, as an annotation names it; ``port`` 0 is its own one.

    Raises:
        OSError: nobody can listen there.
        ValueError, KeyError, ImportError: nobody can run for this pod.
    """
    stub = importlib.import_module(f"clusterproof.stub.{pod['metadata']['annotations'][annotation]}")
    declared = {each["name"]: _value(pod, each) for each in pod["spec"]["containers"][0].get("env") or []}
    server: Server = stub.serve(address, declared | ({"STUB_PORT": str(port)} if port else {}))
    return server


def _value(pod: Item, declared: Item) -> str:
    """Return the value of an environment variable, which may be a field of the pod's."""
    path = ((declared.get("valueFrom") or {}).get("fieldRef") or {}).get("fieldPath", "")
    value: Any = pod if path else declared.get("value", "")
    for key in filter(None, path.split(".")):
        value = value[key]
    return str(value)


def main() -> None:
    """Serve until the testbed goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True, help="The testbed's; the process ends when it goes.")
    parser.add_argument("--ready-file", type=Path, required=True, help="Created once it watches.")
    options = parser.parse_args()
    Stubs(Cluster.connect(str(options.kubeconfig))).follow(options.kubeconfig, options.ready_file)


if __name__ == "__main__":
    main()
