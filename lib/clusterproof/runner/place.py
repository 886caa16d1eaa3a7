"""Where a run takes place: the user's cluster, or a testbed that is there for this run only."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.client import Cluster, Limits
from clusterproof.cluster.facts import facts
from clusterproof.errors import ClusterError, KitError
from clusterproof.runner import orphans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from clusterproof.model import Facts
    from clusterproof.runner.request import Request

REACHED_WITHIN = 9.0  # seconds; a name that does not resolve or a login helper that hangs would take minutes
FIRST_CALLS = Limits(connect=3.0, read=4.0, total=6.0)


@dataclass(frozen=True)
class Place:
    """A cluster, and what a report has to say of it."""

    kubeconfig: str
    notes: tuple[str, ...] = ()
    started_in: float = 0.0
    """Seconds that a testbed took to start, without getting its programs."""


@contextmanager
def place(
    request: Request, say: Callable[[str], None], calmly: Callable[[], AbstractContextManager[None]]
) -> Iterator[Place]:
    """Yield the cluster of a run; a testbed is started for it, and gone afterwards: signals wait inside ``calmly``.

    Raises:
        TestbedError: the testbed could not be had.
    """
    orphans.remove_folders()
    if request.kubeconfig or request.context or request.platform.testbed is None:
        yield Place(request.kubeconfig)
        return
    from clusterproof import testbed  # noqa: PLC0415 - whoever has a cluster needs none

    orphans.remove(say)
    name = orphans.name_of_ours()
    try:
        wanted = testbed.suited(request.platform.testbed, request.only, request.values.model_dump())
        bed = testbed.up(testbed.Spec.from_mapping({**wanted, "name": name}), progress=say)
        yield Place(str(bed.kubeconfig), testbed.notes(bed.spec.tier), bed.started_in)
    finally:
        with calmly():
            say("removing the testbed")
            testbed.down(name)


def reach(kubeconfig: str, context: str) -> tuple[Cluster, Facts]:
    """Connect and read the cluster's facts; see ``connect``."""
    cluster = connect(kubeconfig, context)
    try:
        return cluster, facts(cluster)
    except ClusterError as error:
        raise _worded(error) from error


def connect(kubeconfig: str, context: str) -> Cluster:
    """Return a connection to a server that has answered, within ten seconds or not at all.

    Raises:
        ClusterError: no usable kubeconfig, no answer in time, or no permission to read nodes and pods.
    """
    found: list[Any] = []

    def look() -> None:
        try:
            Cluster.connect(kubeconfig, context, limits=FIRST_CALLS).call("GET", "/version")
            found.append(Cluster.connect(kubeconfig, context))
        except KitError as error:
            found.append(error)

    looker = threading.Thread(target=look, daemon=True)
    looker.start()
    looker.join(REACHED_WITHIN)
    if not found:
        raise ClusterError(
            f"The cluster did not answer within {REACHED_WITHIN:.0f} s.",
            next_step="See whether `kubectl get --raw /readyz` answers with the same kubeconfig and context.",
        )
    if isinstance(found[0], KitError):
        raise _worded(found[0])
    cluster: Cluster = found[0]
    return cluster


def _worded(error: KitError) -> KitError:
    """Return an error that says whose words it holds: a server's own may be one word."""
    if not isinstance(error, ClusterError) or not error.status:
        return error
    return ClusterError(
        f"The cluster cannot be read: {error.message.rstrip('.')}.",
        status=error.status,
        reason=error.reason,
        next_step=error.next_step or "Look at the server that the kubeconfig names: is it an API server?",
    )
