"""Secrets never reach evidence: what looks like one is replaced before anything is stored."""

from __future__ import annotations

import hashlib
import io
import re
from typing import Any

from clusterproof.model import Evidence, EvidenceKind

HIDDEN = "REDACTED"
LONGEST = 256 * 1024  # characters of one piece of evidence; a reader looks no further

_SECRET_KEY = re.compile(
    r"pass(word|wd)|token|secret(key)?$|authorization|api[-_]?key|credential|private[-_]?key|client-(key|certificate)-data",
    re.IGNORECASE,
)
_SECRET_END = re.compile(r"(pass(word|wd)|token|secret|key)$", re.IGNORECASE)
_LOOKS_SECRET = re.compile(
    r"eyJ[\w-]{8,1024}+\.[\w-]{8,}+\.[\w-]*"  # a JSON Web Token; the bound keeps hostile texts from taking hours
    r"|(?i:(?<=bearer )|(?<=authorization: basic ))[\w.~+/=-]{8,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|LS0tLS1CRUdJTi(?:BQUklW|BSU0Eg|BFQyBQ|BPUEVO|BFTkNS|BEU0Eg)[\w+/=]*"  # the same in Base64
    r"|(?<=://)[^\s/?#\"'<>]+(?=@(?!sha\d+:))",  # user and password in a URL; image digests have an @ too
    re.DOTALL,
)
_NAMES = (
    r"client-(?:key|certificate)-data|(?:id-|access[-_]|refresh[-_])?token|password|passwd|client[-_]secret|api[-_]?key"
)
_VARIABLE = r"(?=[A-Z0-9_]*(?:PASSWORD|PASSWD|TOKEN|SECRET|API_?KEY|ACCESS_?KEY))[A-Z0-9_]++"
_NAMED_SECRET = re.compile(
    rf"(^[ \t]*(?:-[ ]+)?(?:{_NAMES}):[ \t]+)[^\s{{\[|>].*$"  # a line of a kubeconfig
    rf"|([\"'](?:{_NAMES})[\"'][ ]*:[ ]*[\"'])[^\"']+"  # the same in JSON
    rf"|(\b{_VARIABLE}=)\S+"
    rf"|(\b(?i:{_NAMES})=)[^\s&\"']+",  # a parameter of a URL
    re.MULTILINE,
)
_HARMLESS = frozenset(
    {"automountServiceAccountToken", "imagePullSecrets", "imagePullSecret", "image_pull_secret", "secretName"}
)
_NOISE = frozenset({"managedFields", "kubectl.kubernetes.io/last-applied-configuration"})


def text(value: str) -> str:
    """Return a text without anything that looks like a credential, cut where it is very long."""
    clean = _LOOKS_SECRET.sub(HIDDEN, value)
    clean = _NAMED_SECRET.sub(lambda found: found[found.lastindex or 0] + HIDDEN, clean)
    return clean if len(clean) <= LONGEST else clean[:LONGEST] + f"\n… cut, {len(clean) - LONGEST} characters more"


def tree(value: Any, *, inside_secret: bool = False) -> Any:
    """Return a copy of an object with the values of secret fields replaced and bookkeeping fields left out."""
    if isinstance(value, dict):
        secret = inside_secret or value.get("kind") == "Secret"
        named = _is_secret_variable(value)
        listed = value.get("kind") == "SecretList"  # whose items do not say what they are
        return {
            key: HIDDEN
            if _hides(str(key), item, secret=secret) or (named and key == "value")
            else tree(item, inside_secret=listed and key == "items")
            for key, item in value.items()
            if key not in _NOISE
        }
    if isinstance(value, list | tuple):
        return [tree(item, inside_secret=inside_secret) for item in value]
    return text(value) if isinstance(value, str) else value


def _is_secret_variable(value: dict[str, Any]) -> bool:
    name = value.get("name")
    return isinstance(name, str) and bool(_SECRET_KEY.search(name) or re.fullmatch(_VARIABLE, name))


def _hides(key: str, item: Any, *, secret: bool) -> bool:
    if secret and key in {"data", "stringData"}:
        return True
    if key in _HARMLESS or not _SECRET_KEY.search(key):
        return False
    if isinstance(item, list | tuple):
        return any(isinstance(each, str) for each in item)
    return isinstance(item, str) or (type(item) in {int, float} and bool(_SECRET_END.search(key)))


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
