"""A driver of Dynamic Resource Allocation: it publishes devices in a ResourceSlice and prepares those of a claim."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.client import Cluster
from clusterproof.errors import ClusterError
from clusterproof.testbed.node.devices import protocol
from clusterproof.testbed.node.devices.offer import Device, devices, write

if TYPE_CHECKING:
    import grpc

Item = dict[str, Any]
API = "resource.k8s.io/v1"
PLUGINS, REGISTRY = Path("/var/lib/kubelet/plugins"), Path("/var/lib/kubelet/plugins_registry")
SERVICE = "v1.DRAPlugin"
EXISTS = 409


class Driver:
    """What the kubelet asks of a driver; ``fault`` makes it give what it should not."""

    def __init__(self, told: Item, cluster: Cluster) -> None:
        self._told, self._cluster = told, cluster
        self._found = {each.name: each for each in devices(told)}
        self._messages, _ = protocol.load("dynamic_allocation")

    def NodePrepareResources(self, request: Any, _context: Any) -> Any:  # noqa: N802 - named by the API
        """Write what the containers of each claim get."""
        answer = self._messages.NodePrepareResourcesResponse()
        for claim in request.claims:
            answer.claims[claim.uid].CopyFrom(self._prepared(claim))
        return answer

    def NodeUnprepareResources(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Take that away again."""
        answer = self._messages.NodeUnprepareResourcesResponse()
        for claim in request.claims:
            self._specification(claim.uid).unlink(missing_ok=True)
            answer.claims[claim.uid].CopyFrom(self._messages.NodeUnprepareResourceResponse())
        return answer

    def _prepared(self, claim: Any) -> Any:
        try:
            results = self._allocated(claim)
        except (ClusterError, KeyError) as error:
            return self._messages.NodePrepareResourceResponse(error=f"{claim.namespace}/{claim.name}: {error}")
        groups = [(f"{claim.uid}-{each['device']}", self._given(each["device"])) for each in results]
        where = self._specification(claim.uid)
        write(where, self._told["kind"], groups, Path(self._told["sources"]), self._told["variable"])
        listed = [
            self._messages.Device(
                request_names=[each["request"].split("/")[0]],
                pool_name=each["pool"],
                device_name=each["device"],
                cdi_device_ids=[f"{self._told['kind']}={claim.uid}-{each['device']}"],
            )
            for each in results
        ]
        return self._messages.NodePrepareResourceResponse(devices=listed)

    def _allocated(self, claim: Any) -> list[Item]:
        results = allocated(self._cluster, claim, self._told["driver"])
        return [each for each in results if each["device"] in self._found]

    def _given(self, device: str) -> list[Device]:
        every = list(self._found.values())
        return {"": [self._found[device]], "all": every, "none": [], "first": every[:1]}[self._told["fault"]]

    def _specification(self, uid: str) -> Path:
        return Path(self._told["cdi"]) / f"claim-{uid}.json"


def allocated(cluster: Cluster, claim: Any, driver: str) -> list[Item]:
    """Return what a claim was given of a driver's devices.

    Raises:
        KeyError: it is another claim by now, or was given nothing.
    """
    found = cluster.get(cluster.resource(API, "ResourceClaim"), claim.name, claim.namespace)
    if not found or found["metadata"]["uid"] != claim.uid:
        raise KeyError("it is another claim by now")
    results: list[Item] = found["status"]["allocation"]["devices"]["results"]
    return [each for each in results if each["driver"] == driver]


class Registration:
    """How the kubelet learns of the driver."""

    def __init__(self, name: str, endpoint: str) -> None:
        self._name, self._endpoint = name, endpoint
        self._messages, _ = protocol.load("plugin_registration")

    def GetInfo(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        """Tell name and socket."""
        return self._messages.PluginInfo(
            type="DRAPlugin", name=self._name, endpoint=self._endpoint, supported_versions=[SERVICE]
        )

    def NotifyRegistrationStatus(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Note a refusal in the log."""
        if not request.plugin_registered:
            print(f"the kubelet refuses the driver: {request.error}", flush=True)  # noqa: T201
        return self._messages.RegistrationStatusResponse()


def offer(told: Item) -> list[grpc.Server]:
    """Return the servers that answer the kubelet."""
    return answering(told["driver"], Driver(told, Cluster.connect(told["kubeconfig"])))


def answering(name: str, driver: Any) -> list[grpc.Server]:
    """Return the servers with which a driver answers the kubelet, and makes itself known to it."""
    _, services = protocol.load("dynamic_allocation")
    socket = PLUGINS / name / "dra.sock"
    answers = protocol.serve(socket, services.add_DRAPluginServicer_to_server, driver)
    _, registrations = protocol.load("plugin_registration")
    door = REGISTRY / f"{name}-reg.sock"
    registration = Registration(name, str(socket))
    knows = protocol.serve(door, registrations.add_RegistrationServicer_to_server, registration)
    return [answers, knows]


def publish(kubeconfig: str, item: Item) -> None:
    """Publish a slice unless it is: a kubelet removes what it finds of drivers that it does not know yet."""
    try:
        Cluster.connect(kubeconfig).create(item)  # a node may not ask for a slice that is not there
    except ClusterError as error:
        if error.status != EXISTS:
            raise


def listed(told: Item) -> Item:
    """Return the ResourceSlice of the accelerators."""
    found = [
        {
            "name": each.name,
            "attributes": {
                **told["attributes"],
                "uuid": {"string": each.uuid},
                "index": {"int": number},
                "numaNode": {"int": number},
                "resource.kubernetes.io/pcieRoot": {"string": f"pci0000:{number:02x}"},
            },
            "capacity": told["capacity"],
        }
        for number, each in enumerate(devices(told))
    ]
    return slice_of(told, found)


def slice_of(told: Item, found: list[Item]) -> Item:
    """Return a ResourceSlice; it belongs to its node and goes with it."""
    return {
        "apiVersion": API,
        "kind": "ResourceSlice",
        "metadata": {
            "name": f"{told['node']}-{told['driver']}",
            "ownerReferences": [
                {"apiVersion": "v1", "kind": "Node", "name": told["node"], "uid": told["uid"], "controller": True}
            ],
        },
        "spec": {
            "driver": told["driver"],
            "nodeName": told["node"],
            "pool": {"name": told["node"], "generation": 1, "resourceSliceCount": 1},
            "devices": found,
        },
    }
