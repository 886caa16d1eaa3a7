"""Changes of plain data at places that a path names.

A path is a list: a word is a key, ``*`` is every element of a list, and a mapping is those elements of a list that hold
all of its pairs, or the mapping that the path has led to, if it does. Where a part of the path is absent nothing
happens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Step = str | Mapping[str, Any]

EVERY = "*"


def places(tree: Any, path: Sequence[Step]) -> Iterator[Any]:
    """Yield everything that a path leads to."""
    if not path:
        yield tree
        return
    for below in _step(tree, path[0]):
        yield from places(below, path[1:])


def change(tree: Any, edit: Mapping[str, Any]) -> None:
    """Carry out one edit in place: ``at`` is the path, and one of ``set``, ``drop`` or ``keep`` says what to do.

    ``set`` gives the last key of the path a value, ``drop: true`` removes that key, ``keep`` leaves of the list that
    the path leads to only the elements that hold all its pairs, or all the pairs of one of several.
    """
    *way, last = edit["at"]
    for place in places(tree, way):
        if not isinstance(place, dict):
            continue
        if "set" in edit:
            place[last] = edit["set"]
        elif "drop" in edit:
            place.pop(last, None)
        else:
            wanted = edit["keep"] if isinstance(edit["keep"], list) else [edit["keep"]]
            place[last] = [each for each in place.get(last) or [] if any(_holds(each, pairs) for pairs in wanted)]


def _step(tree: Any, step: Step) -> Iterator[Any]:
    if not isinstance(step, str):
        elements = tree if isinstance(tree, list) else [tree]
        yield from (each for each in elements if _holds(each, step))
    elif isinstance(tree, list) and step == EVERY:
        yield from tree
    elif isinstance(tree, dict) and step in tree:
        yield tree[step]


def _holds(element: Any, wanted: Mapping[str, Any]) -> bool:
    return isinstance(element, dict) and all(key in element and element[key] == wanted[key] for key in wanted)
