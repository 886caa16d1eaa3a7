"""What kwokctl is told: where the programs are, which ports to use, how every component is started."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.manifest import read_yaml
from clusterproof.testbed.spec import SIMULATED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterproof.testbed.spec import Spec

HERE = Path(__file__).parent
CLUSTER = "sim"
TOOL = "kwokctl"
PORTS = ("etcd", "peer", "apiserver", "manager", "scheduler", "kwok")


@lru_cache(maxsize=1)
def settings() -> dict[str, Any]:
    """Return the good testbed's description."""
    known: dict[str, Any] = read_yaml(HERE / "testbed.yaml")
    return known


def notes(tier: str = SIMULATED) -> tuple[str, ...]:
    """Return what a report has to say of a cluster of a tier."""
    return tuple((settings() if tier == SIMULATED else _of_real_nodes())["notes"])


def clusters(folder: Path) -> Path:
    """Return where kwokctl keeps the control plane of the testbed in that folder."""
    return folder / "kwok" / "clusters" / CLUSTER


def free_addresses() -> dict[str, str]:
    """Return what a testbed has for itself: ports that the system gives by what they are for, a range for its pods."""
    return {**_free_ports(), "pods": f"10.{65 + secrets.randbelow(190)}.{16 * secrets.randbelow(16)}.1/20"}


def _free_ports() -> dict[str, str]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
    ports = {name: str(each.getsockname()[1]) for name, each in zip(PORTS, sockets, strict=True)}
    for each in sockets:
        each.close()
    return ports


def run_kwokctl(
    folder: Path, spec: Spec, programs: Mapping[str, Path], ports: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Let kwokctl start the components; without --wait it ends as soon as it has started the last one."""
    own = str(folder / "unused-kubeconfig")
    argv = [
        str(programs[TOOL]),
        "create",
        "cluster",
        "--name",
        CLUSTER,
        "--runtime",
        "binary",
        "--disable-qps-limits",
        "--config",
        str(_write_configuration(folder, spec, ports)),
        "--kubeconfig",
        own,
        *_gates(spec),
        *_ports(ports),
        *_binaries(programs),
        *_scheduler_config(folder, spec),
    ]
    log = folder / "logs" / f"{TOOL}.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as out:
        return subprocess.Popen(
            argv,
            env=_environment(folder, own),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )


def _environment(folder: Path, kubeconfig: str) -> dict[str, str]:
    # KWOK_WORKDIR: nothing of ours in the user's ~/.kwok; KUBECONFIG: nothing in ~/.kube/config either.
    own = {"KWOK_WORKDIR": str(folder / "kwok"), "KUBECACHEDIR": str(folder / "discovered"), "KUBECONFIG": kubeconfig}
    return {**os.environ, **own}


def _gates(spec: Spec) -> list[str]:
    gates = {**settings()["feature_gates"], **spec.feature_gates}
    served = {**settings()["runtime_config"], **spec.runtime_config}
    return ["--kube-feature-gates", _switches(gates), "--kube-runtime-config", _switches(served)]


def _switches(values: Mapping[str, bool]) -> str:
    return ",".join(f"{name}={str(on).lower()}" for name, on in values.items())


def _ports(ports: Mapping[str, str]) -> list[str]:
    return [
        "--etcd-port",
        ports["etcd"],
        "--kube-apiserver-port",
        ports["apiserver"],
        "--controller-port",
        ports["kwok"],
        "--kube-controller-manager-port",
        ports["manager"],
        "--kube-scheduler-port",
        ports["scheduler"],
    ]


def _binaries(programs: Mapping[str, Path]) -> list[str]:
    components = settings()["components"]
    return [word for name, program in components.items() for word in (f"--{name}-binary", str(programs[program]))]


def _write_configuration(folder: Path, spec: Spec, ports: Mapping[str, str]) -> Path:
    """Write what kwokctl reads: how nodes and pods behave, and the flags of every component.

    Not as --extra-args: kwokctl 0.8.0 crashes where a component has a second one after another component's first.
    """
    patches = [
        {"name": name, "extraArgs": [{"key": flag, "value": value} for flag, value in flags.items()]}
        for name, flags in _flags(spec, ports).items()
    ]
    configuration = {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokctlConfiguration",
        "componentsPatches": patches,
    }
    path = folder / "kwok.yaml"
    write_yaml(configuration, path)
    with path.open("a", encoding="utf-8") as file:
        file.write("---\n" + (HERE / "stages.yaml").read_text(encoding="utf-8"))
    return path


def _flags(spec: Spec, ports: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return every component's flags, the description's own instead of the usual ones."""
    usual = _usual(spec)
    return {
        name: {
            **{flag: value.format(**ports) for flag, value in usual.get(name, {}).items()},
            **spec.component_args.get(name, {}),
        }
        for name in {**usual, **spec.component_args}
    }


def _usual(spec: Spec) -> dict[str, dict[str, str]]:
    """Return the flags of every component of a tier."""
    known: dict[str, dict[str, str]] = settings()["component_args"]
    if spec.tier == SIMULATED:
        return known
    return {name: {**flags, **_of_real_nodes()["component_args"].get(name, {})} for name, flags in known.items()}


def _of_real_nodes() -> dict[str, Any]:
    from clusterproof.testbed.node.setting import settings as real  # noqa: PLC0415 - most testbeds have no real nodes

    return real()


def _scheduler_config(folder: Path, spec: Spec) -> list[str]:
    if spec.scheduler_config is None:
        return []
    path = folder / "scheduler.yaml"
    write_yaml(spec.scheduler_config, path)
    return ["--kube-scheduler-config", str(path)]


def write_yaml(document: Mapping[str, Any], path: Path) -> None:
    """Write a document where a program of the testbed reads it."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - costs some 50 ms where nothing is started

    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(document, file)
