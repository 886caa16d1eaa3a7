"""Whether an object has everything that another one asks for."""

from __future__ import annotations

from typing import Any


def contains(tree: Any, asked: Any) -> bool:
    """Say whether a tree has what is asked for, and perhaps more.

    A mapping has to hold every key with what is asked for below it. A list of mappings has to hold, in any place, an
    element for each; a list of words has to be the same. An empty one asks for nothing.
    """
    if isinstance(asked, dict | list) and not asked:
        return True
    if isinstance(asked, dict):
        return isinstance(tree, dict) and all(contains(tree.get(key), below) for key, below in asked.items())
    if isinstance(asked, list) and any(isinstance(each, dict) for each in asked):
        return isinstance(tree, list) and all(any(contains(each, one) for each in tree) for one in asked)
    return bool(tree == asked)
