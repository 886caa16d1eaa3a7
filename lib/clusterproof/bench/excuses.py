"""What excuses a cluster: its refusals and images that cannot be had say nothing of what a check measures."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.obstacles import refusal
from clusterproof.cluster.pulls import Pulls
from clusterproof.errors import ClusterError, Inconclusive
from clusterproof.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clusterproof.bench.ledger import Ledger
    from clusterproof.cluster.obstacles import Found
    from clusterproof.cluster.waiting import Seen


@contextmanager
def refusals(item: dict[str, Any]) -> Iterator[None]:
    """End the check where the server refuses an object for reasons that are no failing of what is measured."""
    try:
        yield
    except ClusterError as error:
        refused = refusal(error, item)
        if refused:
            raise Inconclusive(Outcome.SKIP, *refused) from error
        raise


class Waits:
    """Waits of one check, which end as soon as an image of its pods cannot be had."""

    def __init__(self, ledger: Ledger, retry: float) -> None:
        self._ledger = ledger
        self._pulls = Pulls(retry)

    def until(
        self, probe: Callable[[], Any], decide: Callable[[Any], bool], *, within: float, every: float | None = None
    ) -> Seen:
        """Wait until what a probe returns is as wanted.

        Raises:
            Inconclusive: SKIP, it is not because of something that is not the cluster's failing; where that is an image
                that nobody can pull, without waiting for the end of the time.
        """
        hopeless: list[Found | None] = [None]

        def enough(value: Any) -> bool:
            done = decide(value)
            hopeless[0] = None if done else self._pulls.hopeless(self._ledger.pods())
            return done or bool(hopeless[0])

        seen = self._ledger.waiter.eventually(probe, enough, within=within, every=every)
        seen = replace(seen, holds=seen.holds and not hopeless[0])
        found = None if seen.holds else hopeless[0] or self._ledger.obstacle()
        if found:
            raise Inconclusive(Outcome.SKIP, *found)
        return seen
