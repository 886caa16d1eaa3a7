"""A collection that stays up to date: list, watch from that version, and go on whenever the watch ends.

The official client's watch ends silently under a burst of events and does not recover from 410. Here a watch that was
cut goes on from the last event that was heard, so that the server tells what happened meanwhile and no state is lost.
If the server no longer knows that version, talks nonsense or has nothing to tell, the collection is listed anew.
"""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.connection import lines
from clusterproof.cluster.watch.collection import ADDED, DELETED, MODIFIED, Collection, Event
from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterproof.cluster.client import Cluster
    from clusterproof.cluster.discovery import Resource

Item = dict[str, Any]

LASTS = 290  # seconds; below the five minutes after which load balancers like to cut a quiet connection
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds
BOOKMARK = "BOOKMARK"
CUT, AWAY, LOST = "the watch was cut", "the server is away", "the watch cannot go on"


class Watch:
    """The objects of one resource in one namespace, kept up to date by a thread; see Collection for who is told."""

    def __init__(  # noqa: PLR0913 - what to watch, and whom to tell
        self,
        cluster: Cluster,
        resource: Resource,
        namespace: str,
        pulse: threading.Condition,
        on_change: Callable[[], None],
        *,
        labels: str = "",
        keep: Callable[[Item], Item | None] | None = None,
    ) -> None:
        """Prepare it. ``keep`` returns what is to be held of an object, None if nothing is: then it counts as gone."""
        self._cluster = cluster
        self._resource = resource
        self._namespace = namespace
        self._labels = labels
        self._keep = keep or (lambda item: item)
        self._collection = Collection(resource.kind, pulse, on_change)
        self._reached = ""
        self._stopped = threading.Event()
        self._response: Any = None

    @property
    def timeline(self) -> list[Event]:
        """Every change so far, and every end of a watch."""
        return self._collection.timeline

    def items(self) -> list[Item]:
        """Return the objects as last seen."""
        return self._collection.items()

    def ever(self) -> list[Item]:
        """Return all objects that there ever were, as last seen, those also that are gone."""
        return self._collection.ever()

    def start(self) -> None:
        """List once, so that what follows cannot be missed, then keep watching in a thread."""
        self._reached = self.refresh()
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        """End the thread; the objects stay readable."""
        self._stopped.set()
        connection = getattr(self._response, "connection", None) or getattr(self._response, "_connection", None)
        with suppress(OSError, AttributeError):
            connection.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]  # wakes the thread from its read

    def refresh(self) -> str:
        """List now and take over what changed; return the version of that list.

        Raises:
            ClusterError: the server did not answer; what is held may be stale then.
        """
        version = ""
        fresh: dict[str, Item] = {}
        try:
            for page in self._cluster.lists(self._resource, self._namespace, labels=self._labels):
                version = str(page["metadata"]["resourceVersion"])
                kept = map(self._keep, page.get("items") or [])
                fresh |= {str(item["metadata"]["uid"]): item for item in kept if item is not None}
        except (KeyError, TypeError, AttributeError) as error:
            message = f"The list of {self._resource.plural} has no form that can be read: {type(error).__name__}."
            raise ClusterError(message, status=200, reason="NoList") from error
        self._collection.listed(fresh, version)
        return version

    def _run(self) -> None:
        pause, relist, quiet = FIRST_PAUSE, False, False
        while not self._stopped.is_set():
            if relist:
                with suppress(ClusterError):  # still away: the next round tries again
                    self._reached, relist = self.refresh(), False
            before = self._reached
            ending = self._follow()
            if self._stopped.is_set():
                return
            went_on = self._reached != before
            relist = relist or ending == LOST or (ending == CUT and quiet and not went_on)
            quiet = ending == CUT and not went_on
            pause = FIRST_PAUSE if went_on else min(pause * 2, LONGEST_PAUSE)
            self._collection.note("RELIST" if relist else "RESUME", "", ending)
            self._stopped.wait(pause)  # nothing to watch while the server is away

    def _follow(self) -> str:
        """Hear events until the watch ends, and return how it did."""
        try:
            self._response = self._open()
        except ClusterError as error:
            return LOST if error.status else AWAY
        try:
            for line in () if self._stopped.is_set() else lines(self._response):
                self._heard(_event(line))
        except ValueError:
            return LOST
        finally:
            with suppress(Exception):  # a socket that stop() shut down may complain; it is thrown away
                self._response.close()
        return CUT

    def _open(self) -> Any:
        query = {"resourceVersion": self._reached, "allowWatchBookmarks": "true", "timeoutSeconds": str(LASTS)}
        selected = {"labelSelector": self._labels} if self._labels else {}
        return self._cluster.open_watch(self._resource.path(self._namespace), query | selected, lasts=LASTS + 10)

    def _heard(self, event: Item) -> None:
        item = event["object"]
        if event["type"] != BOOKMARK:
            kept = self._keep(item)
            self._collection.heard(DELETED if kept is None else event["type"], kept or item)
        self._reached = str(item["metadata"].get("resourceVersion") or self._reached)


def _event(line: bytes) -> Item:
    """Return the event of a line; a ValueError if it is none, or if the server ends the watch with an ERROR."""
    try:
        event: Item = json.loads(line)
        metadata = event["object"]["metadata"]
        if event["type"] == BOOKMARK or (event["type"] in {ADDED, MODIFIED, DELETED} and metadata["uid"]):
            metadata.keys()
            return event
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("no event") from error
    raise ValueError("no event")
