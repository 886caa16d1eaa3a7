"""The difference of runs as plain JSON values."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from clusterproof.compare.differences import took, waited

if TYPE_CHECKING:
    from clusterproof.compare.differences import Change
    from clusterproof.compare.runs import Runs
    from clusterproof.model import Observation, Verdict

_PAIR = 2


def as_data(found: Runs, changes: tuple[Change, ...]) -> dict[str, Any]:
    """Return the changes between the last two runs; of more than two runs also their verdicts."""
    data: dict[str, Any] = {
        "runs": [report.run_id for report in found.reports],
        "unlike": found.unlike(),
        "remarks": found.remarks(),
        "changes": [_change(change) for change in changes],
    }
    if len(found.reports) > _PAIR:
        data["history"] = found.history().to_dict(orient="index")
    return data


def _change(change: Change) -> dict[str, Any]:
    sides = {"before": change.before, "after": change.after}
    return {
        "id": change.requirement.id, "level": change.requirement.level.value, "flipped": change.flipped,
        "worse": change.worse, "better": change.better, **{name: _verdict(verdict) for name, verdict in sides.items()},
        "fields": [asdict(each) for each in change.fields],
        "claims": [
            {"claim": each.claim, "flipped": each.flipped, "before": _observation(each.before),
             "after": _observation(each.after), "fields": [asdict(field) for field in each.fields]}
            for each in change.claims
        ],
    }  # fmt: skip


def _verdict(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {
        "level": verdict.requirement.level.value, "status": verdict.status.value, "outcome": verdict.outcome.value,
        "reason": verdict.reason.value, "message": verdict.message, "simulated": verdict.simulated,
        "took": took(verdict), "waited": waited(verdict),
    }  # fmt: skip


def _observation(seen: Observation | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    return {
        "holds": seen.holds, "expected": seen.expected, "seen": seen.actual, "kind": seen.kind.value, "took": seen.took
    }  # fmt: skip
