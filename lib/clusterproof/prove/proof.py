"""What was tried and what was seen: whether each mutant was caught by the right claim. No cluster, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clusterproof import judge
from clusterproof.model import CheckResult, Outcome, Reason
from clusterproof.testbed.spec import SIMULATED

if TYPE_CHECKING:
    from collections.abc import Mapping

GOOD = "good"


@dataclass(frozen=True)
class Trial:
    """One check on one testbed."""

    requirement: str
    mutant: str
    """``good`` for the testbed that is not broken."""
    about: str
    expected: str
    """The claim that must turn false; empty on the good testbed."""
    result: CheckResult | None
    error: str = ""
    """Why there is no result, for instance that the broken testbed did not start."""
    left: tuple[str, ...] = ()
    """What the check has left in the good testbed."""
    took: float = 0.0
    """Seconds with starting and removing the testbed."""
    tier: str = SIMULATED

    @property
    def seen(self) -> str:
        """The first false claim, or what came instead of one."""
        if self.result is None:
            return f"no result: {self.error}"
        if self.left:
            return f"left behind: {', '.join(self.left)}"
        false = judge.first_false(self.result.observations)
        if false:
            return false.claim
        passed = self.result.outcome is Outcome.PASS
        return Outcome.PASS.value if passed else f"{self.result.outcome.value}: {self.result.message}"

    @property
    def ok(self) -> bool:
        """True if a good testbed passes and is left clean, or a mutant fails by the expected claim.

        A mutant on which the check breaks or cannot be run has not been caught.
        """
        if self.result is None:
            return False
        if not self.expected:
            return self._passes() and not self.left
        return self.result.outcome is Outcome.FAIL and self.seen == self.expected

    def _passes(self) -> bool:
        """True if the check passes, or comes as far as simulated nodes can show and every claim so far holds."""
        if self.result is None or self.result.outcome is Outcome.PASS or self.tier != SIMULATED:
            return self.result is not None and self.result.outcome is Outcome.PASS
        no_further = (self.result.outcome, self.result.reason) == (Outcome.SKIP, Reason.NEEDS_KUBELET)
        return no_further and judge.outcome(self.result.observations)[0] is Outcome.PASS


@dataclass(frozen=True)
class Beds:
    """The testbeds of a proof: trials use one after each other as long as nothing is left of the last one."""

    started: int = 0
    thrown: tuple[str, ...] = ()
    """Why one was not used again, a sentence each."""


@dataclass(frozen=True)
class Proof:
    """All trials."""

    trials: tuple[Trial, ...]
    requirements: tuple[str, ...]
    """What was to be proved; one without a trial is not."""
    started: str = ""
    took: float = 0.0
    beds: Beds = Beds()
    tier: str = SIMULATED
    elsewhere: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Requirement and claim to the other tier that has a mutant for it."""

    @property
    def ok(self) -> bool:
        """True if every trial is, and every check was tried on a good testbed and on at least one mutant."""
        return bool(self.trials) and not self.gaps() and all(trial.ok for trial in self.trials)

    def gaps(self) -> tuple[str, ...]:
        """Return what was not tried at all, one sentence each."""
        good, broken = self._tried(good=True), self._tried(good=False)
        return (
            *(f"{name} was not tried on a good testbed." for name in self.requirements if name not in good),
            *(f"{name} has no mutant." for name in self.requirements if name not in broken),
        )

    def unproved(self) -> dict[str, list[str]]:
        """Return, per requirement, the good run's claims that no mutant has turned false, or is there for."""
        return {
            name: [claim for claim in claims if (name, claim) not in self.elsewhere]
            for name, claims in self._open().items()
        }

    def left_to_others(self) -> dict[str, dict[str, str]]:
        """Return, per requirement, the claims of the good run that are left to mutants of another tier, and that tier.

        Whether these catch them is not said by this proof.
        """
        return {
            name: {claim: self.elsewhere[name, claim] for claim in claims if (name, claim) in self.elsewhere}
            for name, claims in self._open().items()
        }

    def _open(self) -> dict[str, list[str]]:
        """Return, per requirement, the claims of the good run that no trial has turned false."""
        caught = {(trial.requirement, trial.seen) for trial in self.trials if trial.mutant != GOOD and trial.ok}
        return {
            trial.requirement: [
                seen.claim for seen in trial.result.observations if (trial.requirement, seen.claim) not in caught
            ]
            for trial in self.trials
            if trial.mutant == GOOD and trial.result
        }

    def _tried(self, *, good: bool) -> set[str]:
        return {trial.requirement for trial in self.trials if (trial.mutant == GOOD) == good}
