"""Keys in PEM files: Ed25519, or ECDSA over P-256 with SHA-256."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LARGEST = 64 * 1024  # bytes of a key file
_KINDS = "Keys are Ed25519 or ECDSA P-256, in PEM files: openssl genpkey -algorithm ed25519 -out key.pem"


@dataclass(frozen=True)
class Public:
    """What signatures are checked with."""

    key: Any
    keyid: str
    """SHA-256 of the key as SubjectPublicKeyInfo in DER."""

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Tell whether a signature over a message is one of this key."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - as below

        try:
            self.key.verify(signature, message, *_algorithm(self.key))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Private:
    """What is signed with."""

    key: Any
    public: Public

    def sign(self, message: bytes) -> bytes:
        """Return a signature over a message; one of ECDSA is in DER."""
        signature: bytes = self.key.sign(message, *_algorithm(self.key))
        return signature


def load_private(file: Path, ask: Callable[[], str]) -> Private:
    """Return the private key of a PEM file; a protected one is opened with the password that ``ask`` returns.

    Raises:
        UsageError: there is none, of no kind that is known, or the password is wrong.
    """
    # The library takes 0.1 s to import, which no other command need wait for.
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    data = _read(file)
    if b"PRIVATE KEY-----" not in data:
        raise UsageError(f"{file} holds no private key.", next_step=_KINDS)
    try:
        key = load_pem_private_key(data, None)
    except TypeError:  # the library's word for a key that is protected
        key = _opened(file, data, ask())
    except _unreadable_words() as error:
        raise _unreadable(file) from error
    return Private(_of_a_known_kind(file, key), _public(file, key.public_key()))


def load_public(file: Path) -> Public:
    """Return the public key of a PEM file.

    Raises:
        UsageError: there is none, or of no kind that is known.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    data = _read(file)
    if b"PRIVATE KEY-----" in data:
        raise UsageError(
            f"{file} holds a private key; verifying takes the public one.",
            next_step="openssl pkey -in key.pem -pubout -out key.pub.pem",
        )
    try:
        return _public(file, load_pem_public_key(data))
    except UsageError:
        raise
    except _unreadable_words() as error:
        raise _unreadable(file) from error


def _opened(file: Path, data: bytes, password: str) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        return load_pem_private_key(data, password.encode())
    except _unreadable_words() as error:
        raise UsageError(f"{file} cannot be opened with that password.") from error


def _public(file: Path, key: Any) -> Public:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    _of_a_known_kind(file, key)
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Public(key, hashlib.sha256(der).hexdigest())


def _of_a_known_kind(file: Path, key: Any) -> Any:
    curve = getattr(getattr(key, "curve", None), "name", "")
    if curve == "secp256r1" or "Ed25519" in type(key).__name__:
        return key
    raise UsageError(f"{file} holds a key of another kind{f', over {curve}' if curve else ''}.", next_step=_KINDS)


def _algorithm(key: Any) -> tuple[Any, ...]:
    if not hasattr(key, "curve"):
        return ()
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    return (ECDSA(SHA256()),)


def _unreadable_words() -> tuple[type[Exception], ...]:
    """Return what the library raises over a file that is untidy, or over a password that does not fit."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415

    return ValueError, TypeError, UnsupportedAlgorithm


def _unreadable(file: Path) -> UsageError:
    return UsageError(f"{file} holds no key that can be read.", next_step=_KINDS)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST)
    except OSError as error:
        raise UsageError(f"The key {file} cannot be read: {error.strerror}.", next_step=_KINDS) from error
