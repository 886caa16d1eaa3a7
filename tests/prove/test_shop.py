"""Beds are used again as long as nothing is left of a trial, thrown away otherwise, and all gone at the end."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from clusterproof.errors import Interrupted, TestbedError
from clusterproof.model import CheckResult, Kind, Observation, Outcome, Reason
from clusterproof.prove import trials
from clusterproof.prove.case import Case
from clusterproof.prove.desk import Desk
from clusterproof.prove.gate import Gate
from clusterproof.prove.mutant import Mutant
from clusterproof.prove.stand import Ran

REQUIREMENT = "gang_scheduling"


def case(name="", **changes):
    return Case(REQUIREMENT, Mutant(REQUIREMENT, name, "about", "claim", changes) if name else None)


def result(*held, outcome):
    kinds = (Kind.POSITIVE, Kind.NEGATIVE)
    seen = tuple(Observation("claim", 1, 1, each, kind, "now", 0.1) for each, kind in zip(held, kinds, strict=False))
    return CheckResult(REQUIREMENT, "x", outcome, Reason.CLAIMS_HOLD, "why", seen)


PASSED, FAILED = result(True, True, outcome=Outcome.PASS), result(False, outcome=Outcome.FAIL)  # noqa: FBT003


ERRORS = {"dies": TestbedError("it died"), "stops": Interrupted("stopped")}


class Bed:
    """A bed without processes, which notes what happens to it."""

    def __init__(self, first):
        self.begun, self.ran, self.restored, self.gone = first.begun("x"), [], 0, 0

    def serves(self, case):
        return case.begun("x") == self.begun and bool(case.mutant or not self.ran)

    def run(self, case):
        assert not self.gone
        assert self.serves(case)
        assert self.restored == len(self.ran)
        self.ran.append(case.name)
        if case.name == "wrong":
            return Ran(PASSED)
        if case.name in ERRORS:
            raise ERRORS[case.name]
        return Ran(FAILED if case.mutant else PASSED)

    def restore(self):
        self.restored += 1
        if self.ran[-1] == "bug":
            raise ZeroDivisionError
        return "Pod default/left is new" if self.ran[-1] == "leaves" else ""

    def remove(self):
        self.gone += 1


@pytest.fixture
def shop(monkeypatch):
    """Give a function that runs cases with one worker, and returns the shop, the trials and the beds."""
    beds = []
    monkeypatch.setattr(trials.Stand, "start", lambda _name, first, _gate, **_how: beds.append(Bed(first)) or beds[-1])

    def shop(*cases):
        made = trials.Shop(Desk(cases), Gate(), lambda _line: None, 1)
        return made, made.run(len(cases)), beds

    return shop


def test_one_bed_is_enough_where_nothing_is_left(shop):
    made, tried, beds = shop(case(), case("a"), case("b"))
    assert [each.ok for each in tried] == [True, True, True]
    assert [each.ran for each in beds] == [["good", "a", "b"]]
    assert (made.starts, made.thrown) == (1, [])


@pytest.mark.parametrize(
    ("name", "why"), [("leaves", "Pod default/left is new"), ("wrong", "not as expected"), ("dies", "not as expected")]
)
def test_a_bed_on_which_something_is_left_is_not_used_again(shop, name, why):
    made, _, beds = shop(case(name), case("a"), case("b"))
    assert [each.ran for each in beds] == [[name], ["a", "b"]]
    assert made.starts == 2
    assert len(made.thrown) == 1
    assert name in made.thrown[0]
    assert why in made.thrown[0]


def test_the_good_one_gets_a_bed_on_which_nothing_was_before(shop):
    _, tried, beds = shop(case("a"), case(), case("b"))
    assert [trial.mutant for trial in tried] == ["a", "good", "b"]
    assert [each.ran[0] for each in beds] == ["good"]


def test_a_bed_that_is_broken_from_the_start_serves_only_what_begins_so(shop):
    lies = {"component_args": {"kube-apiserver": {"flag": "x"}}}
    made, _, beds = shop(case(), case("a"), case("lie", **lies), case("lie-too", **lies))
    assert [each.ran for each in beds] == [["good", "a"], ["lie", "lie-too"]]
    assert made.starts == 2


def test_what_is_changed_by_a_restart_begins_as_the_good_one_does(shop):
    restarts = {"component_args": {"kube-scheduler": {"flag": "x"}}, "scheduler_config": {"kind": "x"}}
    _, _, beds = shop(case(), case("a", **restarts))
    assert [each.ran for each in beds] == [["good", "a"]]


def test_every_bed_is_gone_at_the_end(shop):
    _, _, beds = shop(case(), case("leaves"), case("wrong"), case("a"))
    assert [each.gone for each in beds] == [1] * len(beds)


def test_what_broke_while_a_bed_was_put_back_ends_it_all(shop):
    with pytest.raises(ZeroDivisionError):
        shop(case("bug"), case("a"))


def test_a_proof_that_is_stopped_tries_nothing_more(shop):
    with pytest.raises(Interrupted):
        shop(case("stops"), case("a"))


@pytest.mark.parametrize(("free", "beds"), [(0, 1), (3e9, 2), (9e9, 6), (64e9, 8)])
def test_testbeds_take_no_more_than_half_of_the_free_memory(monkeypatch, free, beds):
    monkeypatch.setattr(trials.psutil, "virtual_memory", lambda: SimpleNamespace(available=free))
    assert trials._side_by_side(8) == beds
