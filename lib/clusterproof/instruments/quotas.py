"""A quota of devices in a namespace: claims up to it are accepted, more are refused, what is deleted counts no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.errors import ClusterError
from clusterproof.model import Kind, Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

FORBIDDEN, AGAIN = 403, 0.5
ACCEPTED, REFUSED = "accepted", "refused by the quota"


def heeded(bench: Bench, memory: str) -> Iterator[Observation]:
    """Allow one device, claim it, ask for another, and ask again once the first claim is gone."""
    quota = bench.apply("quota", name="quota")
    yield bench.eventually(
        "A quota of devices is in effect and nothing counts against it",
        lambda: _used(quota),
        equals=["0"],
        kind=Kind.CONTROL,
        within=bench.patience.settle,
    )
    within = bench.apply("claim", name="within", memory=memory)
    yield bench.observe(
        "A claim beyond a quota of devices is refused",
        expected=REFUSED,
        actual=_asked(bench, memory),
        kind=Kind.NEGATIVE,
    )
    within.delete()
    yield bench.eventually(
        "A claim is accepted once the quota has room for it",
        lambda: _asked(bench, memory),
        equals=ACCEPTED,
        within=bench.patience.settle,
        every=AGAIN,
    )


def _used(quota: Thing) -> list[str]:
    """Return what counts against each number of a quota that a controller has taken note of."""
    status = quota.now("ResourceQuota").get("status") or {}
    return [str(value) for value in (status.get("used") or {}).values()] if status.get("hard") else []


def _asked(bench: Bench, memory: str) -> str:
    """Ask for one more device, without creating the claim.

    Raises:
        ClusterError: the server answers with something else than yes or the quota's no.
    """
    refused = bench.refused("claim", name="beyond", dry_run=True, memory=memory)
    if refused is None:
        return ACCEPTED
    if refused.status == FORBIDDEN and "exceeded quota" in refused.message:
        return REFUSED
    raise ClusterError(refused.message, status=refused.status) from refused
