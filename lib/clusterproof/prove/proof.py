"""Running checks on good and on broken testbeds, and saying whether each mutant was caught by the right claim."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterproof import judge
from clusterproof.errors import KitError
from clusterproof.model import CheckResult, Outcome
from clusterproof.prove.bed import Bed, run_on
from clusterproof.prove.mutant import Mutant, mutants

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

GOOD = "good"
SIDE_BY_SIDE = 2  # testbeds; each takes about 600 MB and most of a core while it starts


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

    @property
    def seen(self) -> str:
        """The first false claim, or the outcome where no claim was false."""
        if self.result is None:
            return self.error
        if self.left:
            return f"left behind: {', '.join(self.left)}"
        false = judge.first_false(self.result.observations)
        return false.claim if false else self.result.outcome.value

    @property
    def ok(self) -> bool:
        """True if a good testbed passes and is left clean, or a mutant fails by the expected claim."""
        if self.result is None:
            return False
        if not self.expected:
            return self.result.outcome is Outcome.PASS and not self.left
        return self.result.outcome is Outcome.FAIL and self.seen == self.expected


@dataclass(frozen=True)
class Proof:
    """All trials."""

    trials: tuple[Trial, ...]

    @property
    def ok(self) -> bool:
        """True if every trial is, and every check was tried on a good testbed and on at least one mutant."""
        good = {trial.requirement for trial in self.trials if trial.mutant == GOOD}
        broken = {trial.requirement for trial in self.trials if trial.mutant != GOOD}
        return bool(good) and good == broken and all(trial.ok for trial in self.trials)

    def unproved(self) -> dict[str, list[str]]:
        """Return, per requirement, the claims of the good run that no mutant has turned false."""
        caught = {(trial.requirement, trial.seen) for trial in self.trials if trial.mutant != GOOD and trial.ok}
        return {
            trial.requirement: [
                seen.claim for seen in trial.result.observations if (trial.requirement, seen.claim) not in caught
            ]
            for trial in self.trials
            if trial.mutant == GOOD and trial.result
        }


def prove(requirements: Sequence[str], say: Callable[[str], None], *, side_by_side: int = SIDE_BY_SIDE) -> Proof:
    """Run every check of these requirements on a good testbed and on each of its mutants.

    A testbed that cannot be had at all is an error of the kit; one broken testbed that does not start is a trial that
    has not caught its mutant.
    """
    jobs: list[tuple[str, Mutant | None]] = [(requirement, None) for requirement in requirements]
    jobs += [(mutant.requirement, mutant) for mutant in mutants(requirements)]
    with ThreadPoolExecutor(side_by_side) as pool:
        futures = [
            pool.submit(_try, requirement, mutant, number, say) for number, (requirement, mutant) in enumerate(jobs)
        ]
        return Proof(tuple(future.result() for future in futures))


def _try(requirement: str, mutant: Mutant | None, number: int, say: Callable[[str], None]) -> Trial:
    name, about = (mutant.name, mutant.about) if mutant else (GOOD, "The testbed as it should be.")
    expected = mutant.caught_by if mutant else ""
    try:
        ran = run_on(Bed(f"prove-{number}", requirement, mutant))
        trial = Trial(requirement, name, about, expected, ran.result, left=ran.left)
    except KitError as broke:
        trial = Trial(requirement, name, about, expected, None, broke.message)
    say(f"{'ok ' if trial.ok else 'BAD'} {requirement} on {name}: {trial.seen}")
    return trial
