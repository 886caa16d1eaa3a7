"""Last year's checklist carried forward: what a new run confirms, what is stale, what nobody has measured again.

An answer that no run of this year gives stays without a status, with last year's evidence and notes beside it: the
validator then stops whoever has not looked at it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from clusterproof.checklist.template import Template
from clusterproof.errors import UsageError
from clusterproof.model import Status
from clusterproof.product.evidence import LARGEST, is_link, local
from clusterproof.product.filling import filled
from clusterproof.product.imported import failing
from clusterproof.product.notes import OURS, is_measured
from clusterproof.product.previous import Answer, Previous, stale
from clusterproof.product.rules import ARTIFACTS, remaining
from clusterproof.product.rulings import Renewal, Renewed, Ruling
from clusterproof.submission.composing import Stop
from clusterproof.submission.places import NAME as PRODUCT
from clusterproof.submission.reading import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from clusterproof.model import Report, Verdict
    from clusterproof.parameters import Platform
    from clusterproof.product.filling import Wish
    from clusterproof.report import Known
    from clusterproof.submission.finding import Generation


def renewal(
    old: Previous, run: Path, wish: Wish, platform: Platform | None = None, known: Known | None = None
) -> Renewal:
    """Carry a checklist forward to the version of a run.

    What was seen on simulated nodes counts as not measured.

    Raises:
        UsageError: the run's report was changed, the template is another one, or the run's answers cannot be handed in.
    """
    if (wish.folder / PRODUCT).resolve() == old.path.resolve():
        raise UsageError(f"{old.path} itself is never replaced.", next_step="Name another folder with --out.")
    done = filled(run, replace(wish, draft=True), platform, known)
    report = _without_simulated(done.report)
    verdicts = {verdict.requirement.id: verdict for verdict in report.verdicts}
    kept = {name: _kept(old, answer, wish.rules) for name, answer in old.answers.items()}
    items = [_renewed(old, verdict, kept.get(name), report) for name, verdict in verdicts.items()]
    items += [_gone(name, answer, report.checklist) for name, answer in old.answers.items() if name not in verdicts]
    testbeds = platform is None and done.report.simulated  # whose own fields are none of the product's
    metadata = {**old.metadata, "kubernetesVersion": f"v{report.checklist}", **({} if testbeds else report.metadata)}
    template = Template(wish.template)
    for name, value in metadata.items():
        template.set_metadata(name, value)
    for item in items:
        if item.ruling is not Ruling.GONE:
            after = item.after
            template.answer(item.id, status=after.status, evidence=list(after.evidence), notes=after.notes)
    named = {entry for item in items for entry in item.after.evidence}
    carried = {path: content for files, _ in kept.values() for path, content in files.items()}
    files = {
        path: content for path, content in {**carried, **done.files}.items() if _points_to(named, path, wish.rules)
    }
    left = (*remaining(replace(report, metadata=metadata), wish.rules), *_stale_fields(old, metadata, report.checklist))
    order = list(Ruling)
    return Renewal(
        tuple(sorted(items, key=lambda item: order.index(item.ruling))),
        tuple((name, old.metadata.get(name, ""), value) for name, value in metadata.items()),
        {PRODUCT: template.text().encode(), **files},
        (*left, *failing(files)),
        old.remarks,
    )


def _without_simulated(report: Report) -> Report:
    """Take the answers back that simulated nodes gave."""
    why = "This year's run saw it on simulated nodes only, which certifies nothing."
    verdicts = (
        replace(each, status=Status.BLANK, notes="", message=why) if each.simulated and each.status.value else each
        for each in report.verdicts
    )
    return replace(report, verdicts=tuple(verdicts), simulated=False)


def _renewed(
    old: Previous, verdict: Verdict, kept: tuple[dict[str, bytes], tuple[str, ...]] | None, report: Report
) -> Renewed:
    item = verdict.requirement
    before = old.answers.get(item.id, Answer())
    lost = kept[1] if kept else ()
    if verdict.status is Status.BLANK:
        return _unanswered(verdict, before, lost, is_new=kept is None)
    holds = kept is not None and before.status == verdict.status.value
    same = Ruling.HOLDS if is_measured(verdict) else Ruling.DECLARED
    ruling = Ruling.NEW if kept is None else same if holds else Ruling.CHANGED
    # What speaks for another answer is not carried forward.
    entries = [entry for entry in before.evidence if holds and entry not in lost and not stale(entry, report.checklist)]
    old_words = before.notes if holds and not stale(before.notes, report.checklist) else ""
    words = "" if not old_words or OURS in old_words or old_words in verdict.notes else f" Carried forward: {old_words}"
    evidence = tuple(dict.fromkeys((f"evidence/{item.id}.md", *verdict.evidence, *entries)))
    after = Answer(verdict.status.value, evidence, verdict.notes + words)
    parts = tuple(f"left out: {entry}" for entry in before.evidence if entry not in after.evidence)
    why = "which name an earlier version" if holds else "which speak for another answer"
    parts += (f"left out: the notes, {why}",) if before.notes and not old_words else ()
    return Renewed(item.id, item.level.value, ruling, _why(verdict), before, after, parts)


def _why(verdict: Verdict) -> str:
    """Return why an item has its answer; what nobody has seen is a human's word, whatever becomes of last year's."""
    by = f" by {verdict.declaration.by}" if verdict.declaration and verdict.declaration.by else ""
    return verdict.message if is_measured(verdict) else f"Declared{by}, not measured: {verdict.message}"


def _unanswered(verdict: Verdict, before: Answer, lost: tuple[str, ...], *, is_new: bool) -> Renewed:
    item = verdict.requirement
    if not before.status and not is_new:
        return Renewed(item.id, item.level.value, Ruling.HOLDS, "Left blank, as before.", before, Answer())
    after = Answer("", tuple(entry for entry in before.evidence if entry not in lost), before.notes)
    parts = tuple(f"left out: {entry}, which is not there or not of this year" for entry in lost)
    ruling = Ruling.NEW if is_new else Ruling.AGAIN
    return Renewed(item.id, item.level.value, ruling, f"Not answered: {verdict.message}", before, after, parts)


def _gone(name: str, answer: Answer, version: str) -> Renewed:
    return Renewed(name, "", Ruling.GONE, f"Checklist {version} does not ask for it.", answer, Answer())


def _kept(old: Previous, answer: Answer, rules: Generation) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the files that last year's evidence points to, and the entries that cannot be carried forward."""
    files, lost = {}, []
    for entry in answer.evidence:
        if is_link(entry):
            continue
        try:
            path = _inside(old.path.parent, entry, rules)
            files[path] = read_bytes(old.path.parent / path, LARGEST)
        except (UsageError, Stop):
            lost.append(entry)
    return files, tuple(lost)


def _inside(folder: Path, entry: str, rules: Generation) -> str:
    """Return the path of an entry; the suite's output of another year proves nothing, and links may lead anywhere."""
    path = local(entry, "", rules)
    if PurePosixPath(path).name.lower() in ARTIFACTS or not (folder / path).resolve().is_relative_to(folder.resolve()):
        raise UsageError(path)
    return path


def _points_to(named: set[str], path: str, rules: Generation) -> bool:
    return any(not is_link(entry) and local(entry, "", rules) == path for entry in named)


def _stale_fields(old: Previous, metadata: dict[str, str], version: str) -> list[str]:
    same = old.metadata.get("platformVersion")
    last_years = bool(same) and metadata.get("platformVersion") == same
    said_otherwise = {"kubernetesVersion", *(["platformVersion"] if last_years else [])}
    found = [(name, stale(value, version)) for name, value in metadata.items() if name not in said_otherwise]
    said = [f"The metadata's {name} still names {which}." for name, which in found if which]
    return [*said, *([f"The metadata's platformVersion is last year's, {same}."] if last_years else [])]
