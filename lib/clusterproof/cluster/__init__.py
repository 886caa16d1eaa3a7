"""The cluster as the API server tells of it: calls, discovery, watches, what it holds, and removing what a run left."""

from clusterproof.cluster.client import Cluster, Limits

__all__ = ["Cluster", "Limits"]
