"""The time that a run still takes: from what is expected, at the pace that is seen, and never a promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterproof.cli.time_left import TimeLeft
from clusterproof.runner import Request

SECONDS = {"a": 100.0, "b": 100.0, "c": 300.0}


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def left(clock):
    """Give a function that makes one for two notebooks, of which both run at a time."""

    def make(**more):
        return TimeLeft((("a", "b"), ("c",)), dict(SECONDS), **{"workers": 2, "clock": clock, **more})

    return make


def test_the_longest_notebook_decides(left):
    assert left().seconds() == 300


def test_what_takes_turns_adds_up(left):
    assert left(alone=frozenset({"b", "c"})).seconds() == 400


def test_one_core_does_one_notebook_after_another(left):
    assert left(workers=1).seconds() == 500


def test_it_counts_down_while_a_check_runs(left, clock):
    one = left()
    one.begin("c")
    clock.now = 50
    assert one.seconds() == 250


def test_a_slow_cluster_makes_it_longer_and_a_fast_one_shorter(left):
    slow, fast = left(), left()
    slow.end("a", 200)
    fast.end("a", 50)
    assert slow.seconds() > 500
    assert fast.seconds() < 200


def test_a_check_that_had_nothing_to_try_says_nothing_of_the_pace(left):
    one = left()
    one.end("a", 0.1)
    assert one.seconds() == 300


def test_a_check_that_takes_longer_than_expected_is_said_to(left, clock):
    one = left()
    one.end("a", 100)
    one.end("b", 100)
    one.begin("c")
    clock.now = 301
    assert one.words() == "takes longer than expected"


def test_nothing_is_said_once_all_have_ended(left):
    one = left()
    for name, took in SECONDS.items():
        one.end(name, took)
    assert (one.words(), one.counted) == ("", (3, 3))


@pytest.mark.parametrize(
    ("seconds", "words"), [(3, "10 s"), (44, "40 s"), (112, "110 s"), (119, "2 min"), (130, "2 min")]
)
def test_it_is_said_as_roughly_as_it_is_known(clock, seconds, words):
    assert TimeLeft((("a",),), {"a": float(seconds)}, clock=clock).words() == f"about {words} left"


def test_a_check_that_nobody_asked_for_counts_nowhere(left):
    one = left()
    one.begin("other")
    one.end("other", 5)
    assert one.counted == (0, 3)


def test_of_a_run_it_knows_what_takes_turns_and_what_is_refused(tmp_path):
    request = Request.of(folder=tmp_path / "out", platform="testbed")
    one = TimeLeft.of(request)
    assert set(one.expected) == set(request.covered)
    assert "gang_scheduling" in one.alone
    assert one.seconds() > 20
    quiet = {"allow_disruptive": "false"}
    refused = TimeLeft.of(Request.of(folder=tmp_path / "out", platform="testbed", changes=quiet))
    assert refused.expected["cluster_autoscaling"] == 0
    assert Path(tmp_path / "out").exists() is False
