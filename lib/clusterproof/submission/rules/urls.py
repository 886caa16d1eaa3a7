"""Addresses: their form, and what they answer where a person had them asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.submission.addresses import fault, private, user_of, without_user
from clusterproof.submission.finding import Severity, hit_value, rule
from clusterproof.submission.places import is_address
from clusterproof.submission.submission import FIELDS
from clusterproof.submission.urls import Reached, base

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.submission.document import Where
    from clusterproof.submission.finding import Hit
    from clusterproof.submission.submission import Submission

REJECTED, QUESTIONED = Severity


def _asked(submission: Submission, reached: Reached) -> Iterator[Hit]:
    """Yield the addresses of a submission that answered in a certain way."""
    for where, name, address in _addresses(submission):
        answer = submission.reached.get(base(address))
        if answer and answer.reached is reached and not fault(address):
            yield hit_value(*where, id=name, address=without_user(address), why=answer.why)


def _addresses(submission: Submission) -> Iterator[tuple[Where, str, str]]:
    for name in FIELDS:
        key, value = submission.value(name)
        if isinstance(value, str) and value.startswith("http"):
            yield ("metadata", key), name, value
    for asked, item in submission.judged:
        yield from ((entry.where, asked.id, entry.text) for entry in item.links if is_address(entry.text))


@rule(
    "url-form",
    REJECTED,
    "An address of {id} cannot be asked, {why}: {address}",
    "Write the whole address as a browser shows it.",
)
def addresses_have_their_form(submission: Submission) -> Iterator[Hit]:
    """Look for what begins like an address and is none; nothing is asked for this."""
    for where, name, address in _addresses(submission):
        why = fault(address)
        if why:
            yield hit_value(*where, id=name, address=without_user(address), why=why)


@rule(
    "url-user",
    QUESTIONED,
    "An address of {id} holds a user's name or password, on {host}.",
    "Publish the evidence where everybody can read it, and change that password.",
)
def addresses_hold_no_secret(submission: Submission) -> Iterator[Hit]:
    """Look for addresses with a name or password before the host; the address itself is not repeated."""
    for where, name, address in _addresses(submission):
        host = user_of(address)
        if host:
            yield hit_value(*where, id=name, host=host)


@rule("url-dead", REJECTED, "An address of {id} is dead, {why}: {address}", "Mend the address, or publish the page.")
def addresses_are_alive(submission: Submission) -> Iterator[Hit]:
    """Look for addresses that do not exist."""
    yield from _asked(submission, Reached.GONE)


@rule(
    "url-refused",
    QUESTIONED,
    "Whether an address of {id} can be read cannot be told, {why}: {address}",
    "Open it in a browser without being signed in; let robots through that say who they are.",
)
def addresses_are_open(submission: Submission) -> Iterator[Hit]:
    """Look for addresses that refuse to answer us."""
    yield from _asked(submission, Reached.UNSURE)


@rule(
    "url-silent",
    QUESTIONED,
    "An address of {id} did not answer now, {why}: {address}",
    "Try again later; the validator will refuse it if it is silent then.",
)
def addresses_answer(submission: Submission) -> Iterator[Hit]:
    """Look for addresses that may be down for the moment."""
    yield from _asked(submission, Reached.TRANSIENT)


@rule(
    "url-private",
    QUESTIONED,
    "An address of {id} is not public, {why}: {address}",
    "Publish the evidence where everybody can read it.",
)
def addresses_are_public(submission: Submission) -> Iterator[Hit]:
    """Look for addresses in private networks; they are not asked, and some tell it by their form."""
    for where, name, address in _addresses(submission):
        answer = submission.reached.get(base(address))
        if fault(address):
            continue
        if answer and answer.reached is Reached.PRIVATE:
            yield hit_value(*where, id=name, address=without_user(address), why=answer.why)
        elif private(address):
            yield hit_value(*where, id=name, address=without_user(address), why="by the name of its host")
