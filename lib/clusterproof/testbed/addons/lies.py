"""What the rewriting proxy changes: rules are data, each for one resource.

``edit`` changes objects as they are read, ``edit_written`` objects as they are written (see ``edit.py``), ``hide``
leaves out kinds of watch events, ``unlisted`` all objects of lists, ``gift`` hands out an object that does not exist
whenever a path leads somewhere.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from clusterproof.manifest import fill
from clusterproof.testbed.addons.edit import change, places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Item = dict[str, Any]


class Gifts:
    """Objects that exist for the watchers only, by resource."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given: dict[str, dict[str, Item]] = {}
        self._listeners: dict[str, list[Callable[[Item], None]]] = {}

    def give(self, resource: str, item: Item) -> None:
        """Hand an object to all who watch its resource, once."""
        with self._lock:
            known = self._given.setdefault(resource, {})
            if item["metadata"]["uid"] in known:
                return
            known[item["metadata"]["uid"]] = item
            for tell in self._listeners.get(resource, ()):
                with suppress(OSError):  # one that hung up is taken off the list by its own thread
                    tell({"type": "ADDED", "object": item})

    @contextmanager
    def listening(self, resource: str, tell: Callable[[Item], None]) -> Iterator[None]:
        """Have events of a resource told as long as the block lasts, beginning with what was given before."""
        with self._lock:
            self._listeners.setdefault(resource, []).append(tell)
            for item in self._given.get(resource, {}).values():
                tell({"type": "ADDED", "object": item})
        try:
            yield
        finally:
            with self._lock:
                self._listeners[resource].remove(tell)


class Lies:
    """The rules for one resource; false if nothing is changed of it."""

    def __init__(self, rules: Sequence[Mapping[str, Any]], resource: str, gifts: Gifts) -> None:
        self._rules = [rule for rule in rules if rule["resource"] == resource]
        self._is_given = any(rule.get("gift", {}).get("resource") == resource for rule in rules)
        self._resource = resource
        self._gifts = gifts

    def __bool__(self) -> bool:
        return bool(self._rules) or self._is_given

    def read(self, data: Item) -> Item:
        """Return an object, or a list of objects, as the proxy hands it out."""
        if "items" in data and any(rule.get("unlisted") for rule in self._rules):
            return {**data, "items": []}
        for item in data.get("items", [data]):
            self._change(item)
        return data

    def heard(self, event: Item) -> Item | None:
        """Return a watch event as the proxy hands it out, or None if it keeps it to itself."""
        if any(event["type"] in rule.get("hide", ()) for rule in self._rules):
            return None
        self._change(event["object"])
        return event

    def written(self, data: Item) -> Item:
        """Return an object as the proxy writes it."""
        for rule in self._rules:
            for edit in rule.get("edit_written", ()):
                change(data, edit)
        return data

    @contextmanager
    def listening(self, tell: Callable[[Item], None]) -> Iterator[None]:
        """Have gifts of this resource told as long as the block lasts."""
        with self._gifts.listening(self._resource, tell):
            yield

    def _change(self, item: Item) -> None:
        for rule in self._rules:
            for edit in rule.get("edit", ()):
                change(item, edit)
            if "gift" in rule:
                self._give(rule["gift"], item)

    def _give(self, gift: Mapping[str, Any], item: Item) -> None:
        own = item["metadata"]
        for found in places(item, gift["wherever"]):
            values = {"found": found, "namespace": own["namespace"], "version": own["resourceVersion"]}
            self._gifts.give(gift["resource"], fill(gift["object"], values))
