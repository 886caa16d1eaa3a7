"""Whether this machine can carry one more testbed of a tier, asked before anything is changed."""

from __future__ import annotations

from clusterproof.testbed.spec import SIMULATED


def refuse_unless_possible(tier: str) -> None:
    """Refuse a tier whose testbeds this machine cannot carry, before anything is changed.

    Raises:
        UsageError: names what is missing.
    """
    if tier != SIMULATED:
        from clusterproof.testbed.node.start import refuse_unless_possible as refuse  # noqa: PLC0415 - most have none

        refuse()


def has_room(tier: str) -> bool:
    """True unless others have taken what one more testbed of a tier needs of this machine."""
    if tier == SIMULATED:
        return True
    from clusterproof.testbed.node import host  # noqa: PLC0415 - most have none

    return not host.crowded()
