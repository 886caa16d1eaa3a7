"""That pods share a device is read from what they see together, not from what each has been told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from clusterproof.errors import Inconclusive
from clusterproof.instruments import sharers
from clusterproof.instruments.lookers import Sight
from clusterproof.instruments.sharing import PARTS, TURNS, Shares
from clusterproof.model import Outcome, Reason

TELLS = "Every container that has a share of a device tells what it sees"
ONE = "A container that asks for one share of a device sees and reaches one device"
SHARED = "Several pods that run at the same time use one device"
LIMIT = "No device is used by more pods than it has shares"


def sight(*minors, how="reached"):
    found = [{"path": f"/dev/nvidia{minor}", "major": 195, "minor": minor, "how": how} for minor in minors]
    return Sight({"devices": [*found, {"path": "/dev/nvidiactl", "major": 195, "minor": 255, "how": "reached"}]})


def turns(units=4, physical=2, how=TURNS, resource="nvidia.com/gpu"):
    return Shares("n", "NVIDIA", how, resource, units, physical)


@pytest.fixture
def seen(monkeypatch):
    """Give a function that returns the claims about what some containers have seen, and how many pods were started."""

    def seen(*sights, offered=None, running=True, free=100, may_read=True):
        started = []

        def start(_template, name, **_values):
            started.append(name)
            return SimpleNamespace(running=lambda: int(running))

        looks = SimpleNamespace(
            may_read=lambda: may_read, gone=lambda *_things: None, start=start, sights=lambda *_where: list(sights)
        )
        monkeypatch.setattr(sharers, "Lookers", lambda _bench: looks)
        monkeypatch.setattr(sharers, "free_on", lambda *_words: free)
        monkeypatch.setattr(sharers.inventory, "capacity", lambda *_words: SimpleNamespace(tolerations=list))

        def observe(claim, *, expected, actual, holds=None, **_kind):
            return claim, (actual == expected if holds is None else holds)

        def ended(outcome, reason, message):
            raise Inconclusive(outcome, reason, message)

        bench = SimpleNamespace(
            observe=observe,
            skip=lambda reason, message: ended(Outcome.SKIP, reason, message),
            unknown=lambda message: ended(Outcome.UNKNOWN, Reason.UNKNOWN_DEVICE, message),
            cluster=None,
            values=SimpleNamespace(tolerations=None),
            ledger=SimpleNamespace(told={}),
        )
        found = dict(sharers.shared_inside(bench, offered or turns(), []))
        return found, len(started)

    return seen


@pytest.mark.parametrize(
    ("sights", "false"),
    [
        ([sight(0), sight(1), sight(0)], set()),
        ([sight(0), sight(1), sight(2)], {SHARED}),
        ([sight(0), sight(0), sight(0)], {LIMIT}),
        ([sight(0, 1), sight(0), sight(1)], {ONE}),
        ([sight(), sight(0), sight(0)], {ONE}),
        ([sight(0, how="refused"), sight(0), sight(0)], {ONE}),
        ([Sight({}), sight(0), sight(0)], {TELLS, ONE}),
    ],
)
def test_each_claim_is_about_the_containers_together(seen, sights, false):
    found, started = seen(*sights)
    assert {claim for claim, holds in found.items() if not holds} == false
    assert started == 3, "one more than there are devices"


def test_pods_that_ran_one_after_the_other_have_shared_nothing(seen):
    assert not seen(sight(0), sight(0), running=False)[0][SHARED]


@pytest.mark.parametrize(
    ("offered", "free", "started"), [(turns(units=20, physical=2), 20, 11), (turns(units=20, physical=2), 5, 5)]
)
def test_enough_are_started_to_see_that_one_device_has_too_many(seen, offered, free, started):
    assert seen(sight(0), offered=offered, free=free)[1] == started


@pytest.mark.parametrize(
    ("given", "outcome", "reason"),
    [
        ({"offered": turns(how=PARTS)}, Outcome.SKIP, Reason.NO_CHECK),
        ({"may_read": False}, Outcome.SKIP, Reason.FORBIDDEN),
        ({"offered": turns(resource="example.com/widget")}, Outcome.UNKNOWN, Reason.UNKNOWN_DEVICE),
    ],
)
def test_what_cannot_be_told_from_inside_is_left_open(seen, given, outcome, reason):
    with pytest.raises(Inconclusive) as stop:
        seen(sight(0), **given)
    assert (stop.value.outcome, stop.value.reason) == (outcome, reason)
