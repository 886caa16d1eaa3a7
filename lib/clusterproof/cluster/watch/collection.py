"""The objects of one kind as last seen, put together from lists and events that may come late, twice or out of order.

Nothing here talks to a server. A resource version says which of two states is the newer one; one that is no number
cannot be compared and counts as newer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.clock import now
from clusterproof.cluster.reading import glance

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

Item = dict[str, Any]

ADDED, MODIFIED, DELETED = "ADDED", "MODIFIED", "DELETED"


@dataclass(frozen=True)
class Event:
    """One change as the watch told it."""

    at: str
    type: str
    """ADDED, MODIFIED or DELETED; RESUME and RELIST for the end of a watch and how it went on."""
    kind: str
    name: str
    line: str
    """What a reader wants to know of the object at that moment."""


class Collection:
    """Objects of one kind, by uid.

    ``pulse`` is notified after every change, and ``on_change`` is called before that, in the caller's thread and with
    the pulse held, so that no state between two events goes unseen.
    """

    def __init__(self, kind: str, pulse: threading.Condition, on_change: Callable[[], None]) -> None:
        self.timeline: list[Event] = []
        self._kind = kind
        self._pulse = pulse
        self._on_change = on_change
        self._items: dict[str, Item] = {}
        self._ever: dict[str, Item] = {}
        self._gone: dict[str, int] = {}  # uid and version of what was deleted: an older list may still have it
        self._floor = 0  # version of the newest list; an event up to it tells of the past

    def items(self) -> list[Item]:
        """Return the objects as last seen."""
        return list(self._items.values())

    def ever(self) -> list[Item]:
        """Return all objects that there ever were, as last seen, those also that are gone."""
        return list(self._ever.values())

    def listed(self, fresh: dict[str, Item], version: str) -> None:
        """Take over a list, by uid, that was made at a version; what came after that version stays.

        All of it at once: a half of it would be a state that never was.
        """
        with self._pulse:
            made, before = _number(version), len(self.timeline)
            self._floor = max(self._floor, made)
            for uid in self._items.keys() - fresh.keys():
                if not _newer(self._items[uid], made):
                    self._take(DELETED, self._items[uid])
                    self._gone[uid] = made
            for uid, item in fresh.items():
                if _newer(item, self._last(uid)):
                    self._take(MODIFIED if uid in self._items else ADDED, item)
            if len(self.timeline) > before:
                self._tell()

    def heard(self, kind: str, item: Item) -> None:
        """Take over an event, unless a list or an earlier event was newer."""
        with self._pulse:
            if self._is_dead(item) if kind == DELETED else _newer(item, max(self._floor, self._last(_uid(item)))):
                self._take(kind, item)
                self._tell()

    def note(self, kind: str, name: str, line: str) -> None:
        """Write a line into the timeline."""
        self.timeline.append(Event(now(), kind, self._kind, name, line))

    def _last(self, uid: str) -> int:
        """Return the version in which an object was last seen, alive or dead; 0 if it never was."""
        known = self._items.get(uid)
        return _version(known) if known else self._gone.get(uid, 0)

    def _is_dead(self, item: Item) -> bool:
        """True if an object that we hold was deleted after we saw it, or as we saw it."""
        known, died = self._items.get(_uid(item)), _version(item)
        return known is not None and (not died or died >= _version(known))

    def _take(self, kind: str, item: Item) -> None:
        item["metadata"].pop("managedFields", None)
        self._ever[_uid(item)] = item
        if kind == DELETED:
            self._items.pop(_uid(item), None)
            self._gone[_uid(item)] = _version(item)
        else:
            self._items[_uid(item)] = item
        self.note(kind, item["metadata"].get("name", ""), glance(item))

    def _tell(self) -> None:
        self._on_change()
        self._pulse.notify_all()


def _uid(item: Item) -> str:
    return str(item["metadata"]["uid"])


def _version(item: Item) -> int:
    return _number(str(item["metadata"].get("resourceVersion", "")))


def _newer(item: Item, version: int) -> bool:
    return _version(item) == 0 or _version(item) > version


def _number(version: str) -> int:
    return int(version) if version.isdecimal() else 0
