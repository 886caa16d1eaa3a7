"""What the page of one product shows, cut so that it stays small whatever was submitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterproof.catalog.expiry import Expiry, expiry
from clusterproof.catalog.matrix import code, columns, dead_links
from clusterproof.report.sharing import fair_limit

if TYPE_CHECKING:
    from clusterproof.catalog.model import Answer, Catalog, Product, Submission

NOTES = 60_000
"""Characters of notes on one page; the longest are cut."""
ENTRIES = 250
"""Evidence entries on one page, about 500 bytes each."""
VERSIONS = 8
"""Versions that are shown whole; there is one in four months."""
LINKS = {
    "websiteUrl": "Website", "documentationUrl": "Documentation", "repoUrl": "Repository",
    "k8sConformanceUrl": "Base conformance", "productLogoUrl": "Logo",
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """One submission on the page."""

    submission: Submission
    due: Expiry | None
    dead: tuple[int, int]
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Page:
    """Everything that the page of a product shows."""

    product: Product
    shown: tuple[Shown, ...]
    hidden: tuple[str, ...]
    """Older versions that are not shown."""
    columns: tuple[str, ...]
    notes_limit: int
    entries_limit: int

    def code(self, submission: Submission, name: str) -> str:
        """Return the answer to one requirement as two characters."""
        return code(submission, name)


def page(catalog: Catalog, product: Product, share: float = 1.0) -> Page:
    """Return what the page of a product shows; ``share`` is how much of what it may show at most."""
    most = max(int(VERSIONS * share), 1)
    submissions = product.submissions[:most]
    answers = [answer for each in submissions for answer in each.by_id.values()]
    shown = tuple(
        Shown(
            each, expiry(each.certified, catalog.today) if each.certified else None, dead_links(catalog, each),
            tuple(each.by_id.values())[:40],
        )
        for each in submissions
    )  # fmt: skip
    return Page(
        product, shown, tuple(each.version for each in product.submissions[most:]),
        columns([each.version for each in submissions]),
        fair_limit([len(answer.notes) for answer in answers], int(NOTES * share), least=100),
        fair_limit([len(answer.evidence) for answer in answers], int(ENTRIES * share), least=1),
    )  # fmt: skip
