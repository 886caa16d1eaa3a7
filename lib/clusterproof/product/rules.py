"""What the programme's validator takes as an answer, in its two generations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.checklist import conditional
from clusterproof.cluster.reading import minor
from clusterproof.model import Level, Status
from clusterproof.product.notes import is_measured
from clusterproof.render import clean
from clusterproof.report.digests import WITHOUT
from clusterproof.submission.finding import Generation
from clusterproof.submission.submission import REQUIRED

if TYPE_CHECKING:
    from clusterproof.model import Report, Verdict

ARTIFACTS = frozenset({"junit.xml", "results.json", "e2e.log"})
"""Names that the later validator parses as the output of the programme's own suite, in any case."""
CONDITIONAL = {Generation.SNAPSHOT: frozenset[str](), Generation.CURRENT: conditional()}
"""MUST items for which a generation accepts N/A with its reason."""


def accepts(verdict: Verdict, rules: Generation) -> bool:
    """Return whether the validator takes the answer to an item."""
    if verdict.requirement.level is not Level.MUST or verdict.status is Status.IMPLEMENTED:
        return True
    return verdict.status is Status.NOT_APPLICABLE and verdict.requirement.id in CONDITIONAL[rules]


def remaining(report: Report, rules: Generation) -> list[str]:
    """Return what still keeps a filled checklist from being accepted, a sentence each."""
    given = {"kubernetesVersion": "the template's own", **report.metadata}
    missing = [name for name in REQUIRED if not given.get(name)]
    found = [f"The metadata lacks {', '.join(missing)}."] if missing else []
    found += [WITHOUT] if WITHOUT in report.notes else []
    found += _of_cluster(report)
    for verdict in report.verdicts:
        if verdict.requirement.level is not Level.BEYOND:
            found += _of_item(verdict, rules)
    return found


def _of_cluster(report: Report) -> list[str]:
    """Return a sentence where the cluster was older than the version that the checklist is for."""
    version = report.facts.version if report.facts else ""
    if not 0 < minor(version) < minor(report.checklist):
        return []
    return [f"The run was on Kubernetes {clean(version, 60)}, and the checklist is that of {report.checklist}."]


def _of_item(verdict: Verdict, rules: Generation) -> list[str]:
    name, found = verdict.requirement.id, []
    if not accepts(verdict, rules):
        said = verdict.status.value or f"without an answer ({verdict.message.rstrip('.')})"
        found.append(f"{name} is a MUST and {said}.")
    claimed = verdict.status in {Status.IMPLEMENTED, Status.PARTIAL}
    if claimed and not is_measured(verdict) and not (verdict.declaration and verdict.declaration.evidence):
        found.append(f"{name} is declared {verdict.status.value} without any evidence of yours, and was not measured.")
    if verdict.simulated and verdict.status.value:
        found.append(f"{name} is SIMULATED, and that certifies nothing.")
    return [*found, *([f"{name}: {verdict.conflict}"] if verdict.conflict else [])]
