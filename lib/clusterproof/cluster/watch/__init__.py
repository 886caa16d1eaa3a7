"""Collections that stay up to date, and every state that they were in."""

from clusterproof.cluster.watch.collection import Collection, Event
from clusterproof.cluster.watch.following import Watch

__all__ = ["Collection", "Event", "Watch"]
