"""A device plugin: the node offers an extended resource, and a container gets the devices that the kubelet chooses."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc

from clusterproof.testbed.node.devices import protocol
from clusterproof.testbed.node.devices.offer import Device, devices, write

if TYPE_CHECKING:
    from collections.abc import Iterator

Item = dict[str, Any]
SOCKETS = Path("/var/lib/kubelet/device-plugins")
HEALTHY = "Healthy"
SHARE = "::"  # between a device and the number of its share
WITHIN = 20.0  # seconds for the kubelet to answer


class Plugin:
    """What the kubelet asks of a device plugin; ``fault`` makes it give what it should not."""

    def __init__(self, found: list[Device], kind: str, fault: str, shares: int) -> None:
        self._found, self._kind, self._fault, self._shares = found, kind, fault, shares
        self._messages, _ = protocol.load("device_plugin")
        self._ended = threading.Event()

    def GetDevicePluginOptions(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - named by the API
        """Ask for nothing beyond the usual."""
        return self._messages.DevicePluginOptions()

    def ListAndWatch(self, _request: Any, _context: Any) -> Iterator[Any]:  # noqa: N802
        """Tell the devices once, each as often as it has shares: none ever breaks."""
        names = [f"{each.name}{SHARE}{number}" for each in self._found for number in range(self._shares)]
        listed = [self._messages.Device(ID=name, health=HEALTHY) for name in names]
        yield self._messages.ListAndWatchResponse(devices=listed)
        self._ended.wait()

    def Allocate(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Give each container the devices that were chosen for it."""
        given = [self._given(list(each.devices_ids)) for each in request.container_requests]
        return self._messages.AllocateResponse(container_responses=given)

    def _given(self, chosen: list[str]) -> Any:
        names = {
            "": sorted({each.partition(SHARE)[0] for each in chosen}),
            "all": [each.name for each in self._found],
            "none": [],
            "first": [self._found[0].name for _ in chosen],
        }[self._fault]
        listed = [self._messages.CDIDevice(name=f"{self._kind}={name}") for name in names]
        return self._messages.ContainerAllocateResponse(cdi_devices=listed)


def offer(told: Item) -> grpc.Server:
    """Make the devices, tell the kubelet of them, and return the server that answers it."""
    found, kind = devices(told), told["kind"]
    write(Path(told["cdi"]) / "plugin.json", kind, [(each.name, [each]) for each in found], Path(told["sources"]),
          told["variable"], told.get("library", ""))  # fmt: skip
    messages, services = protocol.load("device_plugin")
    socket = SOCKETS / "testbed.sock"
    plugin = Plugin(found, kind, told["fault"], told["shares"])
    server = protocol.serve(socket, services.add_DevicePluginServicer_to_server, plugin)
    request = messages.RegisterRequest(version="v1beta1", endpoint=socket.name, resource_name=told["resource"])
    with grpc.insecure_channel(f"unix://{SOCKETS / 'kubelet.sock'}") as channel:
        services.RegistrationStub(channel).Register(request, timeout=WITHIN, wait_for_ready=True)
    return server
