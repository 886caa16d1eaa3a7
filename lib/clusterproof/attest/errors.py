"""What is wrong with an attestation itself, whatever it is about."""

from __future__ import annotations

from clusterproof.errors import KitError


class AttestationError(KitError):
    """The envelope or its statement is not what was signed, or was not signed with that key."""

    exit_code = 1
