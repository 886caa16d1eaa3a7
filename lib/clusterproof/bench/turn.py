"""Having accelerators for one check alone: what a check is given to ask for them."""

from __future__ import annotations

from typing import Protocol


class Turn(Protocol):
    """Whom a check asks before it takes what other checks take as well."""

    def __call__(self, resource: str, *, nodes: bool = False) -> None:
        """Have a resource for this check alone until it is cleaned up; with ``nodes`` the making of any nodes as well.

        Raises:
            Inconclusive: SKIP, the check may not disturb others, or another one did not give it back in time.
            KitError: the check has a turn already, of something else: two checks could wait for each other.
        """


def nobody_waits(resource: str, *, nodes: bool = False) -> None:
    """Take nothing: there is no other check."""
