"""The files of a node: the configuration of every program, and the order in which they are started."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import asdict, dataclass
from string import Template
from typing import TYPE_CHECKING, Any

from clusterproof.testbed.node.devices.offer import devices
from clusterproof.testbed.node.images import IMAGE, NAME
from clusterproof.testbed.node.setting import HERE, Node, settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Item = dict[str, Any]
FOLDERS = ("bin", "network", "cdi", "sources", "registries/_default", "certificates", "pods")
OWN = ["/run", "/var/lib"]  # what a node does not share with the machine: sockets of either, and a kubelet of its own
CONTAINERD = "/run/containerd.sock"
KUBELET = "/var/lib/kubelet"  # where kubelets insist on having the sockets of device plugins
NOBODY = 'server = "http://127.0.0.1:1"\n'


@dataclass(frozen=True)
class Kit:
    """What all nodes of a testbed are made from."""

    programs: Mapping[str, Path]
    image: Path
    """The archive with what containers run."""
    authority: Path
    """The certificate that signs the API server's."""
    options: Mapping[str, str]
    """Faults that are switched on, see node.yaml."""
    snapshotter: str
    """How containerd gives a container its files."""


def lay_out(node: Node, kit: Kit) -> Path:
    """Write a node's files and return the one that tells its first process what to do."""
    for name in FOLDERS:
        (node.own / name).mkdir(parents=True, exist_ok=True)
    for name in settings()["programs"]:
        (node.own / "bin" / name).symlink_to(kit.programs[name])
    (node.own / "registries" / "_default" / "hosts.toml").write_text(NOBODY, encoding="utf-8")
    _write_containerd(node, kit)
    if fault := kit.options.get("runtime"):
        _disturb_runtime(node, kit, fault)
    _dump(node.own / "network" / "10-pods.conflist", _pods_network(node, kit))
    _dump(node.own / "kubelet.json", node.filled("kubelet", kit.authority))
    _dump(node.own / "proxy.json", node.filled("kube-proxy", kit.authority))
    _dump(node.own / "devices.json", _devices(node, kit.options))
    return _dump(node.own / "machine.json", _machine(node, kit))


def _write_containerd(node: Node, kit: Kit) -> None:
    text = (HERE / "containerd.toml").read_text(encoding="utf-8")
    sandbox = settings()["sandboxes"][kit.options.get("sandbox", "")]
    filled = Template(text).substitute(own=node.own, snapshotter=kit.snapshotter, image=IMAGE, sandbox=sandbox)
    (node.own / "containerd.toml").write_text(filled, encoding="utf-8")


def _disturb_runtime(node: Node, kit: Kit, fault: str) -> None:
    """Put something before the container runtime that gives devices to whom nobody has given any."""
    given = settings()["devices"]
    told = {
        **settings()["runtime"],
        "fault": fault,
        "runtime": str(kit.programs["runc"]),
        "variable": given["variable"],
        "devices": [{**asdict(each), "uuid": each.uuid} for each in devices({**given["plugin"], "node": node.name})],
        "state": str(node.own / "started"),
        "checkpoint": f"{KUBELET}/device-plugins/kubelet_internal_checkpoint",
    }
    (node.own / "started").mkdir()
    file, runc = _dump(node.own / "runtime.json", told), node.own / "bin" / "runc"
    runc.unlink()
    words = shlex.join([sys.executable, "-m", "clusterproof.testbed.node.runtime", str(file)])
    runc.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
    runc.chmod(0o755)


def _pods_network(node: Node, kit: Kit) -> Item:
    """Return how pods come to their network, and whatever else every one of them gets."""
    network = node.filled("network", kit.authority)
    if kit.options.get("interfaces") == "everywhere":
        plugin = node.own / "bin" / "everywhere"
        script = (HERE / "interfaces" / "everywhere.py").read_text(encoding="utf-8")
        plugin.write_text(f"#!{sys.executable} -I\n{script}", encoding="utf-8")
        plugin.chmod(0o755)
        names = [row["name"] for row in settings()["interfaces"]["each"]]
        network["plugins"].append({"type": "everywhere", "interfaces": names})
    return network


def _devices(node: Node, options: Mapping[str, str]) -> Item:
    given = settings()["devices"]
    shared = {"cdi": str(node.own / "cdi"), "sources": str(node.own / "sources"), "variable": given["variable"]}
    each = {way: {**given[way], "fault": options.get(way, "")} for way in ("plugin", "dynamic")}
    apart = options.get("shares") == "apart"
    each["plugin"] |= {"count": node.units, "shares": 1} if apart else {"shares": node.shares}
    kubeconfig = str(node.own / "kubelet.kubeconfig")
    network = {**_interfaces(node, options), "kubeconfig": kubeconfig, "cdi": shared["cdi"]}
    return {**shared, **each, "interfaces": network, "node": node.name, "kubeconfig": kubeconfig}


def _interfaces(node: Node, options: Mapping[str, str]) -> Item:
    given, fault = settings()["interfaces"], options.get("interfaces", "")
    plan, others = node.plan, (each for each in range(len(settings()["nodes"])) if each != node.number)
    detours = {str(plan.all_further(each)): plan.address(each) for each in others} if fault in {"detour", "cut"} else {}
    return {
        **{key: given[key] for key in ("kind", "driver")},
        "each": [{**row, "address": plan.further(node.number, index)} for index, row in enumerate(given["each"])],
        "fault": fault,
        "detours": detours,
        "tells": str(node.own / "interfaces.kubeconfig"),
    }


def _machine(node: Node, kit: Kit) -> Item:
    plan, number = node.plan, node.number
    others = (each for each in range(len(settings()["nodes"])) if each != number)
    return {
        "own": OWN,
        "ready": str(node.ready),
        "groups": node.groups,
        "environment": {"PATH": f"{node.own / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin"},
        "network": {
            "address": f"{plan.address(number)}/{plan.bits}",
            "routes": {"default": plan.gateway, **{str(plan.pods(each)): plan.address(each) for each in others}},
            "settings": {"net.ipv4.ip_forward": "1"},
        },
        "programs": [_program(node, **each) for each in _programs(node, kit)],
    }


def _programs(node: Node, kit: Kit) -> list[Item]:
    own = node.own
    load = ["ctr", "-a", CONTAINERD, "-n", "k8s.io", "images", "import", "--local", "--snapshotter", kit.snapshotter]
    return [
        {"name": "containerd", "argv": ["containerd", "--config", own / "containerd.toml"], "until": [CONTAINERD]},
        {"name": "image", "argv": [*load, "--base-name", NAME, kit.image], "wait": True},
        {"name": "kubelet", "after": [own / "bootstrap.kubeconfig"], "argv": _kubelet(node)},
        {
            "name": "kube-proxy",
            "after": [own / "proxy.kubeconfig"],
            "argv": ["kube-proxy", "--config", own / "proxy.json"],
        },
        {
            "name": "devices",
            "after": [
                own / "interfaces.kubeconfig",
                own / "kubelet.kubeconfig",
                f"{KUBELET}/device-plugins/kubelet.sock",
            ],
            "argv": [sys.executable, "-m", "clusterproof.testbed.node.devices", own / "devices.json"],
        },
    ]


def _kubelet(node: Node) -> list[str]:
    flags = {
        "config": node.own / "kubelet.json",
        "root-dir": KUBELET,
        "bootstrap-kubeconfig": node.own / "bootstrap.kubeconfig",
        "kubeconfig": node.own / "kubelet.kubeconfig",
        "cert-dir": node.own / "certificates",
        "hostname-override": node.name,
        "node-ip": node.plan.address(node.number),
        "node-labels": ",".join(f"{name}={value}" for name, value in node.labels.items()),
    }
    return ["kubelet", *(f"--{flag}={value}" for flag, value in flags.items())]


def _program(node: Node, **row: Any) -> Item:
    log = node.folder / "logs" / f"{node.name}-{row['name']}.log"
    words = {key: [str(each) for each in value] if isinstance(value, list) else value for key, value in row.items()}
    return {**words, "log": str(log)}


def _dump(file: Path, document: Item) -> Path:
    file.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return file
