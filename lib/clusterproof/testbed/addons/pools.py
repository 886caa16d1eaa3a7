"""A toy of a gateway for pools of model servers: ``python -m clusterproof.testbed.addons.pools``.

It looks after the Gateways of its class and the routes to pools, and sends each request to the pod of the pool with the
shortest queue. It picks the pods itself and has no endpoint picker, so it is a stand-in for a real implementation and
none itself; a check that meets it says so. What it can do wrong stands in ``FAULTS``.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.clock import now
from clusterproof.cluster.client import Cluster
from clusterproof.cluster.watch import Watch
from clusterproof.errors import ClusterError
from clusterproof.testbed.addons.poolproxy import Pod, Proxy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Item = dict[str, Any]
GATEWAYS, POOLS = "gateway.networking.k8s.io/v1", "inference.networking.k8s.io/v1"
KINDS = (("Gateway", GATEWAYS), ("HTTPRoute", GATEWAYS), ("InferencePool", POOLS), ("Service", "v1"), ("Pod", "v1"))
CONTROLLER = "clusterproof.dev/toy-of-pools"
LOOK_EVERY = 5.0  # seconds between two looks whether the testbed is still there
SERVED_EVERY = 0.05  # seconds between two looks whether the kinds are served
FAULTS = {
    "silent": "nothing is said of pools",
    "not_accepted": "no pool is accepted",
    "always_resolved": "every reference is said to resolve",
    "never_resolved": "no reference is said to resolve",
    "not_programmed": "no Gateway is programmed",
    "unserved": "no request reaches a pool",
    "queues_ignored": "pods take turns, whatever their queues",
    "never_forgiven": "the first pod whose queue is long is left out for ever",
    "empty_answers": "a pool without pods answers as if all were well",
}


class Toy:
    """What it knows of the cluster, and what it says there."""

    def __init__(self, cluster: Cluster, class_name: str, faults: frozenset[str], proxy: Proxy) -> None:
        self._cluster, self._class, self._faults, self._proxy = cluster, class_name, faults, proxy
        self._changed = threading.Condition()
        self._watches = {
            kind: Watch(cluster, cluster.resource(version, kind), "", self._changed, lambda: None)
            for kind, version in KINDS
        }

    def follow(self, testbed: Path, ready: Path) -> None:
        """Say and serve what changes until the testbed's file is gone."""
        for watch in self._watches.values():
            watch.start()
        ready.touch()
        while testbed.exists():
            with self._changed:
                self._look()
                self._changed.wait(LOOK_EVERY)

    def _items(self, kind: str) -> list[Item]:
        return [item for item in self._watches[kind].items() if "deletionTimestamp" not in item["metadata"]]

    def _look(self) -> None:
        gateways = [item for item in self._items("Gateway") if item["spec"]["gatewayClassName"] == self._class]
        for gateway in gateways:
            self._say(gateway, self._of_gateway(gateway))
        routes = [route for route in self._items("HTTPRoute") if _parents(route, gateways)]
        for route in routes:
            held = {"Accepted": True, "ResolvedRefs": True}
            own = {"controllerName": CONTROLLER, "conditions": _conditions(route, held)}
            self._say(route, {"parents": [{"parentRef": ref, **own} for ref in route["spec"]["parentRefs"]]})
        for pool in self._items("InferencePool"):
            parents = {name for route in routes if _names(route, pool) for name in _parents(route, gateways)}
            if parents and "silent" not in self._faults:
                self._say(pool, self._of_pool(pool, sorted(parents)))
        self._proxy.hosts = dict(self._served(routes))

    def _of_gateway(self, gateway: Item) -> Item:
        programmed = "not_programmed" not in self._faults
        conditions = _conditions(gateway, {"Accepted": True, "Programmed": programmed})
        return {"addresses": [{"type": "IPAddress", "value": "127.0.0.1"}], "conditions": conditions}

    def _of_pool(self, pool: Item, parents: Iterable[str]) -> Item:
        wanted = (pool["metadata"]["namespace"], pool["spec"]["endpointPickerRef"]["name"])
        there = wanted in {(each["metadata"]["namespace"], each["metadata"]["name"]) for each in self._items("Service")}
        resolved = (there or "always_resolved" in self._faults) and "never_resolved" not in self._faults
        held = {"Accepted": "not_accepted" not in self._faults, "ResolvedRefs": resolved}
        conditions = _conditions(pool, held)
        return {"parents": [{"parentRef": {"name": name}, "conditions": conditions} for name in parents]}

    def _served(self, routes: Iterable[Item]) -> Iterator[tuple[str, list[Pod]]]:
        for route in routes if "unserved" not in self._faults else ():
            for pool in (each for each in self._items("InferencePool") if _names(route, each)):
                port = pool["spec"]["targetPorts"][0]["number"]
                pods = [Pod(pod["status"]["podIP"], port) for pod in self._items("Pod") if _selects(pool, pod)]
                for host in route["spec"].get("hostnames") or []:
                    yield host, pods

    def _say(self, item: Item, status: Item) -> None:
        """Write a status that says something new; the times of its conditions say nothing."""
        if _timeless(item.get("status")) == _timeless(status):
            return
        resource, metadata = self._cluster.resource(item["apiVersion"], item["kind"]), item["metadata"]
        try:
            self._cluster.patch(resource, metadata["name"], metadata["namespace"], {"status": status}, sub="status")
        except ClusterError as error:  # it went meanwhile
            print(f"{item['kind']} {metadata['name']}: {error.message}", flush=True)  # noqa: T201


def _parents(route: Item, gateways: Iterable[Item]) -> list[str]:
    near = {each["metadata"]["name"] for each in gateways if _namespace(each) == _namespace(route)}
    return [ref["name"] for ref in route["spec"].get("parentRefs") or [] if ref["name"] in near]


def _names(route: Item, pool: Item) -> bool:
    refs = [ref for rule in route["spec"].get("rules") or [] for ref in rule.get("backendRefs") or []]
    wanted = ("InferencePool", pool["metadata"]["name"])
    return _namespace(route) == _namespace(pool) and wanted in {(ref.get("kind"), ref["name"]) for ref in refs}


def _selects(pool: Item, pod: Item) -> bool:
    labels, wanted = pod["metadata"].get("labels") or {}, pool["spec"]["selector"]["matchLabels"]
    running = (pod.get("status") or {}).get("phase") == "Running" and bool(pod["status"].get("podIP"))
    return running and _namespace(pod) == _namespace(pool) and wanted.items() <= labels.items()


def _namespace(item: Item) -> str:
    return str(item["metadata"]["namespace"])


def _conditions(item: Item, held: dict[str, bool]) -> list[Item]:
    common = {"lastTransitionTime": now(), "message": "", "observedGeneration": item["metadata"].get("generation", 1)}
    return [
        {"type": name, "status": str(value), "reason": name if value else f"Not{name}", **common}
        for name, value in held.items()
    ]


def _timeless(status: Any) -> str:
    return json.dumps(status, sort_keys=True, default=str) if not status else json.dumps(_without_times(status))


def _without_times(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {
            key: _without_times(tree[key]) for key in sorted(tree) if key not in {"lastTransitionTime", "group", "kind"}
        }
    return [_without_times(each) for each in tree] if isinstance(tree, list) else tree


def main() -> None:
    """Serve until the testbed goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True, help="The testbed's; the process ends when it goes.")
    parser.add_argument("--ready-file", type=Path, required=True, help="Created once it watches.")
    parser.add_argument("--class", dest="class_name", required=True, help="Name of its GatewayClass.")
    parser.add_argument("--port", type=int, required=True, help="Where it takes requests, on loopback.")
    parser.add_argument("--metric", required=True, help="What servers call the length of their queue.")
    parser.add_argument("--faults", default="", help="Words of FAULTS.")
    options = parser.parse_args()
    faults = frozenset(options.faults.split())
    cluster = Cluster.connect(str(options.kubeconfig))
    while not all(cluster.discovery.serves(version, kind) for kind, version in KINDS):
        time.sleep(SERVED_EVERY)  # the definitions are new, and what is served cannot be watched
        cluster.discovery.refresh()
    proxy = Proxy(options.port, options.metric, faults)
    threading.Thread(target=proxy.serve_forever, args=(0.1,), daemon=True).start()
    Toy(cluster, options.class_name, faults, proxy).follow(options.kubeconfig, options.ready_file)


if __name__ == "__main__":
    main()
