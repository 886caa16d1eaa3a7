"""Fragments for a notebook's output: everything a cluster says appears, as text and at a bearable length."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from clusterproof import render
from clusterproof.model import CheckResult, Facts, Kind, Observation, Outcome, Reason

HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(1)>"""


def observation(**changes):
    values = {"claim": "Every pod is bound", "expected": 4, "actual": 4, "holds": True, "kind": Kind.POSITIVE,
              "at": "2026-11-24T14:30:00.000Z", "took": 0.5}  # fmt: skip
    return Observation(**(values | changes))


def result(*seen, **changes):
    values = {"requirement": "gang_scheduling", "check": "all_or_nothing", "outcome": Outcome.PASS,
              "reason": Reason.CLAIMS_HOLD, "message": "All 1 claims hold.", "took": 2.0}  # fmt: skip
    return CheckResult(**(values | changes), observations=seen)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = set()
        self.attributes = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}


def tags(markup):
    parser = Tags()
    parser.feed(markup)
    return parser


def test_terminal_colours_are_removed():
    assert render.clean("\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07") == "red link"


@pytest.mark.parametrize("char", ["\x00", "\x08", "\x7f", "\x9b", "\u202e", "\u2066", "\ud800", "\r"])
def test_unseen_characters_are_made_visible(char):
    assert render.clean(f"a{char}b") == "a\ufffdb"


def test_tabs_and_lines_stay():
    assert render.clean("a\tb\r\nc\n") == "a\tb\nc\n"


def test_a_megabyte_is_cut_and_the_cut_is_told():
    cut = render.clean("x" * 1_000_000)
    assert len(cut) < 700
    assert "999,400 more characters" in cut


@pytest.mark.parametrize(("value", "words"), [(4, "4"), ("a", "a"), ({"b": [1]}, '{"b": [1]}'), (None, "null")])
def test_values_are_shown_as_json_and_text_as_it_is(value, words):
    assert render.shown(value) == words


@pytest.mark.parametrize(("duration", "words"), [(0.421, "0.42 s"), (42.04, "42.0 s"), (185.2, "3 min 05 s")])
def test_durations_are_worded_for_people(duration, words):
    assert render.seconds(duration) == words


def test_a_moment_is_worded_in_utc():
    assert render.moment("2026-11-24T15:30:00.123+01:00") == "24 November 2026, 14:30:00 UTC"
    assert render.moment("soon") == "soon"


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_word_and_a_symbol_of_its_own(outcome):
    assert list(render.SYMBOLS.values()).count(render.SYMBOLS[outcome]) == 1
    assert render.WORDS[outcome] in render.result_html(result(outcome=outcome))
    assert render.WORDS[outcome] in render.result_text(result(outcome=outcome))


def test_every_reason_has_words():
    assert set(render.REASONS) == set(Reason)


def test_a_result_shows_claim_expected_seen_and_whether_it_holds():
    for text in (render.result_html, render.result_text):
        shown = text(result(observation(claim="No pod is bound", expected=0, actual=3, holds=False)))
        assert all(word in shown for word in ("No pod is bound", "0", "3", "✗"))
    assert "does not hold" in render.result_html(result(observation(holds=False)))


def test_a_truthy_word_is_not_a_claim_that_holds():
    assert render.holds(observation(holds="yes")) == "✗ does not hold"


@pytest.mark.parametrize("field", ["claim", "expected", "actual"])
def test_hostile_observations_are_shown_as_text(field):
    shown = tags(render.result_html(result(observation(**{field: HOSTILE}))))
    assert not shown.seen & {"script", "img"}
    assert "onerror" not in shown.attributes


@pytest.mark.parametrize("field", ["message", "requirement", "backend"])
def test_hostile_results_are_shown_as_text(field):
    assert not tags(render.result_html(result(**{field: HOSTILE}))).seen & {"script", "img"}


def test_hostile_facts_are_shown_as_text():
    facts = Facts(version=HOSTILE, accelerators=((HOSTILE, 1),), device_drivers=((HOSTILE, 1),))
    assert not tags(render.facts_html(facts)).seen & {"script", "img"}


def test_fragments_carry_no_style_sheet_class_or_reference():
    shown = tags(render.result_html(result(observation())) + render.facts_html(Facts(version="v1")))
    assert not shown.attributes & {"class", "src", "href", "id"}
    assert not shown.seen & {"style", "link"}


def test_a_simulated_result_says_so():
    for text in (render.result_html, render.result_text):
        assert "SIMULATED" in text(result(simulated=True))
        assert "SIMULATED" not in text(result())


def test_facts_name_counts_and_simulation():
    facts = Facts(version="v1.37.2", nodes=3, nodes_ready=2, nodes_simulated=1, accelerators=(("a/gpu", 8),))
    for text in (render.facts_html(facts), render.facts_text(facts)):
        words = re.sub(r"<[^>]+>", " ", text)
        assert all(word in words for word in ("v1.37.2", "3, 2 ready, 1 of them simulated", "a/gpu 8"))
