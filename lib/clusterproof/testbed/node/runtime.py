"""A container runtime that gives devices to whom nobody has given any: ``… runtime FILE ARGUMENTS-OF-RUNC``.

It changes what containerd has written down of a container just before the real runtime reads it. ``FILE`` is JSON: the
real runtime, the fault, the devices, and what some runtimes take for a request. Mutants use it, good nodes do not.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Item = dict[str, Any]
CRI = "io.kubernetes.cri."
RIGHTS = "rwm"


def changed(spec: Item, told: Item, owners: dict[str, set[str]], state: Path) -> Item:
    """Return a container's description as the fault has it.

    ``owners`` are the pods that were given devices, by uid, with the containers that were; in the folder ``state`` the
    sandboxes are noted whose container with a device has been started.
    """
    notes = spec.get("annotations") or {}
    if notes.get(f"{CRI}container-type") != "container":
        return spec
    if told["fault"] == "everything":
        spec["linux"]["resources"]["devices"] = [{"allow": True, "access": RIGHTS}]
        return spec
    own = {each["path"] for each in spec["linux"].get("devices") or []}
    started = state / notes.get(f"{CRI}sandbox-id", "none")
    if own & {each["path"] for each in told["devices"]}:
        started.touch()
    for device in GIVEN[told["fault"]](spec, told, owners.get(notes.get(f"{CRI}sandbox-uid", ""), set()), started):
        if device["path"] not in own:
            _give(spec["linux"], device)
    return spec


def _give(linux: Item, device: Item) -> None:
    numbers = {"type": "c", "major": device["major"], "minor": device["minor"]}
    linux.setdefault("devices", []).append({"path": device["path"], **numbers, "fileMode": 0o666, "uid": 0, "gid": 0})
    linux["resources"].setdefault("devices", []).append({"allow": True, "access": RIGHTS, **numbers})


def _named(value: str, told: Item) -> list[Item]:
    """Return the devices that a word may be meant for."""
    return [each for each in told["devices"] if value in {"all", each["uuid"], str(each["minor"])}]


def _by_variable(spec: Item, told: Item, _owners: set[str], _started: Path) -> list[Item]:
    pairs = (each.partition("=") for each in spec["process"].get("env") or [])
    return [each for name, _, value in pairs if name == told["variable"] for each in _named(value, told)]


def _by_mount(spec: Item, told: Item, _owners: set[str], _started: Path) -> list[Item]:
    places = (each["destination"].rpartition("/") for each in spec.get("mounts") or [])
    return [each for folder, _, value in places if folder == told["mounts"] for each in _named(value, told)]


def _by_annotation(spec: Item, told: Item, _owners: set[str], _started: Path) -> list[Item]:
    values = [value for key, value in spec["annotations"].items() if key.startswith(told["annotations"])]
    return [each for value in values for each in _named(value.rpartition("=")[2], told)]


def _to_strangers(_spec: Item, told: Item, owners: set[str], _started: Path) -> list[Item]:
    return [] if owners else list(told["devices"])


def _around(spec: Item, owners: set[str]) -> bool:
    """True for a container that was given nothing, of a pod whose other containers were."""
    return bool(owners) and spec["annotations"].get(f"{CRI}container-name") not in owners


def _before(spec: Item, told: Item, owners: set[str], started: Path) -> list[Item]:
    return list(told["devices"]) if _around(spec, owners) and not started.exists() else []


def _after(spec: Item, told: Item, owners: set[str], started: Path) -> list[Item]:
    return list(told["devices"]) if _around(spec, owners) and started.exists() else []


GIVEN: dict[str, Callable[[Item, Item, set[str], Path], list[Item]]] = {
    "variables": _by_variable,
    "mounts": _by_mount,
    "annotations": _by_annotation,
    "strangers": _to_strangers,
    "before": _before,
    "after": _after,
}


def owners(checkpoint: Path) -> dict[str, set[str]]:
    """Return to which containers a kubelet has given devices by plugins, by the uid of their pod."""
    try:
        entries = json.loads(checkpoint.read_text(encoding="utf-8"))["Data"]["PodDeviceEntries"] or []
    except (OSError, ValueError, KeyError):
        return {}
    found: dict[str, set[str]] = {}
    for entry in entries:
        found.setdefault(entry["PodUID"], set()).add(entry["ContainerName"])
    return found


def main(file: Path, arguments: list[str]) -> None:
    """Change the description if a container is about to be created, and become the real runtime."""
    told = json.loads(file.read_text(encoding="utf-8"))
    if "create" in arguments and "--bundle" in arguments:
        description = Path(arguments[arguments.index("--bundle") + 1], "config.json")
        spec = json.loads(description.read_text(encoding="utf-8"))
        given = owners(Path(told["checkpoint"]))
        description.write_text(json.dumps(changed(spec, told, given, Path(told["state"]))), encoding="utf-8")
    os.execv(told["runtime"], [told["runtime"], *arguments])  # noqa: S606 - the runtime that containerd asked for


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
