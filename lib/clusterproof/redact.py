"""Secrets never reach evidence: what looks like one is replaced before anything is stored."""

from __future__ import annotations

import hashlib
import io
import re
from typing import Any

from clusterproof.model import Evidence, EvidenceKind

HIDDEN = "REDACTED"
LONGEST = 256 * 1024  # characters of one piece of evidence; a reader looks no further

_SECRET_KEY = re.compile(r"pass(word|wd)|token|secret(key)?$|authorization|api[-_]?key|credential|private[-_]?key", re.I)
_SECRET_TEXT = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # a JSON Web Token
    r"|(?<=Bearer )[\w.~+/=-]{8,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----",
    re.S,
)
_HARMLESS = frozenset({"automountServiceAccountToken", "imagePullSecrets", "secretName"})
_NOISE = frozenset({"managedFields", "kubectl.kubernetes.io/last-applied-configuration"})


def text(value: str) -> str:
    """Return a text without anything that looks like a credential, cut where it is very long."""
    clean = _SECRET_TEXT.sub(HIDDEN, value)
    return clean if len(clean) <= LONGEST else clean[:LONGEST] + f"\n… cut, {len(clean) - LONGEST} characters more"


def tree(value: Any, *, inside_secret: bool = False) -> Any:
    """Return a copy of an object with the values of secret fields replaced and bookkeeping fields left out."""
    if isinstance(value, dict):
        secret = inside_secret or value.get("kind") == "Secret"
        named = _is_secret_variable(value)
        return {
            key: HIDDEN if _hides(key, item, secret=secret) or (named and key == "value") else tree(item)
            for key, item in value.items()
            if key not in _NOISE
        }
    if isinstance(value, list | tuple):
        return [tree(item) for item in value]
    return text(value) if isinstance(value, str) else value


def _is_secret_variable(value: dict[str, Any]) -> bool:
    return isinstance(value.get("name"), str) and bool(_SECRET_KEY.search(value["name"]))


def _hides(key: str, item: Any, *, secret: bool) -> bool:
    if secret and key in {"data", "stringData"}:
        return True
    return isinstance(item, str) and key not in _HARMLESS and bool(_SECRET_KEY.search(key))


def evidence(title: str, kind: EvidenceKind, content: Any) -> Evidence:
    """Return a redacted, digested piece of evidence; objects are written as YAML."""
    body = text(content if isinstance(content, str) else _yaml(tree(content)))
    return Evidence(title, kind, body, hashlib.sha256(body.encode()).hexdigest())


def _yaml(content: Any) -> str:
    from ruamel.yaml import YAML  # noqa: PLC0415

    writer = YAML()
    writer.default_flow_style = False
    writer.width = 110
    out = io.StringIO()
    documents = content if isinstance(content, list) else [content]
    writer.dump_all(documents, out)
    return out.getvalue()
