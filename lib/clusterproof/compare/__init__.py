"""Runs and checklists beside each other: what changed, what that leaves to do. Pure but for reading run folders."""

from clusterproof.compare.differences import Change, ClaimChange, differences, remarks, unlike
from clusterproof.compare.runs import Runs, open_runs

__all__ = ["Change", "ClaimChange", "Runs", "differences", "open_runs", "remarks", "unlike"]
