"""One check at a time where the same accelerators are taken: Leases in the cluster, which other runs heed as well.

Whoever holds it renews it. A holder that was killed does so no more, and the next one takes over after the Lease's own
duration; that is measured by this machine's clock from the last change seen, so that clocks need not agree. Whoever
does not heed Leases is noticed by ``neighbours``, and a run that lost its own finds the other one's pods there.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from clusterproof.clock import now
from clusterproof.cluster import labels
from clusterproof.cluster.turns import EVERYWHERE
from clusterproof.cluster.waiting import Waiter
from clusterproof.cluster.watch import Watch
from clusterproof.errors import ClusterError, Inconclusive
from clusterproof.model import Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
PLACE, NAME = "default", "clusterproof-accelerators"
KIND = ("Lease", "coordination.k8s.io")
LASTS = 15  # seconds without a renewal until a Lease is anybody's
RENEW_EVERY = 4.0
EXISTS, CONFLICT = 409, 409
LONGEST = 1800.0  # seconds to wait for another check
NAME_AT_MOST = 253


@contextmanager
def accelerators(  # noqa: PLR0913 - who waits, for what, and for how long
    cluster: Cluster,
    run_id: str,
    requirement: str,
    say: Callable[[str], None],
    *,
    turns: Iterable[str] = (EVERYWHERE,),
    within: float = LONGEST,
) -> Iterator[None]:
    """Hold the Lease of each turn while the body runs; wait for them first.

    They are taken in the order of their names, so that no two checks wait for each other.

    Raises:
        Inconclusive: SKIP, another run did not give it back in time.
        ClusterError: it may not be created, or the server does not answer.
    """
    deadline = time.monotonic() + within
    with ExitStack() as held:
        for name in sorted(set(map(lease_name, turns))):
            lease = _Lease(cluster, run_id, f"{run_id}/{requirement}", name)
            lease.take(say, deadline)
            held.enter_context(_renewed(lease))
        yield


def lease_name(turn: str) -> str:
    """Return the name of a turn's Lease; two that differ in signs only share one, and wait for each other in vain."""
    name = re.sub(r"[^a-z0-9]+", "-", f"{NAME}-{turn}".lower()).strip("-")
    if len(name) <= NAME_AT_MOST:
        return name
    digest = hashlib.sha256(turn.encode()).hexdigest()[:16]
    return f"{name[: NAME_AT_MOST - len(digest) - 1].rstrip('-')}-{digest}"


@contextmanager
def _renewed(lease: _Lease) -> Iterator[None]:
    done = threading.Event()
    threading.Thread(target=lease.renew_until, args=(done,), daemon=True).start()
    try:
        yield
    finally:
        done.set()
        lease.give_back()


class _Lease:
    def __init__(self, cluster: Cluster, run_id: str, holder: str, name: str) -> None:
        self._cluster = cluster
        self._resource = cluster.resource("coordination.k8s.io/v1", "Lease")
        self._run_id = run_id
        self._holder = holder
        self._name = name

    def take(self, say: Callable[[str], None], deadline: float) -> None:
        while not self._create():
            taken = self._cluster.get(self._resource, self._name, PLACE)
            if taken is None:
                continue  # given back meanwhile
            say(f"waiting for {_holder(taken)}, which holds the accelerators")
            if self._unchanged(taken, deadline):
                self._overtake(taken)
            if time.monotonic() > deadline:
                said = f"The accelerators were held by {_holder(taken)} all the time; run again when it is done."
                raise Inconclusive(Outcome.SKIP, Reason.NOT_ENOUGH_ACCELERATORS, said)

    def renew_until(self, done: threading.Event) -> None:
        while not done.wait(RENEW_EVERY):
            with suppress(ClusterError):  # the next time may work; if not, others wait for LASTS seconds
                if self._is_mine():  # a machine that slept may have lost it
                    self._cluster.patch(self._resource, self._name, PLACE, {"spec": {"renewTime": _moment()}})

    def give_back(self) -> None:
        with suppress(ClusterError):  # it runs out by itself, and the run's sweep looks for it
            if self._is_mine():
                self._cluster.delete(self._resource, self._name, PLACE)

    def _is_mine(self) -> bool:
        return _holder(self._cluster.get(self._resource, self._name, PLACE) or {}) == self._holder

    def _create(self) -> bool:
        try:
            self._cluster.create(self._written())
        except ClusterError as error:
            if error.status == EXISTS:
                return False
            raise
        return True

    def _written(self) -> Item:
        marks = {**labels.MANAGED, labels.RUN: self._run_id}
        times = {"acquireTime": _moment(), "renewTime": _moment()}
        return {
            "apiVersion": self._resource.api_version,
            "kind": "Lease",
            "metadata": {"name": self._name, "namespace": PLACE, "labels": marks},
            "spec": {"holderIdentity": self._holder, "leaseDurationSeconds": LASTS, **times},
        }

    def _unchanged(self, taken: Item, deadline: float) -> bool:
        """Wait until the Lease changes or goes; True if it did neither for as long as it lasts."""
        waiter = Waiter()
        selector = f"{labels.RUN}={taken['metadata'].get('labels', {}).get(labels.RUN, '')}"
        watch = Watch(self._cluster, self._resource, PLACE, waiter.pulse, waiter.on_change, labels=selector)
        waiter.watches.append(watch)
        watch.start()
        version = taken["metadata"]["resourceVersion"]
        try:
            left = min(float(LASTS), max(0.0, deadline - time.monotonic()))
            now_there = lambda: _versions(watch.items(), self._name)  # noqa: E731 - one line, used once
            seen = waiter.eventually(now_there, lambda there: there != [version], within=left)
            return not seen.holds and left == LASTS  # less time than that shows nothing
        finally:
            watch.stop()

    def _overtake(self, taken: Item) -> None:
        """Delete what nobody renews, if it is still that very state; creating it anew decides who gets it."""
        metadata = taken["metadata"]
        conditions = {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
        try:
            self._cluster.call("DELETE", self._resource.path(PLACE, self._name), body={"preconditions": conditions})
        except ClusterError as error:
            if error.status not in {404, CONFLICT}:
                raise


def _versions(items: list[Item], name: str) -> list[str]:
    return [item["metadata"]["resourceVersion"] for item in items if item["metadata"]["name"] == name]


def _holder(lease: Item) -> str:
    return str((lease.get("spec") or {}).get("holderIdentity") or "somebody")


def _moment() -> str:
    return now().replace("Z", "000Z")  # a Lease wants microseconds
