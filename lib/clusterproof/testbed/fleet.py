"""The testbed's simulated nodes and their devices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.reading import is_ready
from clusterproof.errors import TestbedError
from clusterproof.testbed.health import NODES, OK
from clusterproof.testbed.programs import architecture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.testbed.health import Health

Item = dict[str, Any]
DRA = "resource.k8s.io/v1"
DEVICES = {"DeviceClass": f"/apis/{DRA}/deviceclasses", "ResourceSlice": f"/apis/{DRA}/resourceslices"}
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
PATHS = {"Node": NODES, "CustomResourceDefinition": DEFINITIONS, **DEVICES}
ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"
NOT_SERVED, EXISTS = 404, 409
NEW = "node.kubernetes.io/"  # taints of a node that is not ready, or was not when they were set
HOPELESS = frozenset({400, 415, 422})  # anything else may be an API server that is not ready yet


@dataclass
class Fleet:
    """Nodes, devices and definitions of kinds on their way into a control plane that is still starting."""

    health: Health
    settings: Item
    definitions: list[Item] = field(default_factory=list)
    pending: list[Item] = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is created yet."""
        self.pending = [*self.definitions, *nodes(self.settings), *devices(self.settings)]

    def create(self) -> bool:
        """Create what is not there yet; return whether all of it is.

        Raises:
            TestbedError: the API server refuses an object for what it says.
        """
        self.pending = [item for item in self.pending if not self._created(item)]
        return not self.pending

    def ready(self) -> bool:
        """True if every node is ready, free of the taints of a new one, and pods can be created.

        The controller manager would see to the last two; it looks for the API server once a second, and so long nobody
        has to wait.
        """
        status, answer = self.health.ask("apiserver", "GET", NODES)
        if status != OK:
            return False
        for node in answer["items"]:
            if is_ready(node) and _is_new(node):
                self._welcome(node)
        wanted = sum(group["count"] for group in self.settings["node_groups"])
        well = sum(is_ready(node) and not _is_new(node) for node in answer["items"]) >= wanted
        return well and self._account()

    def _welcome(self, node: Item) -> None:
        kept = [taint for taint in node["spec"]["taints"] if not taint["key"].startswith(NEW)]
        self.health.ask("apiserver", "PATCH", f"{NODES}/{node['metadata']['name']}", {"spec": {"taints": kept}})

    def _account(self) -> bool:
        path, name = ACCOUNT.rsplit("/", 1)
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}
        return self.health.ask("apiserver", "GET", ACCOUNT)[0] == OK or (
            self.health.ask("apiserver", "POST", path, account)[0] // 100 == 2  # noqa: PLR2004
        )

    def _created(self, item: Item) -> bool:
        status, answer = self.health.ask("apiserver", "POST", PATHS[item["kind"]] + "?fieldValidation=Strict", item)
        if status in HOPELESS:
            said = answer.get("message", answer) if isinstance(answer, dict) else answer
            raise TestbedError(f"The API server refuses the {item['kind']} {item['metadata']['name']}: {said}")
        absent = status == NOT_SERVED and item["kind"] in DEVICES  # a mutant may serve no dynamic allocation
        return absent or status == EXISTS or status // 100 == 2  # noqa: PLR2004


def _is_new(node: Item) -> bool:
    return any(taint["key"].startswith(NEW) for taint in node["spec"].get("taints", ()))


def nodes(settings: Item) -> Iterator[Item]:
    """Yield the Node objects."""
    for group in settings["node_groups"]:
        for number in range(group["count"]):
            name = f"{group['name']}-{number}"
            zone = group["zones"][number % len(group["zones"])]
            yield {
                "apiVersion": "v1",
                "kind": "Node",
                "metadata": {
                    "name": name,
                    "annotations": {"kwok.x-k8s.io/node": "fake"},
                    "labels": {
                        "kubernetes.io/hostname": name,
                        "kubernetes.io/os": "linux",
                        "kubernetes.io/arch": architecture(),
                        "topology.kubernetes.io/zone": zone,
                        "type": "kwok",
                        **group.get("labels", {}),
                    },
                },
                "spec": {"taints": group.get("taints", [])},
                "status": {"capacity": group["capacity"], "allocatable": group["capacity"]},
            }


def devices(settings: Item) -> Iterator[Item]:
    """Yield the DeviceClass and a ResourceSlice for each node with devices."""
    driver, device = settings["device_driver"], settings["device"]
    expression = f"device.driver == '{driver}'"
    yield {
        "apiVersion": DRA,
        "kind": "DeviceClass",
        "metadata": {"name": driver},
        "spec": {"selectors": [{"cel": {"expression": expression}}]},
    }
    for group in settings["node_groups"]:
        for number in range(group["count"]) if group.get("devices") else ():
            node = f"{group['name']}-{number}"
            yield {
                "apiVersion": DRA,
                "kind": "ResourceSlice",
                "metadata": {"name": f"{node}-{driver}"},
                "spec": {
                    "driver": driver,
                    "nodeName": node,
                    "pool": {"name": node, "generation": 1, "resourceSliceCount": 1},
                    "devices": [_device(device, index) for index in range(group["devices"])],
                },
            }


def _device(device: Item, index: int) -> Item:
    return {
        "name": f"gpu-{index}",
        "attributes": {
            "model": {"string": device["model"]},
            "driverVersion": {"version": device["driver"]},
            "runtimeVersion": {"version": device["runtime"]},
            "index": {"int": index},
            "numaNode": {"int": index},
            "resource.kubernetes.io/pcieRoot": {"string": f"pci0000:{index:02x}"},
        },
        "capacity": {"memory": {"value": device["memory"]}},
    }
