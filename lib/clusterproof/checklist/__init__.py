"""The official checklist as facts, and the filling of it: ids, levels and digests per version, never its texts."""

from clusterproof.checklist.catalogue import (
    beyond,
    conditional,
    digest,
    ids,
    requirement,
    requirements,
    unknown_id,
    versions,
)
from clusterproof.checklist.filling import METADATA, check_template, fill

__all__ = [
    "METADATA",
    "beyond",
    "check_template",
    "conditional",
    "digest",
    "fill",
    "ids",
    "requirement",
    "requirements",
    "unknown_id",
    "versions",
]
