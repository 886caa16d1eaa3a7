"""Products and their answers as a table: which rows stand on which page, and what searching needs to know of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from clusterproof import checklist, render
from clusterproof.catalog.expiry import Expiry, expiry
from clusterproof.catalog.model import Answer, Catalog, Strength, Submission
from clusterproof.model import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS = 60
"""Products on one page."""
INDEX = 130_000
"""Characters that searching beyond the own page may take; with more products it looks at the own page only."""
SHORT = 60  # characters of a name in a row

NOT_ASKED, BLANK, OTHER, SIMULATED = "-", "B", "O", "S"
SIGNS = {"I": "✓", "P": "◐", "N": "✗", "A": "∅", SIMULATED: "≈", OTHER: "?", BLANK: "·", NOT_ASKED: ""}
WORDS = {
    "I": Status.IMPLEMENTED.value, "P": Status.PARTIAL.value, "N": Status.NOT_IMPLEMENTED.value,
    "A": Status.NOT_APPLICABLE.value, SIMULATED: "SIMULATED", OTHER: "another word", BLANK: "left blank",
    NOT_ASKED: "not asked for in this version",
}  # fmt: skip
_CODES = {WORDS[code]: code for code in "IPNA"} | {"": BLANK}
STRENGTHS = {Strength.RUN: "r", Strength.DOCUMENTS: "d", Strength.BLANK: "n"}
NAMES = {code: strength.value for strength, code in STRENGTHS.items()}
EVIDENCE = NAMES | {"n": "no evidence"}


@dataclass(frozen=True)
class Row:
    """One submission in the table."""

    slug: str
    submission: Submission
    cells: str
    """For each column two characters: the code of the answer, and of the evidence's strength."""
    due: Expiry | None
    dead: tuple[int, int]
    """Dead links, and links that were asked for."""

    @property
    def name(self) -> str:
        """The platform's name, cut."""
        return render.clean(self.submission.name, SHORT)

    @property
    def vendor(self) -> str:
        """The vendor's name, cut."""
        return render.clean(self.submission.vendor, SHORT)


@dataclass(frozen=True)
class Matrix:
    """A table over one or more pages."""

    stem: str
    """Name of the first page without its ending; the second is ``stem-2``."""
    columns: tuple[str, ...]
    """Ids of requirements."""
    rows: tuple[Row, ...]

    def pages(self) -> list[tuple[Row, ...]]:
        """Return the rows of each page; one page at least."""
        return [self.rows[at : at + ROWS] for at in range(0, max(len(self.rows), 1), ROWS)]

    def page_name(self, number: int) -> str:
        """Return the file name of a page, counted from 1."""
        return f"{self.stem}.html" if number == 1 else f"{self.stem}-{number}.html"

    @cached_property
    def _whole(self) -> Markup | None:
        whole = _as_json(self.rows)
        return whole if len(whole.encode("utf-8", "replace")) <= INDEX else None

    def first(self, number: int) -> int:
        """Return the place of a page's first row in what the script searches in."""
        return 0 if self._whole is None else (number - 1) * ROWS

    def index(self, page: Sequence[Row]) -> Markup:
        """Return what the script searches in, as JSON fit to stand inside a page: all rows, or the page's own."""
        return _as_json(page) if self._whole is None else self._whole


def overview(catalog: Catalog) -> Matrix:
    """Return every product with its newest submission."""
    newest = [(product.slug, product.newest) for product in catalog.products]
    return Matrix("index", columns(catalog.versions), _rows(catalog, newest, columns(catalog.versions)))


def of_version(catalog: Catalog, version: str) -> Matrix:
    """Return every submission of one version."""
    own = [
        (product.slug, each) for product in catalog.products for each in product.submissions if each.version == version
    ]
    return Matrix(f"v{version}", columns([version]), _rows(catalog, own, columns([version])))


def columns(versions: Sequence[str]) -> tuple[str, ...]:
    """Return the requirements that any of these versions asks for, in the checklists' order."""
    known = checklist.versions()
    counted_as = {version if version in known else known[-1] for version in versions}
    asked = {item.id for version in counted_as for item in checklist.requirements(version)}
    return tuple(name for name in checklist.ids() if name in asked)


def _rows(catalog: Catalog, submissions: Sequence[tuple[str, Submission]], names: tuple[str, ...]) -> tuple[Row, ...]:
    return tuple(
        Row(
            slug, each, "".join(code(each, name) for name in names),
            expiry(each.certified, catalog.today) if each.certified else None, dead_links(catalog, each),
        )
        for slug, each in submissions
    )  # fmt: skip


def dead_links(catalog: Catalog, submission: Submission) -> tuple[int, int]:
    """Return how many of a submission's links are dead, and how many were asked for."""
    return catalog.links.counted(submission.urls) if catalog.links else (0, 0)


def code(submission: Submission, name: str) -> str:
    """Return the answer to one requirement as two characters."""
    answer = submission.by_id.get(name)
    if answer is None:
        return (BLANK if _asks(submission.version, name) else NOT_ASKED) + "n"
    return status_code(answer) + STRENGTHS[answer.strength]


def status_code(answer: Answer) -> str:
    """Return the code of an answer's status; what is simulated has one of its own, and counts as nothing else."""
    return SIMULATED if answer.simulated else _CODES.get(answer.status, OTHER)


@cache
def _asks(version: str, name: str) -> bool:
    return version in checklist.versions() and name in {item.id for item in checklist.requirements(version)}


def cells(row: Row) -> Markup:
    """Return the row's cells; there are so many of them that each is made once and kept."""
    return Markup("").join(_cell(row.cells[at : at + 2]) for at in range(0, len(row.cells), 2))


@cache
def _cell(pair: str) -> Markup:
    status, strength = pair[0], pair[1]
    if status == NOT_ASKED:
        return Markup('<td class="c">&ndash;<i>not asked</i>')
    words = WORDS[status] if status == BLANK else f"{WORDS[status]}, {EVIDENCE[strength]}"
    return Markup('<td class="c {} {}">{}<i>{}</i>').format(status, strength, SIGNS[status], escape(words))


def _as_json(rows: Sequence[Row]) -> Markup:
    entries = [
        [each.slug, each.name, each.vendor, each.submission.version, each.due.state if each.due else "", each.cells]
        for each in rows
    ]
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
    # Inside a script element nothing is escaped but what could end it.
    safe = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return Markup(safe)  # noqa: S704 - what could end the element is gone
