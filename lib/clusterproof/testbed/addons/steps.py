"""The verbs that the table of add-ons is written in."""

from __future__ import annotations

import base64
import json
import os
import threading
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.errors import ClusterError
from clusterproof.manifest import fill
from clusterproof.testbed import processes
from clusterproof.testbed.addons import sources
from clusterproof.testbed.addons.wait import (
    touch,
    until_condition,
    until_created,
    until_everywhere,
    until_file,
    until_http,
    until_object,
    until_said,
)
from clusterproof.testbed.binaries import binary

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
PRIVATE = 0o600
EXISTS = 409
_STARTING = threading.Lock()


@dataclass(frozen=True)
class Site:
    """Where an add-on is being installed."""

    folder: Path
    """The testbed's."""
    own: Path
    """The add-on's, in the testbed's."""
    cluster: Cluster
    values: dict[str, Any]
    """What the holes of the table are filled with."""


def carry_out(site: Site, step: Item) -> None:
    """Do one step: a mapping with one verb, and ``if`` where a value decides whether it is done at all."""
    if "if" in step and not site.values[step["if"]]:
        return
    (verb, given), *_ = ((verb, given) for verb, given in step.items() if verb != "if")
    _VERBS[verb](site, fill(given, site.values))


def _create(site: Site, items: list[Item]) -> None:
    """Create objects as they stand in the table."""
    for item in items:
        until_created(site, item)


def _create_files(site: Site, given: Item) -> None:
    """Create a ConfigMap with ``files`` of the kit's own stand-ins, for pods that run them themselves."""
    stub = files("clusterproof.stub")
    data = {name: stub.joinpath(name).read_text(encoding="utf-8") for name in given["files"]}
    until_created(site, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": given["metadata"], "data": data})


def _create_from(site: Site, given: Item) -> None:
    """Create the objects of a pinned module's own ``files``, of one ``kind``, after some ``edits``.

    With ``shared: true`` another add-on may bring the same ones.
    """
    for item in sources.objects(given):
        try:
            site.cluster.create(item)
        except ClusterError as error:
            if not (given.get("shared") and error.status == EXISTS):
                raise


def _patch(site: Site, given: Item) -> None:
    """Change an object by the operations of a JSON patch."""
    path = site.cluster.resource(given["apiVersion"], given["kind"]).path(given.get("namespace", ""), given["name"])
    site.cluster.call("PATCH", path, body=given["operations"], content="application/json-patch+json")


def _patch_status(site: Site, given: Item) -> None:
    """Set the ``status`` of an object, as its controller would."""
    resource = site.cluster.resource(given["apiVersion"], given["kind"])
    status = {"status": given["status"]}
    site.cluster.patch(resource, given["name"], given.get("namespace", ""), status, sub="status")


def _delete(site: Site, given: Item) -> None:
    """Delete an object."""
    resource = site.cluster.resource(given["apiVersion"], given["kind"])
    site.cluster.delete(resource, given["name"], given.get("namespace", ""))


def _start(site: Site, given: Item) -> None:
    """Start a process of a ``program`` of the testbed's, or of any ``argv``; a list among its words is spliced in.

    One that add-ons share has ``once: true``: it is started by the first of them.
    """
    words = [str(binary(given["program"]))] if "program" in given else []
    for word in given["argv"]:
        words += [str(each) for each in word] if isinstance(word, list) else [str(word)]
    with _STARTING:  # add-ons are installed side by side
        if not (given.get("once") and processes.find(site.folder, given["name"])):
            processes.spawn(site.folder, given["name"], words, env=given.get("env"))


def _token(site: Site, given: Item) -> None:
    """Write a service account's token to a ``file`` that only its owner can read."""
    account = site.cluster.resource("v1", "ServiceAccount").path(given["namespace"], given["name"], "token")
    asked = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"expirationSeconds": given["seconds"]},
    }
    _write(Path(given["file"]), site.cluster.call("POST", account, body=asked)["status"]["token"].encode())


def _copy_secret(site: Site, given: Item) -> None:
    """Wait until a Secret holds all ``keys`` and write them ``into`` a folder, as a kubelet mounts them."""
    place = Path(given["into"])
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = until_object(site, given, lambda item: set(given["keys"]) <= (item.get("data") or {}).keys())
    for key in given["keys"]:
        _write(place / key, base64.b64decode(secret["data"][key]))


def _write_yaml(_site: Site, given: Item) -> None:
    """Write a configuration ``file`` with some ``content``."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - as above

    with Path(given["file"]).open("w", encoding="utf-8") as out:
        YAML(typ="safe").dump(given["content"], out)


def _write_json(_site: Site, given: Item) -> None:
    """Write a ``file`` with some ``content`` for a program that reads JSON only."""
    Path(given["file"]).write_text(json.dumps(given["content"]), encoding="utf-8")


def _touch(_site: Site, path: str) -> None:
    """Create an empty file that a program insists on; ``until_http`` removes it again."""
    touch(Path(path))


def _write(file: Path, data: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "wb") as out:
        out.write(data)


_VERBS: dict[str, Callable[[Site, Any], None]] = {
    "create": _create,
    "create_files": _create_files,
    "create_from": _create_from,
    "patch": _patch,
    "patch_status": _patch_status,
    "delete": _delete,
    "start": _start,
    "token": _token,
    "copy_secret": _copy_secret,
    "touch": _touch,
    "write_yaml": _write_yaml,
    "write_json": _write_json,
    "until_condition": until_condition,
    "until_everywhere": until_everywhere,
    "until_file": until_file,
    "until_http": until_http,
    "until_said": until_said,
}
