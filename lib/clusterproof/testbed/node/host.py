"""Whether this machine can carry real nodes; nothing is changed to find out."""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

COMMANDS = {"ip": "iproute2", "unshare": "util-linux", "mount": "util-linux", "iptables": "iptables"}
"""Commands, and the packages of common distributions that bring them."""
CONTROLLERS = ("cpu", "memory", "pids", "devices")
CGROUPS = Path("/sys/fs/cgroup")
TRIED = {  # in namespaces that are gone when the command ends
    "network namespaces": "true",
    "pairs of virtual interfaces (kernel module veth)": "ip link add probe0 type veth peer name probe1",
    "bridges (kernel module bridge)": "ip link add probe0 type bridge",
    "iptables with address translation (kernel module nf_nat)": "iptables -t nat -S",
}
WITHIN = 10.0  # seconds for each
WATCHERS = 28
"""Instances of inotify: six of each kubelet, two of containerd, one of kube-proxy, ten of the control plane."""


def missing() -> list[str]:
    """Return what this machine lacks for real nodes, one phrase each; empty if it lacks nothing."""
    if not sys.platform.startswith("linux"):
        return [f"Linux (this is {sys.platform})"]
    if os.geteuid() != 0:
        return ["root"]
    absent = [f"the command {name} (package {package})" for name, package in COMMANDS.items() if not shutil.which(name)]
    return absent or [*_groups(), *(what for what, command in TRIED.items() if not _works(command))]


def crowded() -> list[str]:
    """Return what others have taken of this machine that one more testbed with real nodes needs; empty if it is free.

    Beyond that number of instances of inotify kubelets end at once, whoever holds the others.
    """
    init = ctypes.CDLL(None).inotify_init1
    taken: list[int] = []
    while len(taken) < WATCHERS and (one := init(os.O_CLOEXEC)) >= 0:
        taken.append(one)
    for each in taken:
        os.close(each)
    enough = len(taken) == WATCHERS
    return [] if enough else [f"room for {WATCHERS} more instances of inotify (sysctl fs.inotify.max_user_instances)"]


def unified() -> bool:
    """True if control groups are of the second version."""
    return (CGROUPS / "cgroup.controllers").is_file()


def has_overlays(folder: Path) -> bool:
    """True if a folder's file system can carry overlays; containers' files are copied where it cannot."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".overlay-") as name:
        tried = "cd {} && mkdir l u w m && mount -t overlay o -o lowerdir=l,upperdir=u,workdir=w m"
        return _works(tried.format(shlex.quote(name)))


def _groups() -> list[str]:
    """Return the controllers of control groups that are missing."""
    if unified():
        known = (CGROUPS / "cgroup.controllers").read_text(encoding="utf-8").split()
        return [f"the cgroup controller {name}" for name in CONTROLLERS[:3] if name not in known]
    return [f"the cgroup controller {name}" for name in CONTROLLERS if not (CGROUPS / name).is_dir()]


def _works(command: str) -> bool:
    argv = ["unshare", "--net", "--mount", "sh", "-c", command]
    try:
        return subprocess.run(argv, capture_output=True, timeout=WITHIN, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
