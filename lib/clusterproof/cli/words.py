"""What several commands read from a command line, or write, in the same way."""

from __future__ import annotations

import json
from typing import Any


def listed(text: str) -> tuple[str, ...]:
    """Return the words of a list with commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def as_json_text(data: Any, indent: int | None = 2) -> str:
    """Return JSON in which no string is a command of GitHub Actions' (``harmless``); it means what it meant."""
    return json.dumps(data, indent=indent).replace("##[", r"#\u0023[")
