"""Installing an add-on: its plan, step by step, until it is ready."""

from __future__ import annotations

import base64
import json
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from clusterproof.cluster.client import Cluster
from clusterproof.errors import ClusterError, TestbedError
from clusterproof.manifest import fill
from clusterproof.testbed.addons.steps import Site, carry_out
from clusterproof.testbed.addons.table import Plan, plan
from clusterproof.testbed.addons.tier import tier_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Bed(Protocol):
    """What an add-on needs to know of a testbed."""

    @property
    def folder(self) -> Path:
        """Where logs, pids and files of the testbed go."""

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig of its administrator."""


def install(name: str, bed: Bed, options: Mapping[str, str]) -> None:
    """Install an add-on and return when it is ready; ``options`` switch on faults, see ``addons.yaml``.

    Its processes are the testbed's from then on, and end with it.

    Raises:
        UsageError: the add-on, an option or its value is unknown.
        TestbedError: it did not get ready; holds the last lines of the process that died.
    """
    own = bed.folder / "addons" / name
    own.mkdir(parents=True, exist_ok=True, mode=0o700)
    cluster = Cluster.connect(str(bed.kubeconfig))
    tier = tier_values(bed.folder, cluster.configuration.host)
    chosen = plan(name, options, real=bool(tier["real"]))
    site = Site(bed.folder, own, cluster, _values(chosen, bed, own, cluster, tier))
    try:
        for step in chosen.steps:
            carry_out(site, step)
    except ClusterError as error:
        raise TestbedError(f"The add-on {name} cannot be installed: {error.message}") from error


def _values(chosen: Plan, bed: Bed, own: Path, cluster: Cluster, tier: dict[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {
        **tier,
        **_free_ports(chosen.ports),
        "python": sys.executable,
        "folder": str(own),
        "bed": str(bed.folder),
        "kubeconfig": str(bed.kubeconfig),
        "lies": _written(own, chosen.lies),
        "server": cluster.configuration.host,
        "authority": str(cluster.configuration.ssl_ca_cert),
        "authority_data": base64.b64encode(Path(cluster.configuration.ssl_ca_cert).read_bytes()).decode(),
    }
    return {**known, **fill(chosen.values, known)}


def _written(own: Path, lies: Sequence[dict[str, Any]]) -> str:
    """Write the proxy's rules where it reads them; empty if there are none, since it is not started then."""
    if not lies:
        return ""
    file = own / "lies.json"
    file.write_text(json.dumps(lies), encoding="utf-8")
    return str(file)


def _free_ports(names: Sequence[str]) -> dict[str, int | str]:
    """Return ports that the system gives, each as a number and, under ``<name>_text``, as text."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    ports = {name: each.getsockname()[1] for name, each in zip(names, sockets, strict=True)}
    for each in sockets:
        each.close()
    return {**ports, **{f"{name}_text": str(port) for name, port in ports.items()}}
