"""Keys made for tests of attestations, and envelopes changed by hand."""

from __future__ import annotations

import base64
import json

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from clusterproof.attest import envelope
from clusterproof.attest.keys import load_private

KINDS = {"ed25519": ed25519.Ed25519PrivateKey.generate, "p256": lambda: ec.generate_private_key(ec.SECP256R1())}


def forged(file, *, keyid=None, payload=None, **fields):
    """Change an envelope without signing it again."""
    plain = json.loads(file.read_bytes()) | fields
    if keyid is not None:
        plain["signatures"][0]["keyid"] = keyid
    if payload is not None:
        plain["payload"] = base64.b64encode(payload).decode()
    file.write_text(json.dumps(plain))


def signed_again(file, private, change):
    """Sign what `change` makes of the statement, as the holder of the key could."""
    statement = json.loads(envelope.load(file.read_bytes()).payload)
    change(statement)
    sealed = envelope.seal(json.dumps(statement).encode(), load_private(private, str), "k")
    file.write_bytes(envelope.dump(sealed))
