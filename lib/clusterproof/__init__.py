"""Notebooks that prove, on a live cluster, that Kubernetes can run AI workloads."""

__version__ = "0.1.0"
