"""Pictures: everything stands where its number says, nothing hostile gets in, and no number can spoil one."""

from __future__ import annotations

import math
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterproof.model import Band, CheckResult, Kind, Observation, Outcome, Picture, Reason, Series
from clusterproof.render import chart, chart_table, drawable, result_html, thinned
from clusterproof.render.axes import END, HEIGHT, LEFT
from clusterproof.render.chart import LABELS, LANE
from clusterproof.render.legend import LOOKS
from clusterproof.render.thinning import MOST

HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(1)>\x1b[31m\u202e"""
NAN, INF = math.nan, math.inf
TAGS = {"svg", "title", "desc", "g", "path", "rect", "line", "text"}


def decided(at, *, holds=True):
    stamp = f"2026-11-24T14:30:{at:06.3f}Z"
    return Observation("A claim", 1, 1, holds, Kind.POSITIVE, stamp, 0.1)


def result(*claims, took=10.0, **changes):
    values = {"observations": claims, "started": "2026-11-24T14:30:00.000Z", "took": took} | changes
    return CheckResult("a", "a", Outcome.PASS, Reason.CLAIMS_HOLD, "fine", **values)


def picture(*points, **changes):
    values = {"title": "Pods", "unit": "pods", "series": (Series("all", points),)} | changes
    return Picture(**values)


def parsed(drawn):
    return ET.fromstring(str(drawn))  # noqa: S314 - our own picture


def lines(drawn):
    """Return the data of the paths in the colour of the first line, the one in the key left out."""
    return [path.get("d") for path in parsed(drawn).iter("path") if path.get("stroke") == LOOKS[0].colour][1:]


def words(drawn):
    return [text.text for text in parsed(drawn).iter("text")]


def numbers(path):
    return [float(number) for number in re.findall(r"-?[\d.]+", path)]


def test_a_step_holds_its_value_until_the_next_one():
    [path] = lines(chart(picture((0, 0), (5, 3), (10, 1)), result()))
    floor = numbers(path)[1]
    assert path == f"M{LEFT} {floor:g}H389V{floor - HEIGHT:g}H{END}V{floor - HEIGHT / 3:g}"


def test_what_is_not_in_steps_goes_straight_from_point_to_point():
    [path] = lines(chart(picture((0, 0), (5, 4), (10, 0), steps=False), result()))
    floor = numbers(path)[1]
    assert path == f"M{LEFT} {floor:g}L389 {floor - HEIGHT:g}L{END} {floor:g}"


def test_values_begin_at_nought_whatever_the_lowest_is():
    drawn = chart(picture((0, 90), (10, 100)), result())
    assert {"0", "20", "100"} <= set(words(drawn))
    [path] = lines(drawn)
    assert numbers(path)[1] > min(numbers(path)[1:]) > numbers(path)[1] - HEIGHT / 5


def test_negative_values_stay_on_the_paper():
    [path] = lines(chart(picture((0, -4), (10, 4)), result()))
    assert numbers(path)[1] - numbers(path)[3] == HEIGHT


@pytest.mark.parametrize(
    ("high", "ticks"), [(1, ["0", "1"]), (3, ["0", "1", "2", "3"]), (12, ["0", "5", "10", "15"]), (30_000, ["30,000"])]
)
def test_the_numbers_on_the_axis_are_round_and_whole(high, ticks):
    found = words(chart(picture((0, 0), (1, high)), result(took=1.0)))
    assert set(ticks) <= set(found)
    assert "0.5" not in found[: found.index("seconds since the check began") - 6]


def test_a_single_point_is_a_dot():
    [dot] = parsed(chart(picture((5, 1)), result())).iter("circle")
    assert float(dot.get("cx")) == 389


@pytest.mark.parametrize("series", [(), (Series("nothing", ()),), (Series("no number", ((1, NAN), (INF, 2))),)])
def test_a_picture_of_nothing_is_no_picture(series):
    assert chart(picture(series=series), result()) == ""


def test_what_is_no_number_is_left_out_and_the_rest_is_drawn():
    good = chart(picture((0, 1), (5, 2), (10, 1)), result())
    odd = picture((0, 1), (1, NAN), (2, INF), (-INF, 1), (3, 1e300), (5, 2), (10, 1))
    assert chart(odd, result()) == good
    assert chart(picture((0, 1), (5, 2), (10, 1), bands=(Band("b", ((0, NAN, 1), (1, 2, INF))),)), result()) == good


NUMBERS = st.floats() | st.integers(-(10**18), 10**18)
BANDS = st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=8), BANDS, NUMBERS, st.booleans(), st.booleans())
def test_no_number_puts_anything_outside_the_paper(points, edges, took, steps, lanes):
    shown = picture(*points, bands=(Band("all", tuple(edges)),), steps=steps, lanes=lanes)
    drawn = chart(shown, result(decided(1), took=took))
    assert "nan" not in drawn.lower().replace("min", "")
    assert "inf" not in drawn.lower()
    for path in lines(drawn) if drawn else ():
        assert all(0 <= number <= max(END, 400) for number in numbers(path))
    chart_table(shown, result(decided(1), took=took))


def test_claims_are_marked_where_they_were_decided():
    drawn = parsed(chart(picture((0, 1), (10, 1)), result(decided(2), decided(5), decided(8, holds=False))))
    marks = [p for p in drawn.iter("path") if p.get("stroke-opacity") == ".55"]
    assert [float(mark.get("d")[1:].split()[0]) for mark in marks] == [186.8, 389, 591.2]
    assert [mark.get("stroke-dasharray") for mark in marks] == ["1 4", "1 4", "none"]
    texts = {text.text: float(text.get("x")) for text in drawn.iter("text") if text.get("font-size") == "11"}
    assert (texts["2"], texts["3 ✗"]) == (389, 591.2)


def test_claims_that_were_decided_together_share_a_number():
    found = words(chart(picture((0, 1), (10, 1)), result(decided(2), decided(2.01), decided(2.1), decided(9))))
    assert "1\N{EN DASH}3" in found
    assert "4" in found


def test_a_picture_over_something_else_than_time_has_no_claims():
    drawn = chart(picture((0, 0), (500, 50), across="requests sent"), result(decided(2)))
    assert "claim" not in words(drawn)
    assert "requests sent" in words(drawn)


def test_a_check_whose_times_are_no_times_is_drawn_without_claims():
    drawn = chart(picture((0, 1), (10, 1)), result(decided(1), started="yesterday"))
    assert "claim" not in words(drawn)
    assert len(lines(drawn)) == 1


def test_a_band_has_the_colour_of_its_line_and_stands_where_it_says():
    bands = (Band("all", ((0, 0, 2), (10, 4, 8))), Band("target", ((0, 5, 5), (10, 5, 5))))
    drawn = parsed(chart(picture((0, 0), (10, 10), bands=bands), result()))
    [area] = [p for p in drawn.iter("path") if p.get("fill-opacity") == ".22"]
    assert area.get("fill") == LOOKS[0].colour
    places = numbers(area.get("d"))
    floor = places[1]
    assert [round((floor - y) / HEIGHT * 10) for y in places[1::2]] == [0, 4, 8, 2]
    thin = [p.get("d") for p in drawn.iter("path") if p.get("stroke-dasharray") == "4 3"]
    assert thin[1] == f"M{LEFT} {floor - HEIGHT / 2:g}L{END} {floor - HEIGHT / 2:g}"
    assert "target" in words(chart(picture((0, 0), bands=bands), result()))


def test_lanes_share_a_scale_and_each_has_its_name_and_its_highest_value():
    series = (Series("one", ((0, 0), (5, 8))), Series("two", ((0, 0), (5, 4))))
    drawn = chart(picture(series=series, lanes=True), result())
    first, second = [path.get("d") for path in parsed(drawn).iter("path") if path.get("stroke") == LOOKS[0].colour]
    assert numbers(first)[1] - numbers(first)[3] == LANE
    assert numbers(second)[1] - numbers(second)[3] == LANE / 2
    assert numbers(second)[1] > numbers(first)[1]
    assert numbers(first)[0] == LABELS
    assert {"one", "two", "at most 8", "at most 4", "pods"} <= set(words(drawn))


def test_hostile_names_appear_as_text_only():
    shown = Picture(
        HOSTILE, HOSTILE, (Series(HOSTILE, ((0, 1), (1, 2))),), (Band(HOSTILE, ((0, 1, 2), (1, 2, 3))),), HOSTILE
    )
    for each in (shown, Picture(**{**vars(shown), "lanes": True})):
        drawn = chart(each, result())
        assert {element.tag for element in parsed(drawn).iter()} <= TAGS
        assert not [name for element in parsed(drawn).iter() for name in element.attrib if name.startswith("on")]
        assert "\x1b" not in drawn
        assert "\u202e" not in drawn
        assert parsed(drawn).find("title").text.startswith("<script>alert(1)</script>")


def test_endless_names_are_cut():
    drawn = chart(picture(series=(Series("x" * 100_000, ((0, 1),)),), unit="y" * 100_000), result())
    assert len(drawn) < 3000


def test_a_picture_says_what_it_is_to_those_who_do_not_see_it():
    drawn = parsed(chart(picture((0, 2), (5, 7), (10, 3)), result(decided(1))))
    assert drawn.get("role") == "img"
    assert drawn[0].tag == "title"
    assert drawn.find("desc").text == "all: from 2 to 3, lowest 2, highest 7. 1 claims are marked on the axis."


def test_no_more_lines_are_drawn_than_can_be_told_apart():
    series = tuple(Series(f"s{n}", ((0, n),)) for n in range(100))
    shown = [
        word for word in words(chart(picture(series=series), result())) if word.startswith("s") and word[1:].isdigit()
    ]
    assert shown == [f"s{n}" for n in range(len(LOOKS))]
    assert len({(look.colour, look.dash) for look in LOOKS}) == len(LOOKS)


def luminance(colour):
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    return sum(w * (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4) for w, p in zip((0.2126, 0.7152, 0.0722), parts, strict=True))  # fmt: skip # noqa: E501


@pytest.mark.parametrize("paper", ["#fffefb", "#1a2026", "#ffffff"])
def test_every_colour_stands_out_from_light_and_from_dark_paper(paper):
    for look in LOOKS:
        low, high = sorted((luminance(look.colour), luminance(paper)))
        assert (high + 0.05) / (low + 0.05) >= 3, look


def test_thousands_of_points_are_thinned_and_the_one_peak_stays():
    points = [(n / 1000, 50 + math.sin(n)) for n in range(100_000)]
    points[77_777], points[33_333] = (77.777, 99.0), (33.333, 1.0)
    kept = thinned(points)
    assert len(kept) <= MOST
    assert {points[0], points[-1], points[77_777], points[33_333]} <= set(kept)
    assert kept == sorted(kept)
    assert len(chart(picture(*points, steps=False), result(took=100.0))) < 10_000


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-10, 10)), max_size=300), st.integers(4, 50))
@settings(max_examples=100, deadline=None)
def test_thinning_keeps_the_ends_and_the_extremes(points, most):
    points = drawable(points)
    kept = thinned(points, most)
    assert len(kept) <= max(most, 4)
    if points:
        assert (kept[0], kept[-1]) == (points[0], points[-1])
        assert {min(v for _, v in points), max(v for _, v in points)} == {
            min(v for _, v in kept),
            max(v for _, v in kept),
        }
        assert set(kept) <= set(points)


def test_the_table_tells_each_value_when_each_claim_was_decided():
    head, rows = chart_table(picture((1, 0), (6, 3), (9, 1)), result(decided(0.5), decided(6), decided(9.5)))
    assert head == ["", "all"]
    assert rows == [
        ["claim 1, 0.50 s", "\N{EN DASH}"],
        ["claim 2, 6.00 s", "3"],
        ["claim 3, 9.50 s", "1"],
        ["lowest", "0"],
        ["highest", "3"],
        ["last", "1"],
    ]


def test_the_table_tells_what_was_expected_at_last():
    bands = (Band("all", ((0, 0, 0), (100, 2, 17))),)
    _, rows = chart_table(picture((0, 0), (100, 9), across="requests sent", bands=bands), result())
    assert rows[-1] == ["expected at last", "2 to 17"]


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, _attrs):
        self.seen.append(tag)


def test_a_notebook_shows_the_pictures_of_a_result():
    parser = Tags()
    parser.feed(result_html(result(pictures=(picture((0, 1), (1, 2)), picture(series=())))))
    assert parser.seen.count("svg") == parser.seen.count("figure") == 1
