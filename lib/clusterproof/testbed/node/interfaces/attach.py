"""Moves interfaces into the network of a pod, as a hook of its container: ``python3 -I -S attach.py FILE``.

The runtime tells the container's process on standard input; what to move stands in the file. Nothing but the standard
library is imported, because the container waits meanwhile. The pod's network is kept by a mount until the interfaces
have been taken out of it: with a network that ends, the kernel ends the virtual interfaces in it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

NODE = "1"  # the first process of the node, in whose network the interfaces are otherwise

Item = dict[str, Any]


def attach(told: Item, process: int) -> None:
    """Move what is not there yet; a container that starts again in the same pod finds everything done."""
    kept, own = Path(told["kept"]), f"/proc/{process}/ns/net"
    if kept.exists() and not kept.samefile(own):  # the pod was given another network meanwhile
        take_back(told)
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.touch()
        call("mount", "--bind", own, str(kept))
    for each in told["moves"]:
        if is_here(each["name"]):
            call("ip", "link", "set", each["name"], "netns", str(process))
        within(kept, "ip", "address", "replace", each["address"], "dev", each["name"])
        within(kept, "ip", "link", "set", each["name"], "up")
    for words in told["besides"]:
        call(*words)


def take_back(told: Item) -> None:
    """Move the interfaces out of the network that is kept, and let go of that."""
    kept = Path(told["kept"])
    if os.path.ismount(kept):  # a file; Path.is_mount wants folders
        for each in told["moves"]:
            if is_here(each["name"], kept):
                within(kept, "ip", "link", "set", each["name"], "netns", NODE)
        call("umount", str(kept))
    kept.unlink(missing_ok=True)


def is_here(name: str, network: Path | None = None) -> bool:
    """True if the node has an interface, or a network that is kept."""
    enter = ("nsenter", f"--net={network}") if network else ()
    return subprocess.run((*enter, "ip", "link", "show", name), capture_output=True, check=False).returncode == 0


def within(network: Path, *words: str) -> str:
    """Run a command in a network that is kept, and return what it prints."""
    return call("nsenter", f"--net={network}", *words)


def call(*words: str) -> str:
    """Run a command and return what it prints.

    Raises:
        RuntimeError: it failed; holds what it said.
    """
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} failed: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    attach(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), json.load(sys.stdin)["pid"])
