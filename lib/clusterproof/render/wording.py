"""How values are worded for people, and how words of a cluster's are made fit to be shown."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from clusterproof.model import Kind, Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.model import Facts, Observation

SHORT = 600
"""Characters of a sentence or value that are shown; the whole is in report.json."""

SYMBOLS = {
    Outcome.PASS: "✓",
    Outcome.FAIL: "✗",
    Outcome.NOT_APPLICABLE: "∅",
    Outcome.SKIP: "○",
    Outcome.UNKNOWN: "?",
    Outcome.ERROR: "!",
}
WORDS = {outcome: outcome.value.replace("_", " ") for outcome in Outcome} | {Outcome.NOT_APPLICABLE: "N/A"}
REASONS = {
    Reason.CLAIMS_HOLD: "every claim holds",
    Reason.CLAIM_FALSE: "a claim is false",
    Reason.DECLARED: "declared by a person",
    Reason.NO_CHECK: "the kit has no check for it yet",
    Reason.NOT_REQUESTED: "this run was not asked for it",
    Reason.NOT_INSTALLED: "what it needs is not installed",
    Reason.NO_ACCELERATOR: "no accelerator",
    Reason.NOT_ENOUGH_ACCELERATORS: "too few free accelerators",
    Reason.FORBIDDEN: "permission missing",
    Reason.QUOTA: "a quota stands in the way",
    Reason.POLICY_DENIED: "an admission policy refused it",
    Reason.IMAGE_UNAVAILABLE: "the image cannot be pulled",
    Reason.DISTURBED: "others took or gave back accelerators meanwhile",
    Reason.NEEDS_KUBELET: "needs a real kubelet",
    Reason.UNREACHABLE_FROM_HERE: "cannot be reached from here",
    Reason.UNKNOWN_DEVICE: "the kit's tables do not know the device",
    Reason.NO_OBSERVATIONS: "nothing was observed",
    Reason.NO_POSITIVE: "nothing was seen to work",
    Reason.NO_NEGATIVE: "no negative or control was seen",
    Reason.NO_RESULT: "the check left no result",
    Reason.PROBE_BROKE: "the probe broke",
    Reason.CLUSTER_UNREACHABLE: "the cluster could not be reached",
    Reason.NODE_LOST: "a node was lost meanwhile",
    Reason.CLEANUP_FAILED: "cleaning up failed",
    Reason.INTERRUPTED: "interrupted",
    Reason.KERNEL_DIED: "the notebook's kernel died",
    Reason.NOTEBOOK_BROKE: "the notebook broke",
}

KINDS = {
    Kind.POSITIVE: "what should work works",
    Kind.NEGATIVE: "what should not happen does not",
    Kind.CONTROL: "the measurement could have told otherwise",
}

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
# Control characters but tab and newline, bidirectional overrides that can turn a sentence round, lone surrogates.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


def clean(text: str, limit: int = SHORT) -> str:
    """Return text fit to be shown: terminal codes removed, unseen characters as ``\ufffd``, cut with a note."""
    # Twice the limit is enough to look at: a string of a megabyte must not cost a megabyte of regular expressions.
    head = _ANSI.sub("", text[: 2 * limit + 1000].replace("\r\n", "\n"))
    seen = _UNSEEN.sub("\ufffd", head)
    cut = len(text) - limit
    return f"{seen[:limit]} … ({cut:,} more characters)" if cut > 0 else seen


def shown(value: Any, limit: int = SHORT) -> str:
    """Return a JSON value in words: text as it is, everything else as JSON."""
    return clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str), limit)


def seconds(duration: float) -> str:
    """Return a duration for people, for instance ``0.42 s`` or ``3 min 05 s``."""
    if duration < 10:  # noqa: PLR2004 - below ten seconds hundredths matter
        return f"{duration:.2f} s"
    minutes, rest = divmod(round(duration), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{duration:.1f} s"


def moment(stamp: str) -> str:
    """Return an RFC 3339 time for people, for instance ``24 November 2026, 14:30:00 UTC``; other words as they are."""
    try:
        time = datetime.fromisoformat(stamp).astimezone(UTC)
    except ValueError:
        return clean(stamp, 80) or "unknown"
    return f"{time.day} {time:%B %Y, %H:%M:%S} UTC"


def holds(seen: Observation) -> str:
    """Return whether an observation's claim holds, as symbol and word; only ``True`` itself counts as holding."""
    return "✓ holds" if seen.holds is True else "✗ does not hold"


def mark(outcome: Outcome) -> str:
    """Return an outcome as people see it: its symbol and its word."""
    return f"{SYMBOLS[outcome]} {WORDS[outcome]}"


def told(text: str, took: Any) -> tuple[Outcome | None, str, str]:
    """Return what a notebook has told of a result: its outcome if it is one, why, and in brackets how long it took."""
    word, _, why = text.partition(" ")
    spent = f" ({seconds(took)})" if isinstance(took, int | float) else ""
    return Outcome(word) if word in Outcome.__members__ else None, why, spent


def counted(pairs: Iterable[tuple[str, int]]) -> str:
    """Return names and counts on one line, for instance ``example.com/gpu 8, other 2``; ``none`` if there are none."""
    return ", ".join(f"{clean(name, 120)} {count}" for name, count in pairs) or "none"


def fact_lines(facts: Facts) -> list[tuple[str, str]]:
    """Return the facts as pairs of a name and a value."""
    simulated = f", {facts.nodes_simulated} of them simulated" if facts.simulated else ""
    return [
        ("Kubernetes", clean(f"{facts.version} {facts.platform}".strip(), 120)),
        ("Nodes", f"{facts.nodes}, {facts.nodes_ready} ready{simulated}"),
        ("Pods", f"{facts.pods}"),
        ("Accelerators", counted(facts.accelerators)),
        ("Accelerators free", counted(facts.accelerators_free)),
        ("Device drivers", counted(facts.device_drivers)),
        ("Given out by", ", ".join(f"{clean(name, 120)} {how}" for name, how in facts.allocation) or "nobody"),
        ("API groups", f"{len(facts.api_groups)} served"),
    ]
