"""What an address is by its form; nothing is requested here."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from clusterproof import redact

_INSIDE = (".localhost", ".local", ".internal", ".intranet", ".lan", ".svc", ".home.arpa")
"""Ends of names that no public resolver knows, by RFC 6761, 6762 and 8375 and by custom."""


def fault(address: str) -> str:
    """Return why an address has no form that can be asked; empty where it has one. Nothing is requested."""
    try:
        parts = urlsplit(address.strip())
        _ = parts.port  # raises where it is none
    except ValueError as error:
        return f"it is no valid address ({error})"
    return "" if parts.hostname else "it names no host"


def user_of(address: str) -> str:
    """Return the host of an address that holds a user's name or password; empty where it holds none."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    return (parts.hostname or "its host") if "@" in parts.netloc else ""


def holds_user(address: str) -> bool:
    """Return whether an address holds a user's name or password, also one of no form that can be asked."""
    return bool(user_of(address)) or without_user(address) != address.strip()


def without_user(address: str) -> str:
    """Return an address as it may be repeated, without a user's name and password, whatever these hold."""
    return re.sub(r"^([\w+.-]+://)[^/?#]*@", r"\1…@", address.strip())


def private(address: str) -> bool:
    """Return whether an address leads nowhere in public, by the name or number of its host alone."""
    try:
        host = (urlsplit(address.strip()).hostname or "").rstrip(".")
    except ValueError:
        return False
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(_INSIDE))


def without_secrets(text: str) -> str:
    """Return what somebody wrote as it may be repeated: an address, or words among which there may be some."""
    return without_user(text) if re.fullmatch(r"\s*https?://\S*\s*", text) else redact.text(text.strip())
