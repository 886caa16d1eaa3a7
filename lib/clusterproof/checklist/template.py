"""A checklist file whose values can be replaced while every other byte stays.

The parser only tells where each value begins and ends; the text itself is cut and joined, never written anew.
"""

from __future__ import annotations

import io
import unicodedata
from typing import TYPE_CHECKING, Any

from clusterproof.checklist.catalogue import digest, requirements, versions
from clusterproof.errors import UsageError

if TYPE_CHECKING:
    from clusterproof.model import Requirement

_ADVICE = "Take the official checklist of the run's version, unaltered, or leave --template away for a draft."


class Template:
    """One checklist file, its values, and the replacements asked for so far."""

    def __init__(self, text: str) -> None:
        """Read the text.

        Raises:
            UsageError: the text is not YAML of the checklist's form.
        """
        self._text = text
        self._splices: list[tuple[int, int, str]] = []
        document = _mapping(_compose(text), "The template")
        self._metadata = _mapping(document.get("metadata"), "The template's metadata")
        self._items: dict[str, dict[str, Any]] = {}
        self._categories: dict[str, str] = {}
        for category, items in _mapping(document.get("spec"), "The template's spec").items():
            for item in _sequence(items, category):
                self._add(category, _mapping(item, f"An item of {category}"))

    def _add(self, category: str, item: dict[str, Any]) -> None:
        name = _word(item.get("id"))
        missing = [key for key in ("description", "level", "status", "evidence", "notes") if key not in item]
        if not name or missing:
            raise UsageError(f"The template's item {name!r} lacks {', '.join(missing) or 'an id'}.", next_step=_ADVICE)
        if name in self._items:
            raise UsageError(f"The template holds the item {name} twice.", next_step=_ADVICE)
        self._items[name] = item
        self._categories[name] = category

    def compare(self, version: str, *, texts: bool) -> None:
        """Check that this is the unaltered checklist of that version; ``texts`` also compares the descriptions.

        Raises:
            UsageError: an item is missing, surplus, or of another level, category or text; the message names it.
        """
        wanted = {item.id: item for item in requirements(version)}
        looks = self._looks_like(version)
        for name in [*wanted, *self._items]:
            difference = self._difference(name, wanted, texts=texts)
            if difference:
                raise UsageError(f"In the template, {name} {difference} checklist {version}{looks}.", next_step=_ADVICE)

    def _difference(self, name: str, wanted: dict[str, Requirement], *, texts: bool) -> str:
        if name not in self._items:
            return "is missing, which belongs to"
        if name not in wanted:
            return "is an item that is not in"
        item, official = self._items[name], wanted[name]
        if self._categories[name] != official.category:
            return "stands in another category than in"
        if _word(item["level"]) != official.level.value:
            return "has another level than in"
        if texts and digest(_word(item["description"])) != official.sha256:
            return "has another description than in"
        return ""

    def _looks_like(self, version: str) -> str:
        """Name the other version that has the very same items, because that explains the difference."""
        for other in versions():
            wanted = {item.id: item for item in requirements(other)}
            if other != version and not any(
                self._difference(name, wanted, texts=True) for name in [*wanted, *self._items]
            ):
                return f": it is the checklist of {other}"
        return ""

    def set_metadata(self, name: str, value: str) -> None:
        """Replace one metadata value, or add it below the last one where the template has no such key."""
        if name in self._metadata:
            self._splice(self._metadata[name], value)
            return
        # The official validator demands keys that most of the official templates do not have.
        last = max(node.end_mark.index for node in self._metadata.values())
        line_end = self._text.find("\n", last)
        at = len(self._text) if line_end < 0 else line_end
        self._splices.append((at, at, "\n  " + _line(name, value)))

    def answer(self, name: str, *, status: str, evidence: list[str], notes: str) -> None:
        """Put the answer to one requirement in its place."""
        for key, value in (("status", status), ("evidence", evidence), ("notes", notes)):
            self._splice(self._items[name][key], value)

    def text(self) -> str:
        """Return the file with all replacements made."""
        parts, done = [], 0
        for start, end, value in sorted(self._splices, key=lambda splice: splice[:2]):
            parts += [self._text[done:start], value]
            done = end
        return "".join([*parts, self._text[done:]])

    def _splice(self, node: Any, value: str | list[str]) -> None:
        """Note a replacement; an empty value stays in the template's own spelling."""
        if node.value in ("", []) and not value:
            return
        start = node.start_mark.index
        end = start + len(self._text[start : _end(node)].rstrip())  # the lines after a block text are not its own
        # A block list may stand as far left as its key; a list in brackets may not.
        self._splices.append((start, end, "  " * _is_block_list(node) + _scalar(value)))


def _end(node: Any) -> int:
    """Return where a node's text ends; the parser counts the lines after a block list as part of it."""
    return _end(node.value[-1]) if _is_block_list(node) else int(node.end_mark.index)


def _is_block_list(node: Any) -> bool:
    return node.id == "sequence" and node.flow_style is False and bool(node.value)


def _scalar(value: str | list[str]) -> str:
    """Return a value as YAML on one line, in double quotes as the official files have it."""
    return _dumped(_quoted(value))


def _line(name: str, value: str) -> str:
    return _dumped({name: _quoted(value)})


def _quoted(value: str | list[str]) -> Any:
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString  # noqa: PLC0415 - only filling needs it

    return DoubleQuotedScalarString(value) if isinstance(value, str) else [*map(DoubleQuotedScalarString, value)]


def _dumped(value: Any) -> str:
    from ruamel.yaml import YAML  # noqa: PLC0415 - only filling needs it

    yaml = YAML()
    yaml.width = 1 << 30
    yaml.default_flow_style = not isinstance(value, dict)
    text = io.StringIO()
    yaml.dump(value, text)
    return "".join(map(_visible, text.getvalue().strip()))


def _visible(letter: str) -> str:
    """Return a letter of a quoted value, escaped if it shows nothing itself but may turn the words around it."""
    return f"\\U{ord(letter):08X}" if unicodedata.category(letter) == "Cf" else letter


def _compose(text: str) -> Any:
    from ruamel.yaml import YAML  # noqa: PLC0415 - only filling needs it
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        return YAML().compose(text)
    except YAMLError as error:
        raise UsageError("The template is not readable YAML.", next_step=_ADVICE) from error


def _word(node: Any) -> str:
    return str(node.value) if node is not None and node.id == "scalar" else ""


def _mapping(node: Any, what: str) -> dict[str, Any]:
    if node is None or node.id != "mapping":
        raise UsageError(f"{what} is not a mapping, so this is no checklist.", next_step=_ADVICE)
    for key, value in node.value:
        if value.start_mark.index == value.end_mark.index:
            # The parser does not tell where a value that is not there would stand.
            line = key.start_mark.line + 1
            raise UsageError(f'Line {line} of the template has no value; write "" or [].', next_step=_ADVICE)
    return {key.value: value for key, value in node.value}


def _sequence(node: Any, category: str) -> list[Any]:
    if node.id != "sequence":
        raise UsageError(f"The template's category {category} is not a list.", next_step=_ADVICE)
    items: list[Any] = node.value
    return items
