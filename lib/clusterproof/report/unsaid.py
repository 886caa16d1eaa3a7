"""Simulated nodes that one part of a report tells of and another does not: no run writes such a report. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clusterproof.model import Report, Verdict


def unsaid(report: Report) -> str:
    """Return where a report contradicts itself in being real; nothing where it does not."""
    facts = report.facts
    if facts and facts.simulated and not report.simulated:
        return f"it has {facts.nodes_simulated} simulated nodes and says that none took part"
    everywhere = bool(facts and facts.simulated and facts.nodes_simulated >= facts.nodes)
    told = (words for verdict in report.verdicts if (words := _of_item(verdict, report, everywhere=everywhere)))
    return next(told, "")


def _of_item(verdict: Verdict, report: Report, *, everywhere: bool) -> str:
    name = verdict.requirement.id
    if not verdict.simulated and any(result.simulated for result in verdict.results):
        return f"{name} has a result of simulated nodes and does not say so"
    if verdict.simulated and not report.simulated:
        return f"{name} is simulated, and the whole says that nothing was"
    # What was seen in a cluster without a real node was seen on simulated ones.
    if everywhere and any(result.observations and not result.simulated for result in verdict.results):
        return f"every node is simulated, and {name} says that what was seen is real"
    return ""
