"""A picture holds every number that was there to be seen, each at its moment, and never disturbs a measurement."""

from __future__ import annotations

import math

import pytest

from clusterproof.bench import album as module
from clusterproof.bench.album import CROWD, LINES, Album
from clusterproof.cluster.waiting import Waiter
from clusterproof.render.thinning import MOST

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.c2lnbmF0dXJl"  # noqa: S105 - of nobody


class Clock:
    """A clock that a test sets; the check began at 100."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def waiter():
    return Waiter()


@pytest.fixture
def album(clock, waiter):
    return Album(waiter)


def changes(waiter):
    with waiter.pulse:
        waiter.on_change()


def test_what_is_followed_is_written_down_at_every_change_and_at_no_other_time(album, waiter, clock):
    seen = [0]
    album.begin("Pods", "pods").follow("bound", lambda: seen[0])
    for clock.now, seen[0] in ((101, 0), (102, 3), (103, 3), (104, 1)):
        changes(waiter)
    clock.now = 110
    [picture] = album.taken()
    assert picture.series[0].points == ((0, 0), (2, 3), (4, 1), (10, 1))
    assert (picture.title, picture.unit, picture.steps) == ("Pods", "pods", True)


def test_no_state_between_two_events_is_missed(album, waiter):
    seen = [0]
    album.begin("Pods", "pods").follow("bound", lambda: seen[0])
    for seen[0] in (5, 0):
        changes(waiter)
    assert [value for _, value in album.taken()[0].series[0].points][:3] == [0, 5, 0]


def test_a_number_that_is_not_there_yet_is_waited_for(album, waiter, clock):
    seen = [None]
    album.begin("Metric", "requests").follow("average", lambda: seen[0])
    for clock.now, seen[0] in ((101, None), (102, 4.0), (103, None)):
        changes(waiter)
    assert album.taken()[0].series[0].points == ((2, 4), (3, 4))


def test_a_probe_that_breaks_ends_its_line_and_nothing_else(album, waiter, clock):
    drawing, seen = album.begin("Pods", "pods"), [1]
    drawing.follow("breaks", lambda: 6 // seen[0])
    drawing.follow("goes on", lambda: seen[0])
    for clock.now, seen[0] in ((101, 0), (102, 2)):
        changes(waiter)
    clock.now = 105
    points = {line.name: line.points for line in album.taken()[0].series}
    assert points == {"breaks": ((0, 6),), "goes on": ((0, 1), (1, 0), (2, 2), (5, 2))}


def test_a_picture_of_that_title_is_gone_on_with(album):
    album.begin("Pods", "pods").note("a", 1)
    album.begin("Pods", "pods").note("b", 2)
    [picture] = album.taken()
    assert [line.name for line in picture.series] == ["a", "b"]


def test_a_picture_with_nothing_on_it_is_not_taken(album):
    album.begin("Empty", "pods").shade("a band", 0, 1)
    assert album.taken() == ()


def test_a_band_lasts_until_it_is_ended_or_the_check_is(album, clock):
    drawing = album.begin("Load", "percent")
    drawing.note("busiest", 5)
    clock.now = 102
    drawing.shade("work", 0, 100)
    drawing.shade("target", 4, 4)
    clock.now = 103
    drawing.end("work")
    drawing.end("work")
    drawing.end("nothing of that name")
    clock.now = 109
    bands = {band.name: band.edges for band in album.taken()[0].bands}
    assert bands == {"work": ((2, 0, 100), (3, 0, 100)), "target": ((2, 4, 4), (9, 4, 4))}


def test_what_is_counted_over_something_else_than_time_ends_where_it_ends(album, clock):
    drawing = album.begin("Requests", "requests", across="requests sent", steps=False)
    for sent in (1, 2):
        drawing.note("second", sent, at=sent)
    drawing.expect("second", [(0, 0, 0), (2, 1, 2)])
    clock.now = 200
    [picture] = album.taken()
    assert picture.series[0].points == ((1, 1), (2, 2))
    assert picture.bands[0].edges == ((0, 0, 0), (2, 1, 2))
    assert picture.across == "requests sent"


def test_no_line_grows_without_end_and_its_peak_stays(album, clock):
    drawing = album.begin("Load", "percent")
    for number in range(3 * CROWD):
        clock.now = 100 + number
        drawing.note("a", 99.5 if number == 77 else number % 7)
    assert len(drawing._lines["a"]) <= CROWD
    points = album.taken()[0].series[0].points
    assert len(points) <= MOST
    assert (77, 99.5) in points


def test_no_picture_gets_more_lines_than_can_be_told_apart(album):
    drawing = album.begin("Pods", "pods")
    for number in range(5 * LINES):
        drawing.note(f"line {number}", 1)
        drawing.follow(f"other {number}", lambda: 1)
    assert len(album.taken()[0].series) == LINES


def test_what_is_no_number_does_not_get_into_the_report(album):
    drawing = album.begin("Load", "percent", steps=False)
    for value in (1.0, math.nan, math.inf, 2.0):
        drawing.note("a", value)
    assert [value for _, value in album.taken()[0].series[0].points] == [1, 2]


def test_a_credential_in_a_name_is_not_kept(album):
    drawing = album.begin("Load", "percent")
    drawing.note(TOKEN, 1)
    drawing.shade(TOKEN, 0, 1)
    assert "c2lnbmF0dXJl" not in repr(album.taken())
