"""Whether a device satisfies the selectors of a class: as much of CEL as classes are written in, and no guess beyond.

Read are ``&&``, ``||``, ``!``, brackets, ``==``, ``!=``, ``in`` and texts, numbers and truth values over
``device.driver``, ``device.attributes['DOMAIN'].NAME`` and ``device.allowMultipleAllocations``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Scope = dict[str, Any]
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'[^'\\]*'|"[^"\\]*")|(?P<number>-?\d+)\b|(?P<name>[A-Za-z_]\w*)"""
    r"""|(?P<sign>&&|\|\||[!=]=|[!()\[\].,]))"""
)
_WORDS = {"true": True, "false": False}


class NotRead(Exception):  # noqa: N818 - an answer, not a failure
    """The expression is written in more of CEL than is read here, or names what a device does not have."""


def satisfies(expressions: Iterable[str], driver: str, attributes: Mapping[str, Any], *, shared: bool) -> bool | None:
    """Return whether a device satisfies all expressions; None if one of them cannot be read.

    ``attributes`` are values by name; a name without a domain belongs to the driver's.
    """
    domains: dict[str, Scope] = {}
    for name, value in attributes.items():
        domain, _, own = name.rpartition("/")
        domains.setdefault(domain or driver, {})[own] = value
    device = {"driver": driver, "attributes": domains, "allowMultipleAllocations": shared}
    try:
        return all(_Reader(each, {"device": device}).whole() for each in expressions)
    except NotRead:
        return None


@dataclass
class _Reader:
    """Reads an expression from left to right, and knows its value at the end."""

    text: str
    scope: Scope

    def __post_init__(self) -> None:
        self._tokens: list[tuple[str, str]] = []
        at, text = 0, self.text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if not found or not found.lastgroup:
                raise NotRead(self.text)
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()
        self._at = 0

    def whole(self) -> bool:
        """Return the value of the whole expression."""
        value = self._either()
        if self._at < len(self._tokens) or not isinstance(value, bool):
            raise NotRead(self.text)
        return value

    def _either(self) -> Any:
        return self._joined("||", self._both, any)

    def _both(self) -> Any:
        return self._joined("&&", self._compared, all)

    def _joined(self, sign: str, part: Callable[[], Any], decide: Callable[[list[Any]], bool]) -> Any:
        values = [part()]
        while self._next(sign):
            values.append(part())
        if len(values) > 1 and not all(isinstance(value, bool) for value in values):
            raise NotRead(self.text)
        return decide(values) if len(values) > 1 else values[0]

    def _compared(self) -> Any:
        left = self._single()
        if self._next("=="):
            return self._alike(left, self._single())
        if self._next("!="):
            return not self._alike(left, self._single())
        if self._next("in"):
            right = self._single()
            if isinstance(right, list | dict):
                return left in right
            raise NotRead(self.text)
        return left

    def _alike(self, left: Any, right: Any) -> bool:
        if type(left) is not type(right) or isinstance(left, dict):
            raise NotRead(self.text)
        return bool(left == right)

    def _single(self) -> Any:
        if self._next("!"):
            value = self._single()
            if isinstance(value, bool):
                return not value
            raise NotRead(self.text)
        if self._next("("):
            return self._until(")", self._either)
        if self._next("["):
            return self._list()
        return self._literal(*self._take())

    def _literal(self, kind: str, token: str) -> Any:
        if kind == "text":
            return token[1:-1]
        if kind == "number":
            return int(token)
        return _WORDS[token] if token in _WORDS else self._inside(self._found(self.scope, token))

    def _list(self) -> list[Any]:
        values = [self._either()]
        while self._next(","):
            values.append(self._either())
        self._until("]", bool)
        return values

    def _inside(self, value: Any) -> Any:
        """Follow ``.name`` and ``['name']`` as far as they lead."""
        while True:
            if self._next("."):
                value = self._found(value, self._take()[1])
            elif self._next("["):
                value = self._found(value, self._until("]", self._either))
            else:
                return value

    def _found(self, value: Any, name: Any) -> Any:
        if not isinstance(value, dict) or name not in value:
            raise NotRead(self.text)
        return value[name]

    def _until(self, sign: str, read: Callable[[], Any]) -> Any:
        value = read()
        if self._next(sign):
            return value
        raise NotRead(self.text)

    def _next(self, sign: str) -> bool:
        here = self._at < len(self._tokens) and self._tokens[self._at] in {("sign", sign), ("name", sign)}
        self._at += here
        return here

    def _take(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise NotRead(self.text)
        self._at += 1
        return self._tokens[self._at - 1]
