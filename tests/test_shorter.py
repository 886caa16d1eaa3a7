"""Styles that repeat are said once, and nothing that is seen changes."""

from __future__ import annotations

from clusterproof.report.shorter import styles_once

LONG = "padding:4px 8px;vertical-align:top"


def page(body):
    return f"<html><head></head><body>{body}</body></html>"


def test_a_style_that_repeats_stands_in_the_head_and_a_mark_in_its_place():
    told = styles_once(page(f'<td style="{LONG}">x</td>' * 5))
    assert told.count(LONG) == 1
    assert told.count('<td data-s="0">x</td>') == 5
    assert f'<style>[data-s="0"]{{{LONG}}}</style>' in told


def test_what_does_not_repeat_and_what_stands_in_a_picture_stays():
    rare = page(f'<td style="{LONG}">x</td>')
    assert styles_once(rare) == rare
    drawn = page(f"<svg>{f'<g style={chr(34)}{LONG}{chr(34)}/>' * 9}</svg>")
    assert styles_once(drawn) == drawn


def test_a_style_that_could_leave_its_rule_is_not_moved():
    hostile = page(
        '<td style="color:red}</style><script>x</script>">x</td>' * 5 + '<td style="a{b:c;d:e;f:g;h:i;j:k}">' * 5
    )
    assert styles_once(hostile) == hostile
