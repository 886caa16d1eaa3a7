"""Marks of the kit's own: answers, files and pages of evidence that say that they prove less than is claimed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.submission.finding import Severity, hit, hit_value, rule
from clusterproof.submission.marks import simulated_file, simulated_notes
from clusterproof.submission.own_pages import NOT_MEASURED
from clusterproof.submission.rules.status import IMPLEMENTED

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
    """Look for pages of the kit's with another answer than the checklist; how that is spelt is told elsewhere."""
    for local, page in submission.pages:
        said, status = page.said.get(local.asked.id), local.item.status
        if said and said.answer and said.answer.casefold() != status.strip().casefold():
            words = {"id": local.asked.id, "status": status or "without a status", "answer": said.answer}
            yield hit_value(*local.entry.where, text=local.entry.text, **words)


@rule(
    "page-not-measured",
    QUESTIONED,
    "{id} is Implemented, and its only evidence, a page of the kit's, says that nothing was measured: {text}",
    "Add what shows it: the evidence of whoever declared it, or the page of a run that measured it.",
)
def something_was_measured(submission: Submission) -> Iterator[Hit]:
    """Look for declarations that rest on nothing but the page that repeats them."""
    for asked, item in submission.judged:
        own = [(local, page.said.get(asked.id)) for local, page in submission.pages if local.item.where == item.where]
        declared = [
            local for local, said in own if said and said.outcome in NOT_MEASURED and said.answer == IMPLEMENTED
        ]
        if item.status == IMPLEMENTED and declared and len(declared) == len(item.links):
            yield hit_value(*declared[0].entry.where, id=asked.id, text=declared[0].entry.text)


@rule(
    "page-of-another",
    QUESTIONED,
    "The evidence of {id} is of {what}: {text}",
    "Name the page of this requirement, from a run of the checklist {version}.",
)
def pages_are_of_the_item(submission: Submission) -> Iterator[Hit]:
    """Look for pages of the kit's about other requirements, or from a run of another checklist."""
    for local, page in submission.pages:
        what = ""
        if page.said and local.asked.id not in page.said:
            what = next(iter(page.said)) if len(page.said) == 1 else "a run that was not asked for it"
        elif page.checklist != submission.version:
            what = f"a run of the checklist {page.checklist}"
        if what:
            words = {"id": local.asked.id, "what": what, "version": submission.version}
            yield hit_value(*local.entry.where, text=local.entry.text, **words)
