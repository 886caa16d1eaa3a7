"""What a catalog knows of submissions. Data, and what follows from it without looking anywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from clusterproof.catalog.links import Links

SOON = 60
"""Days before the end of a certification from which on it counts as due soon."""


class Strength(StrEnum):
    """How much the evidence of an answer shows, as far as its form tells."""

    RUN = "own run"
    """Something of the submitter's own: a log, a test result, a transcript."""
    DOCUMENTS = "documents only"
    """Pages that say how it is done, not that it was."""
    BLANK = "none"


_BEST_FIRST = (Strength.RUN, Strength.DOCUMENTS)


class DateSource(StrEnum):
    """Where a certification's date comes from, from the best to the worst."""

    GIVEN = "as the file of dates says"
    MERGED = "when it was merged"
    FUTURE = "in the future, and so not known"
    FILE_TIME = "not known, the file's own time stands in for it"


@dataclass(frozen=True)
class Evidence:
    """One entry of evidence."""

    text: str
    kind: str
    """In words, for instance ``web page``."""
    strength: Strength
    simulated: bool = False
    """True for a page of the kit's that tells of simulated nodes."""


@dataclass(frozen=True)
class Answer:
    """What a submission says to one requirement."""

    id: str
    level: str
    status: str
    """As written, to the blank, since the validator compares it so; empty where nothing was answered."""
    notes: str = ""
    evidence: tuple[Evidence, ...] = ()
    simulated: bool = False
    """True where what is claimed, whole or in part, was seen on simulated nodes: that certifies nothing."""

    @property
    def counted(self) -> str:
        """The status for whoever counts them: what is simulated is never plainly implemented."""
        return f"simulated: {self.status}" if self.simulated else self.status

    @property
    def strength(self) -> Strength:
        """The best that any of the entries shows."""
        found = [entry.strength for entry in self.evidence]
        return next((each for each in _BEST_FIRST if each in found), Strength.BLANK)


@dataclass(frozen=True)
class Certified:
    """When a submission was certified, and where that date comes from."""

    on: date
    source: DateSource

    @property
    def certain(self) -> bool:
        """False where the day is only the file's own, or is still to come."""
        return self.source not in {DateSource.FILE_TIME, DateSource.FUTURE}

    def as_of(self, today: date) -> Certified:
        """Return what is known of it on a day: whoever is certified tomorrow is not certified."""
        return replace(self, source=DateSource.FUTURE) if self.certain and self.on > today else self

    @property
    def until(self) -> date:
        """One year later, the programme's term."""
        try:
            return self.on.replace(year=self.on.year + 1)
        except ValueError:  # 29 February
            return self.on.replace(year=self.on.year + 1, day=28)


@dataclass(frozen=True)
class Submission:
    """One ``PRODUCT.yaml``."""

    version: str
    """Of the checklist, from the folder: ``1.35``."""
    folder: str
    """Name of the product's folder."""
    metadata: dict[str, str]
    """By the camel-case names of the checklist; only what is text."""
    answers: tuple[Answer, ...]
    certified: Certified | None = None

    @property
    def name(self) -> str:
        """The platform's name, or its folder's."""
        return self.metadata.get("platformName", "").strip() or self.folder

    @property
    def vendor(self) -> str:
        """The vendor's name; empty where the file names none."""
        return self.metadata.get("vendorName", "").strip()

    @cached_property
    def by_id(self) -> dict[str, Answer]:
        """The answers by requirement; of two with one id the later counts, as for the programme's validator."""
        return {answer.id: answer for answer in self.answers}

    @property
    def urls(self) -> tuple[str, ...]:
        """Every web address among the evidence, each once."""
        entries = (entry.text for answer in self.answers for entry in answer.evidence)
        return tuple(dict.fromkeys(text for text in entries if text.startswith(("http://", "https://"))))


@dataclass(frozen=True)
class Unreadable:
    """A file that is no submission, and why."""

    path: str
    why: str


@dataclass(frozen=True)
class Product:
    """All submissions of one folder name, newest version first."""

    folder: str
    slug: str
    """What its page is called."""
    submissions: tuple[Submission, ...]

    @property
    def newest(self) -> Submission:
        """The one of the latest version."""
        return self.submissions[0]


@dataclass(frozen=True)
class Catalog:
    """Everything that a tree holds, on one day."""

    products: tuple[Product, ...]
    """Sorted by name."""
    today: date
    unreadable: tuple[Unreadable, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader has to know of the dates."""
    links: Links | None = None
    """What came of asking for web addresses; None where nobody did."""

    @property
    def submissions(self) -> tuple[Submission, ...]:
        """All of them."""
        return tuple(each for product in self.products for each in product.submissions)

    @property
    def versions(self) -> tuple[str, ...]:
        """Every version that is there, newest first."""
        return tuple(sorted({each.version for each in self.submissions}, key=version_key, reverse=True))


def version_key(version: str) -> tuple[int, ...]:
    """Return what versions are sorted by."""
    return tuple(int(part) for part in version.split("."))
