"""A collection that stays up to date: list, watch from that version, and again whenever the watch ends.

The official client's watch ends silently under a burst of events and does not recover from 410. Here every end of a
watch, whatever its cause, leads to a new list, and what changed meanwhile is handed on as events like any other.
"""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.clock import now
from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clusterproof.cluster import Cluster
    from clusterproof.discovery import Resource

Item = dict[str, Any]

LASTS = 290  # seconds; below the five minutes after which load balancers like to cut a quiet connection
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds


@dataclass(frozen=True)
class Event:
    """One change as the watch told it."""

    at: str
    type: str
    """ADDED, MODIFIED, DELETED, or RELIST for the end of a watch."""
    kind: str
    name: str
    line: str
    """What a reader wants to know of the object at that moment."""


class Watch:
    """The objects of one resource in one namespace, kept up to date by a thread.

    ``pulse`` is notified after every change, and ``on_change`` is called before that, in the watch's thread and with
    the pulse held, so that no state between two events goes unseen.
    """

    def __init__(  # noqa: PLR0913 - what to watch, and whom to tell
        self,
        cluster: Cluster,
        resource: Resource,
        namespace: str,
        pulse: threading.Condition,
        on_change: Callable[[], None],
        *,
        labels: str = "",
    ) -> None:
        self._selected = {"labelSelector": labels} if labels else {}
        self._cluster = cluster
        self._resource = resource
        self._namespace = namespace
        self._pulse = pulse
        self._on_change = on_change
        self._items: dict[str, Item] = {}
        self._floor = 0
        self._stopped = threading.Event()
        self._response: Any = None
        self.timeline: list[Event] = []

    def start(self) -> None:
        """List once, so that what follows cannot be missed, then keep watching in a thread."""
        version = self.refresh()
        threading.Thread(target=self._run, args=(version,), daemon=True).start()

    def stop(self) -> None:
        """End the thread; the objects stay readable."""
        self._stopped.set()
        connection = getattr(self._response, "connection", None) or getattr(self._response, "_connection", None)
        with suppress(OSError, AttributeError):
            connection.sock.shutdown(socket.SHUT_RDWR)  # wakes the thread from its read

    def items(self) -> list[Item]:
        """Return the objects as last seen."""
        return list(self._items.values())

    def refresh(self) -> str:
        """List now and take over what changed; return the version of that list.

        Raises:
            ClusterError: the server did not answer; what is held may be stale then.
        """
        listed = self._cluster.call("GET", self._resource.path(self._namespace), query=self._selected)
        version = str(listed["metadata"]["resourceVersion"])
        fresh = {item["metadata"]["uid"]: item for item in listed.get("items") or []}
        with self._pulse:
            self._floor = max(self._floor, _number(version))
            for uid in self._items.keys() - fresh.keys():
                if not _newer(self._items[uid], _number(version)):  # else it came after this list was made
                    self._take("DELETED", self._items[uid])
            for uid, item in fresh.items():
                known = self._items.get(uid)
                if known is None or _newer(item, _version(known)):
                    self._take("ADDED" if known is None else "MODIFIED", item)
        return version

    def _run(self, version: str) -> None:
        pause = FIRST_PAUSE
        while not self._stopped.is_set():
            try:
                for event in self._events(version):
                    self._heard(event)
                    pause = FIRST_PAUSE
            except ClusterError:
                pass  # as with a silent end: list again
            if self._stopped.is_set():
                return
            self._note("RELIST", {"metadata": {}}, "the watch ended, listing again")
            self._stopped.wait(pause)  # nothing to watch while the server is away
            pause = min(pause * 2, LONGEST_PAUSE)
            with suppress(ClusterError):  # still away: the next round tries again
                version = self.refresh()

    def _events(self, version: str) -> Iterator[dict[str, Any]]:
        """Yield events until the watch ends; an ERROR event (410 and others) ends it too."""
        query = {**self._selected, "resourceVersion": version, "allowWatchBookmarks": "true", "timeoutSeconds": str(LASTS)}
        self._response = self._cluster.open_watch(self._resource.path(self._namespace), query, lasts=LASTS + 10)
        try:
            for line in _lines(self._response):
                event = json.loads(line)
                if event.get("type") == "ERROR":
                    return
                yield event
        except (OSError, ValueError):
            return  # cut in the middle of a line, or closed by stop()
        finally:
            with suppress(Exception):  # a socket that stop() shut down may complain; it is thrown away
                self._response.close()

    def _heard(self, event: dict[str, Any]) -> None:
        with self._pulse:
            # A list may have been newer than what a slow watch still brings.
            if event["type"] != "BOOKMARK" and _newer(event["object"], self._floor):
                self._take(event["type"], event["object"])

    def _take(self, kind: str, item: Item) -> None:
        uid = item["metadata"]["uid"]
        item["metadata"].pop("managedFields", None)
        if kind == "DELETED":
            self._items.pop(uid, None)
        else:
            self._items[uid] = item
        self._note(kind, item, _glance(item))
        self._on_change()
        self._pulse.notify_all()

    def _note(self, kind: str, item: Item, line: str) -> None:
        self.timeline.append(Event(now(), kind, self._resource.kind, item["metadata"].get("name", ""), line))


def _lines(response: Any) -> Iterator[bytes]:
    import urllib3  # noqa: PLC0415

    rest = b""
    try:
        for chunk in response.stream(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from (line for line in lines if line.strip())
    except (urllib3.exceptions.HTTPError, AttributeError, TypeError):
        return  # AttributeError, TypeError: what urllib3 says when stop() took its socket away in the middle


def _version(item: Item) -> int:
    return _number(str(item["metadata"].get("resourceVersion", "")))


def _newer(item: Item, version: int) -> bool:
    """Compare by resource version; one that is no number cannot be compared and counts as newer."""
    return _version(item) == 0 or _version(item) > version


def _number(version: str) -> int:
    return int(version) if version.isdigit() else 0


def _glance(item: Item) -> str:
    status = item.get("status") or {}
    node = (item.get("spec") or {}).get("nodeName") if isinstance(item.get("spec"), dict) else None
    parts = [f"node={node}"] if node else []
    parts += [f"phase={status['phase']}"] if isinstance(status.get("phase"), str) else []
    conditions = status.get("conditions")
    for condition in conditions if isinstance(conditions, list) else []:
        reason = f"({condition['reason']})" if condition.get("reason") else ""
        parts.append(f"{condition.get('type')}={condition.get('status')}{reason}")
    if item["metadata"].get("deletionTimestamp"):
        parts.append("deleting")
    return " ".join(parts)
