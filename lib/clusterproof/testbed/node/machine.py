"""The first process of a node: ``python -m clusterproof.testbed.node.machine FILE``.

It runs in namespaces of its own. What it is told stands in a JSON file: its network, and the programs to start, each
once the file or socket is there that it waits for. When it ends, the kernel ends everything that it has started.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

LOOK_EVERY = 0.02  # seconds
WITHIN = 60.0  # seconds for what is waited for

Item = dict[str, Any]


def run(file: Path) -> None:
    """Set the node up, start its programs and collect what ends, for ever."""
    told: Item = json.loads(file.read_text(encoding="utf-8"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _call("mount", "--make-rprivate", "/")
    for place in told["own"]:  # neither this machine's sockets nor its device plugins are the node's
        _call("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", place)
    _groups(told["groups"])
    _network(told["network"])
    for program in told["programs"]:
        _start(program, told["environment"])
    Path(told["ready"]).touch()
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return  # everything has died: there is no node any more


def _groups(name: str) -> None:
    """Make a control group for all containers, under every controller where each has a tree of its own."""
    top = Path("/sys/fs/cgroup")
    trees = [top] if (top / "cgroup.controllers").is_file() else [each for each in top.iterdir() if each.is_dir()]
    for tree in trees:
        own = tree / name
        own.mkdir(parents=True, exist_ok=True)
        for file in (f"cpuset.{kind}" for kind in ("cpus", "mems")):
            if (tree / file).is_file() and "unified" not in tree.name:
                _hand_down(tree, own, file)


def _hand_down(tree: Path, own: Path, file: str) -> None:
    """Give every group from the tree's root to our own what its parent has: a new one has no processors (version 1)."""
    for group in (*reversed(own.parents), own):
        if group.is_relative_to(tree) and group != tree and not (group / file).read_text(encoding="utf-8").strip():
            (group / file).write_text((group.parent / file).read_text(encoding="utf-8"), encoding="utf-8")


def _network(told: Item) -> None:
    _call("ip", "link", "set", "lo", "up")
    _until(lambda: Path("/sys/class/net").exists() and _has("eth0"), "eth0")
    _call("ip", "address", "add", told["address"], "dev", "eth0")
    _call("ip", "link", "set", "eth0", "up")
    for target, by in told["routes"].items():
        _call("ip", "route", "add", target, "via", by)
    for name, value in told["settings"].items():
        Path("/proc/sys", *name.split(".")).write_text(value, encoding="utf-8")


def _has(interface: str) -> bool:
    # /sys still shows the network of the machine that the node is on.
    return subprocess.run(["ip", "link", "show", interface], capture_output=True, check=False).returncode == 0


def _start(program: Item, environment: dict[str, str]) -> None:
    for path in program.get("after", ()):
        _until(lambda path=path: Path(path).exists(), path)
    with Path(program["log"]).open("ab") as log:
        process = subprocess.Popen(
            program["argv"], env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        if program.get("wait"):
            if process.wait():
                sys.exit(f"{program['name']} has failed")
            return
        for path in program.get("until", ()):
            _until(lambda path=path: Path(path).exists() or process.poll() is not None, path)


def _until(well: Any, what: str) -> None:
    deadline = time.monotonic() + WITHIN
    while not well():
        if time.monotonic() > deadline:
            sys.exit(f"{what} is not there after {WITHIN:.0f} s")
        time.sleep(LOOK_EVERY)


def _call(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(argv)} failed: {done.stderr.strip()}")


if __name__ == "__main__":
    run(Path(sys.argv[1]))
