"""What a run would create and need, told before anything is created."""

from clusterproof.plan.plan import BEYOND, Item, expected_seconds, plan
from clusterproof.plan.roles import roles

__all__ = ["BEYOND", "Item", "expected_seconds", "plan", "roles"]
