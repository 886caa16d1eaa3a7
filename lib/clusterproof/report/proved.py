"""How a requirement's checks are themselves checked: the mutants, and what a proof has seen of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterproof.render import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterproof.model import Report, Verdict
    from clusterproof.prove.mutant import Mutant
    from clusterproof.report.known import Known
    from clusterproof.report.proofs import Proof, Trial


@dataclass(frozen=True)
class Tried:
    """A mutant, and the trial of the latest proof that has one of it."""

    mutant: Mutant
    trial: Trial | None = None
    proof: Proof | None = None
    """Whose trial that is."""

    @property
    def real_nodes(self) -> bool:
        """True if it is broken inside containers, so that it takes real nodes to see it."""
        return bool(self.mutant.testbed.get("tier"))


@dataclass(frozen=True)
class Claimed:
    """A claim, and the mutants on which it must turn false."""

    claim: str
    mutants: tuple[Tried, ...]


@dataclass(frozen=True)
class Proved:
    """The mutants of one requirement by the claim that must turn false, and what is known of them."""

    claims: tuple[Claimed, ...]
    open: tuple[str, ...]
    """Claims that this run has seen, and for which there is no mutant."""

    @property
    def mutants(self) -> tuple[Tried, ...]:
        """All of them."""
        return tuple(each for claimed in self.claims for each in claimed.mutants)

    def of(self, claim: str) -> int:
        """Return how many mutants must turn a claim false."""
        return next((len(each.mutants) for each in self.claims if each.claim == claim), 0)


def proof_words(mutants: Sequence[Tried], known: Known) -> str:
    """Return what the run folder's proofs say of some mutants; that there is none is said, too."""
    tried = [each for each in mutants if each.trial and each.proof]
    if not tried:
        none = "none was tried in the proof" if latest_first(known) else "no proof"
        return f"That it does is not shown in this report: {none} of this run folder."
    proofs = {each.proof.file: each.proof for each in tried if each.proof}.values()
    whose = " and ".join(f"clusterproof {each.kit_version} on {moment(each.started)}" for each in proofs)
    noticed = sum(1 for each in tried if each.trial and each.trial.ok)
    parts = [
        f"noticed {noticed} of {len(tried)}",
        *([f"missed {len(tried) - noticed}"] if noticed < len(tried) else []),
    ]
    untried = [f"{len(mutants) - len(tried)} not tried"] if len(tried) < len(mutants) else []
    return f"The proof of {whose}: {', '.join([*parts, *untried])}."


def proved(verdict: Verdict, known: Known) -> Proved:
    """Return how the checks of a requirement are themselves checked."""
    requirement = verdict.requirement.id
    proofs = latest_first(known)
    groups: dict[str, list[Tried]] = {}
    for mutant in known.mutants_of(requirement):
        groups.setdefault(mutant.caught_by, []).append(_tried(mutant, proofs))
    seen = dict.fromkeys(each.claim for result in verdict.results for each in result.observations)
    return Proved(
        tuple(Claimed(claim, tuple(mutants)) for claim, mutants in groups.items()),
        tuple(claim for claim in seen if claim not in groups) if groups else (),
    )


def all_mutants(report: Report, known: Known) -> list[Tried]:
    """Return the mutants of all requirements that a report is about."""
    return [each for verdict in report.verdicts for each in proved(verdict, known).mutants]


def latest_first(known: Known) -> list[Proof]:
    """Return the proofs that could be read, the latest one first."""
    return sorted((each for each in known.proofs if not each.problem), key=lambda each: each.started, reverse=True)


def _tried(mutant: Mutant, proofs: Sequence[Proof]) -> Tried:
    for proof in proofs:
        if trial := proof.trial(mutant):
            return Tried(mutant, trial, proof)
    return Tried(mutant)
