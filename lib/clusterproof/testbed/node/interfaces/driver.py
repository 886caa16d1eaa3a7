"""A driver of Dynamic Resource Allocation for interfaces: it publishes them, and has them moved into pods."""

from __future__ import annotations

import ipaddress
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.client import Cluster
from clusterproof.errors import ClusterError
from clusterproof.testbed.node.devices import protocol
from clusterproof.testbed.node.devices.driver import API, allocated, answering
from clusterproof.testbed.node.devices.offer import CDI_VERSION
from clusterproof.testbed.node.interfaces import attach
from clusterproof.testbed.node.interfaces.offer import KEPT, arrives, hook_of

if TYPE_CHECKING:
    import grpc

Item = dict[str, Any]
PODS = "pods"  # the bridge of a node's pods
USED = 1 << 20  # bytes over an interface that was much used
FAR = 100


class Driver:
    """What the kubelet asks of a driver; ``fault`` makes it give what it should not."""

    def __init__(self, told: Item, cluster: Cluster, telling: Cluster) -> None:
        self._told, self._cluster, self._telling = told, cluster, telling
        self._each = {row["name"]: row for row in told["each"]}
        self._messages, _ = protocol.load("dynamic_allocation")

    def NodePrepareResources(self, request: Any, _context: Any) -> Any:  # noqa: N802 - named by the API
        """Write the hook that moves the interfaces of each claim, and tell what its pods will have."""
        answer = self._messages.NodePrepareResourcesResponse()
        for claim in request.claims:
            try:
                answer.claims[claim.uid].CopyFrom(self._prepared(claim))
            except (ClusterError, KeyError, RuntimeError) as error:
                answer.claims[claim.uid].error = f"{claim.namespace}/{claim.name}: {error}"
        return answer

    def NodeUnprepareResources(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Take the interfaces back from a pod that has ended."""
        answer = self._messages.NodeUnprepareResourcesResponse()
        for claim in request.claims:
            answer.claims[claim.uid].error = self._unprepared(claim.uid)
        return answer

    def _unprepared(self, uid: str) -> str:
        """Return why the interfaces could not be taken back; the kubelet asks again then."""
        hook = hook_of(uid)
        if hook.exists() and not self._keeps(told := json.loads(hook.read_text(encoding="utf-8"))):
            try:
                attach.take_back(told)
            except RuntimeError as error:
                return str(error)
        for file in (self._specification(uid), hook):
            file.unlink(missing_ok=True)
        return ""

    def _prepared(self, claim: Any) -> Any:
        results = allocated(self._cluster, claim, self._told["driver"])
        moves = [self._move(self._each[each["device"]]) for each in results]
        kept = KEPT / claim.uid
        for each in moves:
            if not kept.exists() and not arrives(each["name"]):
                raise KeyError(f"the interface {each['name']} is not there")
        self._write(claim.uid, results, {"kept": str(kept), "moves": moves, "besides": self._besides(moves)})
        self._tell(claim, results)
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

    def _move(self, row: Item) -> Item:
        names = list(self._each)
        other = names[names.index(row["name"]) - 1]
        name = other if self._told["fault"] == "another" else row["name"]
        alone = f"{ipaddress.ip_interface(row['address']).ip}/32"
        return {"name": name, "address": alone if self._told["detours"] else row["address"]}

    def _besides(self, moves: list[Item]) -> list[list[str]]:
        """Return commands for a detour: to other nodes' interfaces by their nodes, to these by the usual network."""
        route, targets = ["ip", "route", "replace"], self._told["detours"].items()
        if self._told["fault"] == "cut":
            return [[*route, "unreachable", target] for target, _ in targets]
        away = [[*route, target, "via", by] for target, by in targets]
        return away + [[*route, each["address"], "dev", PODS] for each in moves if targets]

    def _write(self, uid: str, results: list[Item], told: Item) -> None:
        hook, path = hook_of(uid), shutil.which(sys.executable) or sys.executable
        hook.parent.mkdir(parents=True, exist_ok=True)
        hook.write_text(json.dumps(told), encoding="utf-8")
        words = [path, "-I", "-S", attach.__file__, str(hook)]
        environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
        moving = [{"hookName": "createRuntime", "path": path, "args": words, "env": environment}]
        hooks = [] if self._told["fault"] == "unmoved" else moving
        edits = {"hooks": hooks, "env": [f"TESTBED_INTERFACES={uid}"]}
        entries = [{"name": f"{uid}-{each['device']}", "containerEdits": edits} for each in results]
        text = json.dumps({"cdiVersion": CDI_VERSION, "kind": self._told["kind"], "devices": entries})
        draft = self._specification(f".{uid}")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self._specification(uid))

    def _tell(self, claim: Any, results: list[Item]) -> None:
        """Tell in the claim's status what its pods have; they do without, if that is refused."""
        status = {"devices": [self._status(each) for each in results]}
        names = {"name": claim.name, "namespace": claim.namespace}
        item = {"apiVersion": API, "kind": "ResourceClaim", "metadata": names, "status": status}
        path = self._telling.resource(API, "ResourceClaim").path(claim.namespace, claim.name, "status")
        query = {"fieldManager": self._told["driver"], "force": "true"}
        try:
            self._telling.call("PATCH", path, query=query, body=item, content="application/apply-patch+yaml")
        except ClusterError as error:
            print(f"{claim.namespace}/{claim.name}: {error}", flush=True)  # noqa: T201 - into the log

    def _status(self, result: Item) -> Item:
        row = self._each[result["device"]]
        address = row["address"]
        if self._told["fault"] == "misnamed":
            address = str(ipaddress.ip_interface(address) + FAR)
        data = {"interfaceName": row["name"], "hardwareAddress": row["mac"], "ips": [address]}
        return {key: result[key] for key in ("driver", "pool", "device")} | {"networkData": data}

    def _keeps(self, told: Item) -> bool:
        """True if the fault is that interfaces stay away, and these have been used."""
        kept = Path(told["kept"])
        if self._told["fault"] != "kept" or not kept.exists():
            return False
        each = [json.loads(attach.within(kept, "ip", "-json", "-s", "link", "show", m["name"])) for m in told["moves"]]
        return any(link["stats64"][way]["bytes"] > USED for [link] in each for way in ("rx", "tx"))

    def _specification(self, uid: str) -> Path:
        return Path(self._told["cdi"]) / f"interfaces-{uid}.json"


def offer(told: Item) -> list[grpc.Server]:
    """Return the servers that answer the kubelet."""
    clusters = [Cluster.connect(told[key]) for key in ("kubeconfig", "tells")]
    return answering(told["driver"], Driver(told, *clusters))
