"""Marks of the kit's own: answers, files and pages of evidence that say that they prove less than is claimed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.submission.finding import Severity, hit, hit_value, rule
from clusterproof.submission.marks import simulated_file, simulated_notes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.submission.finding import Hit
    from clusterproof.submission.submission import Submission

REJECTED, QUESTIONED = Severity


@rule(
    "simulated",
    REJECTED,
    "{id} rests on simulated nodes, which are no evidence of the product's conformance.",
    "Measure it on real nodes: clusterproof run --kubeconfig FILE, then fill the checklist again.",
)
def nothing_is_simulated(submission: Submission) -> Iterator[Hit]:
    """Look for the marks that the kit puts on results from simulated nodes: on answers, their pages, and the file."""
    pages = {local.item.where: local.entry.where for local, page in submission.pages if page.simulated}
    marked = False
    for asked, item in submission.answered:
        where = (*item.where, "notes") if simulated_notes(item.notes) else pages.get(item.where)
        if where:
            marked = True
            yield hit_value(*where, id=asked.id)
    if not marked and simulated_file(submission.document.text):
        yield hit(id="The whole checklist")


@rule(
    "page-contradicts",
    QUESTIONED,
    "{id} is {status}, and its evidence says of it {answer!r}: {text}",
    "Fill the checklist from the run again, or name the evidence of a run that shows what is claimed.",
)
def pages_say_what_is_claimed(submission: Submission) -> Iterator[Hit]:
    """Look for pages of the kit's with another answer than the checklist."""
    for local, page in submission.pages:
        if page.answer and page.requirement == local.asked.id and page.answer != local.item.status:
            words = {"id": local.asked.id, "status": local.item.status or "without a status", "answer": page.answer}
            yield hit_value(*local.entry.where, text=local.entry.text, **words)


@rule(
    "page-of-another",
    QUESTIONED,
    "The evidence of {id} is of {what}: {text}",
    "Name the page of this requirement, from a run of the checklist {version}.",
)
def pages_are_of_the_item(submission: Submission) -> Iterator[Hit]:
    """Look for pages of the kit's about another requirement, or from a run of another checklist."""
    for local, page in submission.pages:
        what = page.requirement if page.requirement not in {"", local.asked.id} else ""
        if not what and page.checklist != submission.version:
            what = f"a run of the checklist {page.checklist}"
        if what:
            words = {"id": local.asked.id, "what": what, "version": submission.version}
            yield hit_value(*local.entry.where, text=local.entry.text, **words)
