"""The DSSE envelope, version 1: a payload, its type, and signatures over both."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.attest.errors import AttestationError

if TYPE_CHECKING:
    from clusterproof.attest.keys import Private, Public

IN_TOTO = "application/vnd.in-toto+json"
LARGEST = 16 * 1024 * 1024  # bytes; a folder of a hundred thousand files has a smaller one


@dataclass(frozen=True)
class Envelope:
    """What was signed, and by whom it says so."""

    payload: bytes
    payload_type: str
    signatures: tuple[tuple[str, bytes], ...]
    """Pairs of a key id, which is a hint that nobody signed, and a signature."""


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed: type and payload, each with its length in bytes before it."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, key: Private, keyid: str, payload_type: str = IN_TOTO) -> Envelope:
    """Return an envelope with one signature."""
    return Envelope(payload, payload_type, ((keyid, key.sign(pae(payload_type, payload))),))


def check(envelope: Envelope, key: Public) -> None:
    """Check that the key has signed the envelope, whatever id stands beside the signature.

    Raises:
        AttestationError: none of its signatures is one of this key over this payload.
    """
    message = pae(envelope.payload_type, envelope.payload)
    if any(key.has_signed(message, signature) for _, signature in envelope.signatures):
        return
    named = ", ".join(keyid or "without an id" for keyid, _ in envelope.signatures)
    raise AttestationError(
        "The attestation was not signed with this key, or was changed since: no signature fits.",
        next_step=f"It names the keys: {named}. This key's own id is {key.keyid}.",
    )


def dump(envelope: Envelope) -> bytes:
    """Return an envelope as one line of JSON, the form in which several of them can follow each other in a file."""
    signatures = [{"keyid": keyid, "sig": _encoded(signature)} for keyid, signature in envelope.signatures]
    plain = {"payloadType": envelope.payload_type, "payload": _encoded(envelope.payload), "signatures": signatures}
    return json.dumps(plain, separators=(",", ":")).encode() + b"\n"


def load(data: bytes) -> Envelope:
    """Return the envelope that a file holds; fields that DSSE does not know are left alone, as it asks for.

    Raises:
        AttestationError: it is not one envelope of an in-toto statement.
    """
    plain = read_json(data, "The attestation")
    signatures = plain.get("signatures")
    if not isinstance(signatures, list) or not signatures or not all(isinstance(each, dict) for each in signatures):
        raise AttestationError("The attestation is no DSSE envelope: it has no list of signatures.")
    kind = plain.get("payloadType")
    if kind != IN_TOTO:
        raise AttestationError(f"The attestation's payload is of the type {str(kind)[:100]!r}, and not {IN_TOTO}.")
    pairs = tuple((str(each.get("keyid") or "")[:200], _decoded(each.get("sig"), "signature")) for each in signatures)
    return Envelope(_decoded(plain.get("payload"), "payload"), kind, pairs)


def read_json(data: bytes, what: str) -> dict[str, Any]:
    """Return a JSON object in which no key stands twice, since readers differ in which one counts.

    Raises:
        AttestationError: it is not one.
    """
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise AttestationError(f"{what} is not JSON, or not whole: {str(error)[:120]}.") from error
    if not isinstance(found, dict):
        raise AttestationError(f"{what} is not a JSON object.")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: Any, what: str) -> bytes:
    """Decode standard or URL-safe Base64, strictly: no second spelling of the same bytes is taken."""
    if isinstance(text, str) and text:
        standard = text.replace("-", "+").replace("_", "/")
        try:
            data = base64.b64decode(standard, validate=True)
        except (binascii.Error, ValueError):
            data = b""
        if data and _encoded(data) == standard:
            return data
    raise AttestationError(f"The attestation's {what} is not Base64.")
