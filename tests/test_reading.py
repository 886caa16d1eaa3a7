"""Reading an object breaks on nothing that a server may say."""

from __future__ import annotations

import re

import pytest

from clusterproof.clock import now
from clusterproof.cluster.reading import condition_of, minor

TWO = [
    {"type": "Ready", "status": "False"},
    {"type": "Accepted", "status": "True"},
    {"type": "Ready", "status": "True"},
]


@pytest.mark.parametrize(
    ("status", "condition", "said"),
    [
        ({"conditions": TWO}, "Accepted", "True"),
        ({"conditions": TWO}, "Ready", "False"),
        ({"conditions": TWO}, "ready", ""),
        ({"conditions": [{"type": "Ready"}]}, "Ready", ""),
        ({"conditions": []}, "Ready", ""),
        ({"conditions": None}, "Ready", ""),
        ({}, "Ready", ""),
    ],
)
def test_a_condition_is_read_by_its_type(status, condition, said):
    assert condition_of(status, condition) == said


@pytest.mark.parametrize(
    ("version", "number"),
    [
        ("v1.37.2", 37),
        ("1.33.0", 33),
        ("v1.34.1-gke.100+abc", 34),
        ("v1.35", 35),
        ("v1.36+", 0),
        ("v1", 0),
        ("", 0),
        ("v1.x.0", 0),
    ],
)
def test_the_minor_version_is_read_from_what_the_server_says(version, number):
    assert minor(version) == number


def test_the_time_is_utc_with_milliseconds_and_sorts_as_text():
    first, second = now(), now()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first)
    assert first <= second
