"""The official checklist as facts, and the filling of it: ids, levels and digests per version, never its texts."""

from clusterproof.checklist.catalogue import digest, requirement, requirements, versions
from clusterproof.checklist.filling import check_template, fill

__all__ = ["check_template", "digest", "fill", "requirement", "requirements", "versions"]
