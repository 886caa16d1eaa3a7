"""The rules, one family per module; importing this package fills the table ``finding.RULES``."""

from clusterproof.submission.rules import (
    answers,
    artifacts,
    base,
    file,
    files,
    keys,
    metadata,
    name,
    oddities,
    pages,
    status,
    substance,
    texts,
    urls,
)

__all__ = [
    "answers",
    "artifacts",
    "base",
    "file",
    "files",
    "keys",
    "metadata",
    "name",
    "oddities",
    "pages",
    "status",
    "substance",
    "texts",
    "urls",
]
