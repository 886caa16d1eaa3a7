"""What containers say is taken from whole lines of their own only."""

from __future__ import annotations

import pytest

from clusterproof.instruments.containers import said


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('warming up\nmark {"a": 1}\n', {"a": 1}),
        ('mark {"a": 1}\nmark {"a": 2}\nbye\n', {"a": 2}),
        ('mark {"a": 1}\nmark {"a": ', {"a": 1}),  # the last line has only half arrived
        ("mark [1]\n", None),
        ('other {"a": 1}\n', None),
        (' mark {"a": 1}\n', None),
        ("", None),
    ],
)
def test_the_last_whole_line_with_the_mark_counts(text, found):
    assert said(text, "mark ") == found
