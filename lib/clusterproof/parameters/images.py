"""References to images: whether one is of the form that nodes pull by, and what it is called in a mirror."""

from __future__ import annotations

import re

_HOST = r"[A-Za-z0-9.-]+(:\d+)?"
_PATH = r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*"
_END = r"(:\w[\w.-]{0,127})?(@[A-Za-z0-9+._-]+:[0-9a-fA-F]+)?"
_IMAGE = re.compile(rf"({_HOST}/)?{_PATH}(/{_PATH})*{_END}", re.ASCII)
_REGISTRY = re.compile(rf"{_HOST}(/{_PATH})*/?", re.ASCII)


def image(reference: str) -> str:
    """Accept what nodes can pull, ``[REGISTRY[:PORT]/]PATH[:TAG][@DIGEST]``; they refuse anything else only later."""
    if not _IMAGE.fullmatch(reference):
        raise ValueError("it should be of the form REGISTRY/PATH:TAG or REGISTRY/PATH@DIGEST, without http://")
    return reference


def optional_image(reference: str) -> str:
    """Accept the same, and an empty text."""
    return image(reference) if reference else reference


def registry(prefix: str) -> str:
    """Accept an empty text, or a registry with perhaps a port and a path."""
    if prefix and not _REGISTRY.fullmatch(prefix):
        raise ValueError("it should be empty or of the form REGISTRY[:PORT]/PATH, without http://")
    return prefix


def mirrored(reference: str, prefix: str) -> str:
    """Return an image's reference in a mirror: the prefix, and the last part of its path with its tag and digest."""
    return f"{prefix.rstrip('/')}/{reference.rsplit('/', 1)[-1]}" if prefix else reference
