"""A check's proof, as the tests of the checks use it: its good testbed, and some of its mutants."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace

from clusterproof.model import Kind, Outcome
from clusterproof.prove.proof import GOOD, Proof


@contextmanager
def own_state(folder):
    """Keep testbeds in a folder of their own."""
    before = os.environ.get("CLUSTERPROOF_STATE")
    os.environ["CLUSTERPROOF_STATE"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["CLUSTERPROOF_STATE"]
        else:
            os.environ["CLUSTERPROOF_STATE"] = before


@dataclass(frozen=True)
class Proved:
    """What came of one check on a good testbed and on mutants."""

    proof: Proof

    def on(self, name):
        return next(trial for trial in self.proof.trials if trial.mutant == name)

    @property
    def good(self):
        return self.on(GOOD)

    def claims(self, kind=None):
        return [seen.claim for seen in self.good.result.observations if kind is None or seen.kind is kind]

    @property
    def negatives(self):
        return self.claims(Kind.NEGATIVE)

    def after(self, claim):
        """Return the claims that were seen after a claim."""
        claims = self.claims()
        return claims[claims.index(claim) + 1 :]


def twice(proof, again):
    """Return a proof whose trials that a busy machine may have spoilt were tried once more, with little beside them.

    A mutant that got away is none of these: a check that passes on a broken cluster has failed, however rarely.
    """
    spoilt = {trial.mutant for trial in proof.trials if not trial.ok and not got_away(trial)}
    if not spoilt:
        return proof
    told = [f"{trial.mutant}: {trial.seen}" for trial in proof.trials if trial.mutant in spoilt]
    sys.stderr.write(f"TRIED AGAIN: {', '.join(told)}\n")
    names = sorted(spoilt - {GOOD}) or [next(trial.mutant for trial in proof.trials if trial.mutant != GOOD)]
    better = {trial.mutant: trial for trial in again(names).trials if trial.mutant in spoilt}
    return replace(proof, trials=tuple(better.get(trial.mutant, trial) for trial in proof.trials))


def got_away(trial):
    """Say whether a check has passed on a broken cluster."""
    return trial.mutant != GOOD and trial.result is not None and trial.result.outcome is Outcome.PASS


def false_claims(trial):
    return [seen.claim for seen in trial.result.observations if not seen.holds]
