"""Proof that the checks notice: each one on a good testbed, and on testbeds broken on purpose."""

from clusterproof.prove.proof import Proof, Trial
from clusterproof.prove.trials import prove

__all__ = ["Proof", "Trial", "prove"]
