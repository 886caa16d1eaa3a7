"""How a check can end without a verdict of its own: skipped, refused, broken, not cleaned up."""

from __future__ import annotations

import traceback
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clusterproof import redact
from clusterproof.model import Check, CheckResult, EvidenceKind, Observation, Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clusterproof.errors import ClusterError

FORBIDDEN = 403


def observations(yielded: Iterable[Any]) -> Iterator[Observation]:
    """Pass on what a check yields; anything else than an observation would break the judge later."""
    for each in yielded:
        if not isinstance(each, Observation):
            raise TypeError(f"a check yields observations, not {type(each).__name__}")
        yield each


def close(yielded: Iterable[Any]) -> None:
    """End a generator where it stands, so that its ``finally`` is done; anything else has nothing to end."""
    if isinstance(yielded, Generator):
        yielded.close()


def ended(check: Check, outcome: Outcome, reason: Reason, message: str) -> CheckResult:
    """Return a result without observations."""
    return CheckResult(check.requirement, check.name, outcome, reason, redact.text(message))


def refused(check: Check, error: ClusterError) -> CheckResult:
    """Return what a refusal, or no answer at all, makes of a check."""
    if error.status == FORBIDDEN:
        return ended(check, Outcome.SKIP, Reason.FORBIDDEN, f"Missing permission: {error}")
    reason = Reason.PROBE_BROKE if error.status else Reason.CLUSTER_UNREACHABLE
    return ended(check, Outcome.ERROR, reason, str(error))


def broken(check: Check, error: Exception) -> CheckResult:
    """Return what an exception in the check itself makes of it: an ERROR with the traceback."""
    trace = redact.evidence("Traceback", EvidenceKind.LOG, "".join(traceback.format_exception(error)))
    message = f"The check itself broke: {type(error).__name__}: {error}"
    return replace(ended(check, Outcome.ERROR, Reason.PROBE_BROKE, message), evidence=(trace,))


def cleaned(ending: CheckResult, failed: list[str]) -> CheckResult:
    """A check that cannot remove what it made is an error, unless a claim was false: nothing heals that."""
    if not failed or ending.outcome is Outcome.FAIL:
        return ending
    message = f"Could not remove {'; '.join(failed)}."
    if ending.outcome is Outcome.ERROR:
        return replace(ending, message=f"{ending.message} {message}")  # what broke first explains the rest
    return replace(ending, outcome=Outcome.ERROR, reason=Reason.CLEANUP_FAILED, message=message)
