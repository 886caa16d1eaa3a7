"""What a check works with: it puts things into the cluster, waits for them, and keeps what it saw as evidence."""

from clusterproof.bench.bench import Bench

__all__ = ["Bench"]
