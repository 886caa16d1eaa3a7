"""Many runs as tables: what a notebook shows, and what a history of nightly runs is read from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof import paths
from clusterproof.compare.differences import differences, remarks, took, unlike, waited
from clusterproof.errors import KitError, UsageError
from clusterproof.render import clean, mark, shown
from clusterproof.report import load_unchanged

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pandas import DataFrame, Series

    from clusterproof.compare.differences import ClaimChange
    from clusterproof.model import Observation, Report, Verdict

NOTHING = "·"
_ABOUT = ("run", "started", "checklist", "platform", "Kubernetes", "simulated", "summary", "seconds")
_LONG = 160  # characters of a claim or value in a table


@dataclass(frozen=True)
class Runs:
    """Reports in the order in which their runs began; tables have a column for each run."""

    reports: tuple[Report, ...]
    unreadable: tuple[str, ...] = ()
    """Sentences about folders that hold no report that can be read."""

    def about(self) -> DataFrame:
        """Return what each run was: a row a run."""
        rows = [
            {
                "run": clean(report.run_id, 60), "started": clean(report.started, 40), "checklist": report.checklist,
                "platform": clean(report.platform, 80),
                "Kubernetes": clean(report.facts.version, 40) if report.facts else "",
                "simulated": report.simulated, "summary": report.summary.value, "seconds": round(report.took, 1),
            }
            for report in self.reports
        ]  # fmt: skip
        return _frame(rows, _ABOUT).set_index("run")

    def history(self) -> DataFrame:
        """Return the verdicts: a row a requirement, those that flipped most often first."""
        table = self._table(word, NOTHING)
        return table.loc[_changes(table).sort_values(ascending=False, kind="stable").index]

    def flips(self) -> DataFrame:
        """Return the requirements whose verdict is not the same in all runs."""
        table = self.history()
        return table[_changes(table) > 0]

    def timings(self) -> DataFrame:
        """Return how many seconds the checks took, with the median and the last run's share of it."""
        table = self._table(took, None).astype(float).dropna(how="all")
        if table.empty:
            return table
        median = table.median(axis=1)
        return table.assign(median=median, last_to_median=table.iloc[:, -1] / median).round(2)

    def waits(self) -> DataFrame:
        """Return how many of these seconds the cluster itself took."""
        return self._table(waited, None).astype(float).round(2).dropna(how="all")

    def claims(self, first: int = -2, second: int = -1) -> DataFrame:
        """Return the claims that two of the runs saw or asked otherwise, flips first; without numbers the last two."""
        pair = self._pair(first, second)
        rows = [
            {
                "requirement": change.requirement.id, "claim": clean(each.claim, _LONG), "flipped": each.flipped,
                "before": _seen(each, each.before), "after": _seen(each, each.after),
            }
            for change in (differences(*pair) if pair else ())
            for each in change.claims
        ]  # fmt: skip
        return _frame(rows, ["requirement", "claim", "flipped", "before", "after"]).sort_values(
            "flipped", ascending=False, kind="stable", ignore_index=True
        )

    def fields(self, first: int = -2, second: int = -1) -> DataFrame:
        """Return what verdicts of two of the runs say otherwise: level, status, reason, message."""
        pair = self._pair(first, second)
        rows = [
            (change.requirement.id, each.name, *each.words(_LONG))
            for change in (differences(*pair) if pair else ())
            for each in change.fields
        ]
        return _frame(rows, ["requirement", "field", "before", "after"])

    def remarks(self) -> list[str]:
        """Return what to know of the runs before they are compared, for instance that two are one and the same."""
        return [clean(words) for words in remarks(self.reports)]

    def unlike(self, first: int = -2, second: int = -1) -> list[str]:
        """Return in which ways two of the runs are not alike; without numbers the last two."""
        pair = self._pair(first, second)
        return [clean(words) for words in unlike(*pair)] if pair else []

    def _pair(self, first: int, second: int) -> tuple[Report, Report] | None:
        if len(self.reports) < 2:  # noqa: PLR2004 - one run has nothing to be compared with
            return None
        try:
            return self.reports[first], self.reports[second]
        except IndexError:
            last = len(self.reports) - 1
            raise UsageError(f"There are runs 0 to {last}, and not both {first} and {second}.") from None

    def _table(self, value: Any, missing: Any) -> DataFrame:
        ids = dict.fromkeys(each.requirement.id for report in reversed(self.reports) for each in report.verdicts)
        columns = {}
        for report, name in zip(self.reports, _names(self.reports), strict=True):
            known: dict[str, Verdict] = {each.requirement.id: each for each in report.verdicts}
            columns[name] = [value(known[each]) if each in known else missing for each in ids]
        return _frame(columns, index=list(ids)).rename_axis("requirement")


def open_runs(runs: Sequence[str | Path] = ()) -> Runs:
    """Read run folders; without names, every one of the folder where runs are kept.

    Raises:
        UsageError: a named folder holds no report, or one that is not what the run wrote.
    """
    if runs:
        return Runs(tuple(sorted((load_unchanged(Path(run)) for run in runs), key=_began)))
    found, unreadable = [], []
    for folder in sorted(path.parent for path in paths.reports().glob("*/report.json")):
        try:
            found.append(load_unchanged(folder))
        except KitError as error:
            unreadable.append(clean(error.message))
    return Runs(tuple(sorted(found, key=_began)), tuple(unreadable))


def _changes(table: DataFrame) -> Series[int]:
    """Return how often each row changes from one column to the next."""
    return (table != table.shift(axis=1)).iloc[:, 1:].sum(axis=1)


def _began(report: Report) -> str:
    return report.started


def _names(reports: Iterable[Report]) -> list[str]:
    """Return a name for each run; two runs may be one folder and its copy."""
    names: list[str] = []
    for report in reports:
        name, number = clean(report.run_id, 60), 2
        while name in names:
            name, number = f"{clean(report.run_id, 60)} ({number})", number + 1
        names.append(name)
    return names


def word(verdict: Verdict) -> str:
    """Return a verdict in a word or two, with its symbol."""
    return f"{mark(verdict.outcome)}{' (simulated)' if verdict.simulated else ''}"


def _seen(change: ClaimChange, observation: Observation | None) -> str:
    """Return what a run saw, and what it asked where the other asked otherwise."""
    if observation is None:
        return NOTHING
    asked = [f"{each.name} {shown(getattr(observation, each.name), _LONG)}" for each in change.fields]
    seen = f"{'holds' if observation.holds is True else 'does not hold'}: {shown(observation.actual, _LONG)}"
    return f"{seen} ({', '.join(asked)})" if asked else seen


def _frame(data: Any, columns: Any = None, index: Any = None) -> DataFrame:
    import pandas as pd  # noqa: PLC0415 - a command that compares two runs does not need it

    return pd.DataFrame(data, columns=columns, index=index)
