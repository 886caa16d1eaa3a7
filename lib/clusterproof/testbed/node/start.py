"""Starting the real nodes of a testbed, beside its control plane and while that starts."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

from clusterproof.cluster.client import Cluster
from clusterproof.cluster.reading import is_ready
from clusterproof.errors import TestbedError, UsageError
from clusterproof.testbed import processes
from clusterproof.testbed.node import host, images, network
from clusterproof.testbed.node.identity import introduce, require_address
from clusterproof.testbed.node.layout import Kit, lay_out
from clusterproof.testbed.node.remove import plan_file
from clusterproof.testbed.node.setting import Node, nodes, settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WITHIN = 60.0  # seconds from the control plane's being ready; three are usual
LOOK_EVERY = 0.05
NAMESPACES = ("--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc")
REMOVED = "Deleted ResourceSlices"
"""What a kubelet logs, some seconds after its start, when it has removed all that drivers published by then."""

Item = dict[str, Any]


@dataclass(frozen=True)
class Nodes:
    """The nodes on their way."""

    folder: Path
    found: list[Node]

    def join(self, kubeconfig: Path, authority: Path, port: str) -> None:
        """Bring them into the control plane, which is ready by now, and return when they are.

        Raises:
            TestbedError: one died, or was not ready in time; holds the last lines of what it wrote.
        """
        gateway = self.found[0].plan.gateway
        require_address(authority.with_name("admin.crt"), gateway)
        argv = [sys.executable, "-m", "clusterproof.testbed.node.forward", gateway, port]
        processes.spawn(self.folder, "nodes-door", argv)
        cluster = Cluster.connect(str(kubeconfig))
        introduce(cluster, self.found, authority, port)
        deadline = time.monotonic() + WITHIN
        while waiting := [why for node in self.found if (why := self._not_ready(node, cluster))]:
            if time.monotonic() > deadline:
                raise TestbedError(f"A real node was not ready within {WITHIN:.0f} s: {'; '.join(waiting)}")
            time.sleep(LOOK_EVERY)
        for node in self.found:
            _record(self.folder, node)

    def _not_ready(self, node: Node, cluster: Cluster) -> str:
        """Return why a node is not ready; empty if it is."""
        if processes.find(self.folder, node.name) is None:
            raise TestbedError(f"{node.name} died at start. {self._said(node)}")
        if not node.ready.exists():
            return f"{node.name} is starting its programs. {self._said(node)}"
        seen = cluster.get(cluster.resource("v1", "Node"), node.name)
        if not seen or not is_ready(seen):
            return f"{node.name} is not Ready. {self._said(node)}"
        offered = settings()["devices"]["plugin"]
        if seen["status"]["allocatable"].get(offered["resource"]) != str(node.units):
            return f"{node.name} does not offer its devices. {self._said(node)}"
        if REMOVED not in (self.folder / "logs" / f"{node.name}-kubelet.log").read_text(errors="replace"):
            return f"{node.name} has yet to remove what drivers have published too early. {self._said(node)}"
        slices = cluster.pages(cluster.resource("resource.k8s.io/v1", "ResourceSlice"))
        drivers = {settings()["devices"]["dynamic"]["driver"], settings()["interfaces"]["driver"]}
        if drivers - {each["spec"]["driver"] for each in slices if each["spec"].get("nodeName") == node.name}:
            return f"{node.name} has not published all of its devices. {self._said(node)}"
        return ""

    def _said(self, node: Node) -> str:
        logs = sorted((self.folder / "logs").glob(f"{node.name}*.log"), key=lambda file: file.stat().st_mtime)
        return "".join(f"\n{each.stem}: {processes.last_lines(self.folder, each.stem, 2)}" for each in logs[-3:])


def lay(folder: Path, plan: network.Plan) -> None:
    """Lay the bridge to the nodes: before the control plane starts, whose certificate holds its address."""
    plan.save(plan_file(folder))
    network.lay(plan)


def start(
    folder: Path, plan: network.Plan, programs: Mapping[str, Path], authority: Path, options: Mapping[str, str]
) -> Nodes:
    """Start the nodes; their kubelets wait until they are told where the API server is.

    Raises:
        TestbedError: this machine refuses.
    """
    image = images.packed(programs["umoci"])
    made = nodes(folder, plan, options)
    own = folder / "nodes"
    own.mkdir(exist_ok=True)
    kit = Kit(programs, image, authority, options, "overlayfs" if host.has_overlays(own) else "native")
    for node in made:
        machine = lay_out(node, kit)
        argv = ["unshare", *NAMESPACES, sys.executable, "-m", "clusterproof.testbed.node.machine", str(machine)]
        pid = processes.spawn(folder, node.name, argv)
        first = _first_process(pid, node.name)
        network.extend(plan, node.number, first, settings()["interfaces"]["each"])
        network.connect(plan, node.number, first)
    return Nodes(folder, made)


def _first_process(pid: int, name: str) -> int:
    """Return the process that ``unshare`` has started in the new namespaces, once it has."""
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        try:
            inside = psutil.Process(pid).children()
        except psutil.NoSuchProcess:
            break
        if inside:
            return inside[0].pid
        time.sleep(LOOK_EVERY / 10)
    raise TestbedError(f"{name} did not start: its namespaces were refused.")


def _record(folder: Path, node: Node) -> None:
    """Note a node's programs as the testbed's, so that they can be looked for and sent signals one by one."""
    unshare = processes.find(folder, node.name)
    for process in unshare.children(recursive=True) if unshare else ():
        try:
            name = process.name()
        except psutil.NoSuchProcess:  # one of those that are there for a moment
            continue
        if name in {"containerd", "kubelet", "kube-proxy"}:
            processes.record(folder, f"{node.name}-{name}", process.pid)


def refuse_unless_possible() -> None:
    """Refuse what this machine cannot carry, before anything is changed.

    Raises:
        UsageError: names what is missing.
    """
    lacks = host.missing() or host.crowded()
    if lacks:
        raise UsageError(
            f"Real nodes cannot be started: this machine lacks {', '.join(lacks)}.",
            next_step="Provide what it lacks, or use simulated nodes: --tier sim.",
        )
