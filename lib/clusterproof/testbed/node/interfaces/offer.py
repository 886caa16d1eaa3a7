"""Which interfaces a node has beside the usual one, what is told of them, and whether they are there."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from clusterproof.testbed.node.devices.driver import slice_of
from clusterproof.testbed.node.interfaces import attach

Item = dict[str, Any]
KEPT = Path("/run/interfaces")
WITHIN = 15.0  # seconds for a pod to end; one or two are usual
LOOK_EVERY = 0.05


def found(told: Item) -> Item:
    """Return the same with what each interface is called by in its hardware."""
    rows = [{**row, "mac": _link(row["name"])["address"]} for row in told["each"]]
    if told["fault"] == "stale":
        for row in rows:
            attach.call("ip", "link", "delete", row["name"])
    return {**told, "each": rows}


def listed(told: Item) -> Item:
    """Return the ResourceSlice of the interfaces."""
    return slice_of(told, [{"name": row["name"], "attributes": _attributes(row)} for row in told["each"]])


def _attributes(row: Item) -> Item:
    return {
        "ifName": {"string": row["name"]},
        "mac": {"string": row["mac"]},
        "ipv4": {"string": row["address"]},
        "mtu": {"int": row["mtu"]},
        "numaNode": {"int": row["numaNode"]},
        "rdma": {"bool": False},
        "virtual": {"bool": True},
        "resource.kubernetes.io/pcieRoot": {"string": row["root"]},
    }


def arrives(name: str) -> bool:
    """True if the node has an interface, now or once the pod that has it has ended.

    A kubelet that is refused asks again a minute later.
    """
    deadline = time.monotonic() + WITHIN
    while not attach.is_here(name):
        if time.monotonic() > deadline or not any(f'"{name}"' in each for each in _hooks()):
            return attach.is_here(name)
        time.sleep(LOOK_EVERY)
    return True


def _hooks() -> list[str]:
    found = []
    for file in KEPT.glob("*.json"):
        with suppress(FileNotFoundError):  # a moment ago
            found.append(file.read_text(encoding="utf-8"))
    return found


def hook_of(uid: str) -> Path:
    """Return the file that tells what a claim's pods get; it is there as long as they may have it."""
    return KEPT / f"{uid}.json"


def _link(name: str) -> Item:
    [known] = json.loads(attach.call("ip", "-json", "link", "show", name))
    return dict(known)
