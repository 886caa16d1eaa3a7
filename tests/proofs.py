"""A check's proof, as the tests of the checks use it: its good testbed, and some of its mutants."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass

from clusterproof.model import Kind
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


def false_claims(trial):
    return [seen.claim for seen in trial.result.observations if not seen.holds]
