"""Waiting until an add-on is ready; a process that dies meanwhile is reported at once."""

from __future__ import annotations

import http.client
import re
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clusterproof.cluster.reading import condition_of
from clusterproof.cluster.watch import Watch
from clusterproof.errors import ClusterError, TestbedError
from clusterproof.testbed import processes

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterproof.testbed.addons.steps import Site

Item = dict[str, Any]
WITHIN = 60.0  # seconds for each wait; one or two are usual
LOOK_EVERY = 0.05  # seconds; another process' port or file is nothing that could be watched
OK, NOT_SERVED = 200, 404


def until_object(site: Site, given: Item, reached: Callable[[Item], bool]) -> Item:
    """Watch one object until it is in a state, and return it."""
    changed = threading.Condition()
    resource = site.cluster.resource(given["apiVersion"], given["kind"])
    watch = Watch(site.cluster, resource, given.get("namespace", ""), changed, lambda: None)
    deadline = time.monotonic() + WITHIN
    watch.start()
    try:
        with changed:
            while True:
                for item in watch.items():
                    if item["metadata"]["name"] == given["name"] and reached(item):
                        return item
                _alive(site, deadline, f"{given['kind']} {given['name']}")
                changed.wait(LOOK_EVERY)
    finally:
        watch.stop()


def until_condition(site: Site, given: Item) -> None:
    """Wait until a ``condition`` of an object is True, or another ``status``."""
    wanted = given.get("status", "True")
    until_object(site, given, lambda item: condition_of(item.get("status") or {}, given["condition"]) == wanted)


def until_everywhere(site: Site, given: Item) -> None:
    """Wait until a DaemonSet's pods are ready on all of its nodes."""
    until_object(site, given, lambda item: _is_everywhere(item.get("status") or {}))


def until_http(site: Site, given: Item) -> None:
    """Wait until a ``url`` answers with 200; ``marker`` is an empty file that has to be there meanwhile."""
    marker = Path(given["marker"]) if "marker" in given else None
    try:
        _poll(site, given["url"], lambda: _marked(marker) and _answers(given["url"]))
    finally:
        _unmark(marker)


def until_file(site: Site, given: Item) -> None:
    """Wait until a file is there."""
    _poll(site, given["path"], Path(given["path"]).exists)


def until_said(site: Site, given: Item) -> None:
    """Wait until the API server's answer to a dry run of creating an ``item`` matches; no refusal is empty."""
    _poll(
        site,
        f"{given['item']['kind']} to be answered with {given['matches']!r}",
        lambda: bool(re.fullmatch(given["matches"], _refusal(site, given["item"]), re.DOTALL)),
    )


def until_created(site: Site, item: Item) -> None:
    """Create an object; a kind that was defined a moment ago is not served at once."""
    _poll(site, f"{item['kind']} to be served", lambda: _created(site, item))


def _created(site: Site, item: Item) -> bool:
    try:
        site.cluster.create(item)
    except ClusterError as error:
        if error.status == NOT_SERVED:
            return False
        raise
    return True


def _poll(site: Site, what: str, well: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN
    while not well():
        _alive(site, deadline, what)
        time.sleep(LOOK_EVERY)


def _alive(site: Site, deadline: float, what: str) -> None:
    for name in processes.names(site.folder):
        if processes.find(site.folder, name) is None:
            raise TestbedError(f"{name} died at start. Its last lines:\n{processes.last_lines(site.folder, name)}")
    if time.monotonic() > deadline:
        names = processes.names(site.folder)
        last = "".join(f"\n{name}: {processes.last_lines(site.folder, name, 1)}" for name in names)
        raise TestbedError(f"Waited {WITHIN:.0f} s in vain for {what}.{last}")


def _is_everywhere(status: Item) -> bool:
    wanted, ready = (int(status.get(key) or 0) for key in ("desiredNumberScheduled", "numberReady"))
    return 0 < wanted <= ready


def _refusal(site: Site, item: Item) -> str:
    try:
        site.cluster.create(item, dry_run=True)
    except ClusterError as error:
        return error.message
    return ""


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=1)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _marked(marker: Path | None) -> bool:
    """Put the marker back each time: another testbed that starts may just have removed it."""
    try:
        if marker:
            touch(marker)
    except OSError:  # removed between the two calls
        return False
    return True


def touch(marker: Path) -> None:
    """Create an empty file and the folders above it."""
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()


def _unmark(marker: Path | None) -> None:
    """Remove an empty marker, and the folders above it that hold nothing else."""
    with suppress(OSError):  # somebody else's files are in a folder, or it is gone
        if marker and not marker.stat().st_size:
            marker.unlink()
            for folder in marker.parents[:2]:
                folder.rmdir()
