"""Two runs item by item: which verdicts flipped, which claims were seen otherwise, how long each took."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.compare.fields import FieldChange, alike, of_claims, of_verdicts
from clusterproof.model import Level, Outcome
from clusterproof.report.digests import WITHOUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterproof.model import Observation, Report, Requirement, Verdict

_WORTH = {Outcome.FAIL: 0, Outcome.NOT_APPLICABLE: 3, Outcome.PASS: 4}
_UNANSWERED = 1  # worth of what has no answer: better than a FAIL, worse than any other answer
_SIMULATED = 2  # worth of a PASS on simulated nodes, which certifies nothing


@dataclass(frozen=True)
class ClaimChange:
    """One claim that was seen or asked otherwise; None where a run did not come to it."""

    claim: str
    before: Observation | None
    after: Observation | None

    @property
    def fields(self) -> tuple[FieldChange, ...]:
        """What was expected otherwise, or made another kind of claim."""
        return of_claims(self.before, self.after)

    @property
    def flipped(self) -> bool:
        """True if it held in one of the runs and was false in the other."""
        return bool(self.before and self.after and (self.before.holds is True) != (self.after.holds is True))


@dataclass(frozen=True)
class Change:
    """One requirement in two runs; None where a run knows nothing of it."""

    requirement: Requirement
    before: Verdict | None
    after: Verdict | None
    claims: tuple[ClaimChange, ...]
    """Those that were seen or asked otherwise."""

    @property
    def fields(self) -> tuple[FieldChange, ...]:
        """What else the two verdicts say otherwise: level, status, reason, message."""
        return of_verdicts(self.before, self.after)

    @property
    def flipped(self) -> bool:
        """True if both runs have a verdict, and not the same; one on simulated nodes is not the same as a real one."""
        return bool(self.before and self.after and _word(self.before) != _word(self.after))

    @property
    def worse(self) -> bool:
        """True if the later verdict is worth less, or is not there any more."""
        return self.before is not None and worth(self.after) < worth(self.before)

    @property
    def better(self) -> bool:
        """True if the later verdict is an answer that is worth more; that there is none now mends no FAIL."""
        return self.before is not None and worth(self.after) > max(worth(self.before), _UNANSWERED)

    @property
    def same(self) -> bool:
        """True if nothing but times may differ."""
        return bool(self.before and self.after) and not self.flipped and not self.claims and not self.fields


def differences(before: Report, after: Report) -> tuple[Change, ...]:
    """Return every requirement of two runs: flips for the worse first, then other flips, then changed claims."""
    old, new = (_by_id(report) for report in (before, after))
    changes = [_change(old.get(name), new.get(name)) for name in dict.fromkeys([*new, *old])]
    return tuple(sorted(changes, key=_first))


def unlike(before: Report, after: Report) -> list[str]:
    """Return in which ways two runs are not alike, so that their difference may not be the cluster's; as words."""
    pairs = {
        "checklist": (before.checklist, after.checklist),
        "kit": (before.kit_version, after.kit_version),
        "platform": (before.platform, after.platform),
        "Kubernetes": tuple(report.facts.version if report.facts else "unknown" for report in (before, after)),
        "simulated": tuple("yes" if report.simulated else "no" for report in (before, after)),
        "parameters": _parameters(before.parameters, after.parameters),
    }
    return [f"{name} {old} → {new}" for name, (old, new) in pairs.items() if old != new]


def remarks(reports: Sequence[Report]) -> list[str]:
    """Return what to know of runs before they are compared: which are one run, and which nobody vouches for."""
    counted = Counter(report.run_id for report in reports)
    same = [
        f"{n} of the runs carry the id {each}: they are one run, or copies of it."
        for each, n in counted.items()
        if n > 1
    ]
    return [*same, *dict.fromkeys(f"{report.run_id}: {WITHOUT}" for report in reports if WITHOUT in report.notes)]


def worth(verdict: Verdict | None) -> int:
    """Return how good a verdict is, from 0 for FAIL to 4 for PASS on real nodes."""
    if verdict is None:
        return -1
    simulated = verdict.outcome is Outcome.PASS and verdict.simulated
    return _SIMULATED if simulated else _WORTH.get(verdict.outcome, _UNANSWERED)


def took(verdict: Verdict | None) -> float | None:
    """Return how long a requirement's checks took, in seconds; None where none ran."""
    return sum(result.took for result in verdict.results) or None if verdict else None


def waited(verdict: Verdict | None) -> float | None:
    """Return how long a requirement's checks waited for the cluster, in seconds; None where none did."""
    return sum(result.critical_path for result in verdict.results) or None if verdict else None


def _word(verdict: Verdict) -> tuple[Outcome, bool]:
    return verdict.outcome, verdict.simulated


def _by_id(report: Report) -> dict[str, Verdict]:
    return {verdict.requirement.id: verdict for verdict in report.verdicts}


def _change(before: Verdict | None, after: Verdict | None) -> Change:
    some = after or before
    assert some is not None  # noqa: S101 - an id comes from one of the two
    claims = sorted(_claims(before, after), key=lambda each: not each.flipped)
    return Change(some.requirement, before, after, tuple(claims))


def _claims(before: Verdict | None, after: Verdict | None) -> Iterable[ClaimChange]:
    """Yield claims that differ; a claim that is made twice is matched in its order."""
    old, new = _numbered(before), _numbered(after)
    for key in dict.fromkeys([*old, *new]):
        one, other = old.get(key), new.get(key)
        seen = one and other and one.holds == other.holds and alike(one.actual, other.actual)
        if not seen or of_claims(one, other):
            yield ClaimChange(key[0], one, other)


def _numbered(verdict: Verdict | None) -> dict[tuple[str, int], Observation]:
    times: Counter[str] = Counter()
    found = {}
    for result in verdict.results if verdict else ():
        for seen in result.observations:
            found[seen.claim, times[seen.claim]] = seen
            times[seen.claim] += 1
    return found


def _first(change: Change) -> tuple[bool, ...]:
    """Return what sorts the changes; False comes first."""
    must = change.requirement.level is Level.MUST
    claim = any(each.flipped for each in change.claims)
    return (not change.worse, not change.flipped, change.same, not claim, not must)


def _parameters(before: dict[str, Any], after: dict[str, Any]) -> tuple[str, ...]:
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return tuple(", ".join(f"{name}={values.get(name)!r}" for name in names) for values in (before, after))
