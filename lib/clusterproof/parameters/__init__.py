"""What a user can set: platform files, and single values on top of them."""

from clusterproof.parameters.platform import Platform, load, merge, names, parse_value, parsed
from clusterproof.parameters.values import Values

__all__ = ["Platform", "Values", "load", "merge", "names", "parse_value", "parsed"]
