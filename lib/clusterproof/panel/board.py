"""The readiness matrix: what is known of each requirement, and how that looks. No widgets, no cluster."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from clusterproof.checklist import requirements
from clusterproof.model import Outcome
from clusterproof.render import clean, mark, table_html, told

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LINES = 14  # of what was seen last
TONES = {Outcome.PASS: "#1a7f37", Outcome.FAIL: "#cf222e", Outcome.ERROR: "#9a6700", Outcome.UNKNOWN: "#9a6700"}
QUIET = "#656d76"
_STATE = Markup(
    '<span style="color:{};font-weight:600;white-space:nowrap">{}</span> <span style="opacity:.85">{}</span>'
)
_LINE = Markup('<div style="padding:.1em 0">{}</div>')


@dataclass(frozen=True)
class Row:
    """One requirement."""

    id: str
    level: str
    title: str
    outcome: Outcome | None = None
    """None until a result has come."""
    text: str = ""
    running: bool = False
    folder: Path | None = None
    """Of the run that brought the result."""

    @property
    def state(self) -> Markup:
        """What is known, as HTML."""
        if self.running:
            return _STATE.format(QUIET, "… running", clean(self.text, 90))
        if self.outcome is None:
            return _STATE.format(QUIET, "○ not run", "")
        return _STATE.format(TONES.get(self.outcome, QUIET), mark(self.outcome), clean(self.text, 140))


@dataclass
class Board:
    """All requirements of one version of the checklist."""

    rows: dict[str, Row]
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=LINES))
    """What was told last."""

    @classmethod
    def of(cls, version: str) -> Board:
        """Return the board of a version, with nothing known yet."""
        return cls({each.id: Row(each.id, each.level.value, each.title) for each in requirements(version)})

    def begin(self, names: Iterable[str], folder: Path) -> None:
        """Note that these are asked for; what was known of them is no longer."""
        for name in names:
            if name in self.rows:
                self.rows[name] = replace(self.rows[name], outcome=None, text="", running=False, folder=folder)

    def heard(self, event: dict[str, Any]) -> None:
        """Take in what a run tells."""
        kind, name = str(event.get("event", "")), str(event.get("requirement", ""))
        text = str(event.get("text", ""))
        if kind != "end":
            self.lines.append(clean(f"{name}: {text}" if name else text, 300))
        if row := self.rows.get(name):
            self.rows[name] = _after(row, kind, text, event.get("took"))

    def end(self, why: str) -> list[str]:
        """Note that a run has ended; return the requirements that it leaves without a result."""
        open_ones = [name for name, row in self.rows.items() if row.running]
        for name in open_ones:
            self.rows[name] = replace(self.rows[name], running=False, outcome=Outcome.ERROR, text=why)
        return open_ones

    def counts(self) -> str:
        """Say how many MUST requirements hold."""
        must = [row for row in self.rows.values() if row.level == "MUST"]
        passed = sum(row.outcome is Outcome.PASS for row in must)
        failed = sum(row.outcome is Outcome.FAIL for row in must)
        return f"{passed} of {len(must)} MUST requirements hold" + (f", {failed} fail" if failed else "")

    def told(self) -> Markup:
        """Return what was told last as HTML, the newest line at the end."""
        return Markup("").join(_LINE.format(line) for line in self.lines)

    def table(self) -> Markup:
        """Return the whole matrix as a table that nobody can click."""
        rows = [
            (row.level, row.id, mark(row.outcome) if row.outcome else "not run", row.text or row.title)
            for row in self.rows.values()
        ]
        return Markup(table_html(("Level", "Requirement", "Result", "Why"), rows))  # noqa: S704 - escaped there


def _after(row: Row, kind: str, text: str, took: Any) -> Row:
    if kind != "result":
        return replace(row, running=True, text="beginning" if kind == "start" else text)
    outcome, why, spent = told(text, took)
    return replace(row, running=False, outcome=outcome or Outcome.ERROR, text=f"{why}{spent}")
