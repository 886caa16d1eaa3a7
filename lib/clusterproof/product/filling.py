"""From a run, declarations and vendor fields to the files of a product's folder. Decides nothing by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clusterproof import judge
from clusterproof.checklist import fill
from clusterproof.errors import UsageError
from clusterproof.model import Level, Status
from clusterproof.product.evidence import artifacts, declared_files
from clusterproof.product.imported import failing, reread
from clusterproof.product.notes import notes
from clusterproof.product.rules import CONDITIONAL, accepts, remaining
from clusterproof.report import Known, load_unchanged, markdown
from clusterproof.submission.finding import Generation
from clusterproof.submission.places import NAME as PRODUCT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from clusterproof.model import Declaration, Report, Verdict
    from clusterproof.parameters import Platform

_VERSION = re.compile(r"(?:^|/)v(\d+\.\d+)/")


@dataclass(frozen=True)
class Filled:
    """A filled checklist, not yet written."""

    report: Report
    """As it was filled in: judged again, with notes and evidence."""
    files: dict[str, bytes]
    """By their path in the product's folder."""
    remaining: tuple[str, ...]
    """What still keeps it from being accepted, a sentence each."""


@dataclass(frozen=True)
class Wish:
    """How a checklist is to be filled."""

    folder: Path
    """The product's folder."""
    template: str
    """Text of the official checklist."""
    rules: Generation = Generation.CURRENT
    draft: bool = False
    """Also what cannot be handed in is written, and says so."""


def filled(run: Path, wish: Wish, platform: Platform | None = None, known: Known | None = None) -> Filled:
    """Return a run's answers as the files of a product's folder; declarations of the platform replace the run's.

    Raises:
        UsageError: the run's report was changed, the template is another one, the answers are no evidence, or evidence
            is not there.
    """
    report = load_unchanged(run)
    refuse_other_version(wish.folder, report.checklist)
    suite = artifacts(run)
    report = prepared(reread(report, suite), wish, platform)
    files = {PRODUCT: fill(wish.template, report).encode()}
    answered = [verdict for verdict in report.verdicts if verdict.status is not Status.BLANK]
    for verdict in answered:
        files[f"evidence/{verdict.requirement.id}.md"] = markdown.evidence(report, verdict, known or Known()).encode(
            "utf-8", "replace"
        )
    named = [(v.requirement.id, entry) for v in answered for entry in v.evidence if entry not in suite]
    files |= {path: content for path, content in suite.items() if any(path in v.evidence for v in answered)}
    files |= declared_files(named, platform.path.parent if platform else None, wish.folder, wish.rules)
    return Filled(report, files, (*remaining(report, wish.rules), *failing(files)))


def prepared(report: Report, wish: Wish, platform: Platform | None) -> Report:
    """Return a report as it goes into a checklist: judged again from its observations, with notes for people.

    Raises:
        UsageError: it holds answers that cannot be handed in, and no draft is asked for.
    """
    known = {verdict.requirement.id: verdict.declaration for verdict in report.verdicts}
    if platform is not None:
        known |= dict.fromkeys(known) | {each.requirement: each for each in platform.declarations}
    judged = [_judged(verdict, known.get(verdict.requirement.id)) for verdict in report.verdicts]
    asked = [verdict for verdict in judged if verdict.requirement.level is not Level.BEYOND]
    if not wish.draft:
        _refuse_simulated(asked)
        _refuse_not_applicable(asked, wish.rules)
    _refuse_without_owner(asked)
    answered = tuple(replace(verdict, notes=notes(report, verdict), evidence=_evidence(verdict)) for verdict in asked)
    testbeds = platform is not None and report.simulated  # whose own fields are none of the product's
    metadata = {**({} if testbeds else report.metadata), **(platform.metadata if platform else {})}
    return replace(
        report,
        verdicts=answered,
        metadata={name: value for name, value in metadata.items() if value},
        summary=judge.summary(answered),
        simulated=any(verdict.simulated and verdict.status.value for verdict in answered),
    )


def refuse_other_version(folder: Path, version: str) -> None:
    """Refuse a folder whose path names another version: the validator takes the version from there.

    Raises:
        UsageError: it does.
    """
    named = _VERSION.search(f"{folder.absolute().as_posix()}/")
    if named and named[1] != version:
        raise UsageError(
            f"{folder} lies below v{named[1]}, and the checklist is that of {version}.",
            next_step=f"Name a folder below v{version} with --out, for instance v{version}/my-product.",
        )


def _judged(old: Verdict, declaration: Declaration | None) -> Verdict:
    sources = tuple(dict.fromkeys(entry for entry in old.evidence if entry.startswith("suite/")))
    return judge.verdict(old.requirement, old.results, declaration, sources)


def _evidence(verdict: Verdict) -> tuple[str, ...]:
    """Return what a measurement and a human name; a human's evidence for another answer would only confuse."""
    declared = verdict.declaration.evidence if verdict.declaration and not verdict.conflict else ()
    return tuple(dict.fromkeys((*verdict.evidence, *declared)))


def _refuse_simulated(verdicts: Sequence[Verdict]) -> None:
    names = [each.requirement.id for each in verdicts if each.simulated and each.status.value]
    if names:
        raise UsageError(
            f"Seen on simulated nodes: {', '.join(names)}. That is no certification evidence, so nothing was written.",
            next_step="Run on the product's own cluster, or have a draft that says SIMULATED with --draft.",
        )


def _refuse_not_applicable(verdicts: Sequence[Verdict], rules: Generation) -> None:
    for each in verdicts:
        if each.status is Status.NOT_APPLICABLE and not accepts(each, rules):
            accepted = ", ".join(sorted(CONDITIONAL[rules])) or "none of them"
            raise UsageError(
                f"{each.requirement.id} is a MUST and declared N/A; with the {rules} rules the validator takes N/A "
                f"for a MUST only where the item allows it: {accepted}.",
                next_step="Show it, hand the checklist in without it being met, or write a draft with --draft.",
            )


def _refuse_without_owner(verdicts: Sequence[Verdict]) -> None:
    """Refuse a product of several layers that names the owner of some items only."""
    owned = {each.requirement.id for each in verdicts if each.declaration and each.declaration.owner.strip()}
    missing = [each.requirement.id for each in verdicts if each.status.value and each.requirement.id not in owned]
    if owned and missing:
        raise UsageError(
            f"Some items name their owner, and these do not: {', '.join(missing)}.",
            next_step="A product of several layers names the owner of each item: "
            "declarations: [{requirement: ID, owner: LAYER}].",
        )


def own_contribution(report: Report) -> str:
    """Return a sentence where a product of several layers brings none of the items itself; else nothing."""
    owners = {v.declaration.owner.strip() for v in report.verdicts if v.declaration and v.declaration.owner.strip()}
    name = report.metadata.get("platformName", "")
    if not owners or any(name and name.lower() in owner.lower() for owner in owners):
        return ""
    return f"No item names {name or 'the product'} as its owner; the programme asks for at least one."
