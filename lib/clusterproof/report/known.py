"""What is known of the checks themselves, for the pages to say how something was measured and how that is proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clusterproof.model import Check
    from clusterproof.prove.mutant import Mutant
    from clusterproof.report.proofs import Proof


@dataclass(frozen=True)
class Known:
    """The checks and mutants that the kit has, and proofs that somebody has made; nothing here changes a verdict."""

    checks: tuple[Check, ...] = ()
    mutants: tuple[Mutant, ...] = ()
    proofs: tuple[Proof, ...] = ()

    def check(self, requirement: str, name: str = "") -> Check | None:
        """Return the check of that name for a requirement, or the first one for it."""
        of_it = [check for check in self.checks if check.requirement == requirement]
        return next((check for check in of_it if check.name == name), of_it[0] if of_it else None)

    def mutants_of(self, requirement: str) -> list[Mutant]:
        """Return the testbeds on which the checks of a requirement must say FAIL."""
        return [mutant for mutant in self.mutants if mutant.requirement == requirement]
