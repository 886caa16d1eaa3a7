"""The files of a node: the configuration of every program, and the order in which they are started."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from clusterproof.testbed.node.images import IMAGE, NAME
from clusterproof.testbed.node.setting import HERE, Node, settings

if TYPE_CHECKING:
    from collections.abc import Mapping

Item = dict[str, Any]
LINKED = ("containerd", "containerd-shim-runc-v2", "ctr", "runc", "bridge", "loopback", "host-local", "kubelet", "kube-proxy")
FOLDERS = ("bin", "network", "cdi", "sources", "registries/_default", "certificates", "pods")
OWN = ["/run", "/var/lib"]  # what a node does not share with the machine: sockets of either, and a kubelet of its own
CONTAINERD = "/run/containerd.sock"
KUBELET = "/var/lib/kubelet"  # where kubelets insist on having the sockets of device plugins
NOBODY = 'server = "http://127.0.0.1:1"\n'


def lay_out(node: Node, programs: Mapping[str, Path], image: Path, authority: Path, options: Mapping[str, str],
            snapshotter: str) -> Path:  # fmt: skip
    """Write a node's files and return the one that tells its first process what to do."""
    for name in FOLDERS:
        (node.own / name).mkdir(parents=True, exist_ok=True)
    for name in LINKED:
        (node.own / "bin" / name).symlink_to(programs[name])
    (node.own / "registries" / "_default" / "hosts.toml").write_text(NOBODY, encoding="utf-8")
    _write_containerd(node, snapshotter)
    _dump(node.own / "network" / "10-pods.conflist", node.filled("network", authority))
    _dump(node.own / "kubelet.json", node.filled("kubelet", authority))
    _dump(node.own / "proxy.json", node.filled("kube-proxy", authority))
    _dump(node.own / "devices.json", _devices(node, options))
    return _dump(node.own / "machine.json", _machine(node, image, snapshotter))


def _write_containerd(node: Node, snapshotter: str) -> None:
    text = (HERE / "containerd.toml").read_text(encoding="utf-8")
    filled = Template(text).substitute(own=node.own, snapshotter=snapshotter, image=IMAGE)
    (node.own / "containerd.toml").write_text(filled, encoding="utf-8")


def _devices(node: Node, options: Mapping[str, str]) -> Item:
    given = settings()["devices"]
    shared = {"cdi": str(node.own / "cdi"), "sources": str(node.own / "sources"), "variable": given["variable"]}
    each = {way: {**given[way], "node": node.name, "fault": options.get(way, "")} for way in ("plugin", "dynamic")}
    return {**shared, **each, "node": node.name, "kubeconfig": str(node.own / "kubelet.kubeconfig")}


def _machine(node: Node, image: Path, snapshotter: str) -> Item:
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
        "programs": [_program(node, **each) for each in _programs(node, image, snapshotter)],
    }


def _programs(node: Node, image: Path, snapshotter: str) -> list[Item]:
    own = node.own
    labels = ",".join(f"{name}={value}" for name, value in node.labels.items())
    load = ["ctr", "-a", CONTAINERD, "-n", "k8s.io", "images", "import", "--local", "--snapshotter", snapshotter]
    kubelet = {
        "config": own / "kubelet.json",
        "root-dir": KUBELET,
        "bootstrap-kubeconfig": own / "bootstrap.kubeconfig",
        "kubeconfig": own / "kubelet.kubeconfig",
        "cert-dir": own / "certificates",
        "hostname-override": node.name,
        "node-ip": node.plan.address(node.number),
        "node-labels": labels,
    }
    return [
        {"name": "containerd", "argv": ["containerd", "--config", own / "containerd.toml"], "until": [CONTAINERD]},
        {"name": "image", "argv": [*load, "--base-name", NAME, image], "wait": True},
        {
            "name": "kubelet",
            "after": [own / "bootstrap.kubeconfig"],
            "argv": ["kubelet", *(f"--{flag}={value}" for flag, value in kubelet.items())],
        },
        {"name": "kube-proxy", "argv": ["kube-proxy", "--config", own / "proxy.json"], "after": [own / "proxy.kubeconfig"]},
        {
            "name": "devices",
            "argv": [sys.executable, "-m", "clusterproof.testbed.node.devices", own / "devices.json"],
            "after": [own / "kubelet.kubeconfig", f"{KUBELET}/device-plugins/kubelet.sock"],
        },
    ]


def _program(node: Node, **row: Any) -> Item:
    log = node.folder / "logs" / f"{node.name}-{row['name']}.log"
    words = {key: [str(each) for each in value] if isinstance(value, list) else value for key, value in row.items()}
    return {**words, "log": str(log)}


def _dump(file: Path, document: Item) -> Path:
    file.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return file
