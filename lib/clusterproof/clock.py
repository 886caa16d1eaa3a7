"""The time, as evidence writes it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """Return the time now, UTC, RFC 3339 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
