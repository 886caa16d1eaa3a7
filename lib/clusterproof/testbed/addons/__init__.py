"""Add-ons of the testbed: real operators and gateways, run as local processes."""

from clusterproof.testbed.addons.install import install
from clusterproof.testbed.addons.table import definitions, fetch_sources, names, needs, programs

__all__ = ["definitions", "fetch_sources", "install", "names", "needs", "programs"]
