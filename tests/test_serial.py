"""What is written is what is read: every object of the model survives JSON, and anything else is refused."""

from __future__ import annotations

import dataclasses
import json
from enum import Enum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from clusterproof import model, serial

KINDS = [each for each in vars(model).values() if dataclasses.is_dataclass(each)]
ENUMS = [
    each for each in vars(model).values() if isinstance(each, type) and issubclass(each, Enum) and each.__members__
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
WORDS, SECONDS = st.text(max_size=30), st.floats(0, 1e6)
EVIDENCE = st.builds(model.Evidence, WORDS, st.sampled_from(model.EvidenceKind), WORDS, WORDS)
PIECES = st.lists(EVIDENCE, max_size=2).map(tuple)
OBSERVATION = st.builds(
    model.Observation, WORDS, VALUES, VALUES, st.booleans(), st.sampled_from(model.Kind), WORDS, SECONDS, PIECES
)
SEEN = st.lists(OBSERVATION, max_size=2).map(tuple)
OUTCOMES, REASONS = st.sampled_from(model.Outcome), st.sampled_from(model.Reason)
PLACES = st.tuples(SECONDS, SECONDS)
SERIES = st.lists(st.builds(model.Series, WORDS, st.lists(PLACES, max_size=3).map(tuple)), max_size=2).map(tuple)
EDGES = st.lists(st.tuples(SECONDS, SECONDS, SECONDS), max_size=2).map(tuple)
BANDS = st.lists(st.builds(model.Band, WORDS, EDGES), max_size=2).map(tuple)
PICTURE = st.builds(model.Picture, WORDS, WORDS, SERIES, BANDS, WORDS, st.booleans(), st.booleans())
RESULTS = st.builds(
    model.CheckResult,
    WORDS,
    WORDS,
    OUTCOMES,
    REASONS,
    WORDS,
    SEEN,
    WORDS,
    SECONDS,
    SECONDS,
    st.booleans(),
    WORDS,
    PIECES,
    st.lists(PICTURE, max_size=2).map(tuple),
)


@settings(max_examples=20, deadline=None)
@given(RESULTS)
def test_a_result_is_read_back_as_it_was_written(result):
    written = json.dumps(serial.dump(result))
    assert serial.load(model.CheckResult, json.loads(written)) == result


def test_a_result_of_a_time_before_there_were_pictures_is_still_read():
    written = serial.dump(model.CheckResult("a", "b", model.Outcome.PASS, model.Reason.CLAIMS_HOLD, "fine"))
    del written["pictures"]
    assert serial.load(model.CheckResult, written).pictures == ()


def test_what_a_check_makes_up_is_written_as_plain_json():
    seen = model.Observation("A claim", (1, 2), {"a": (3,)}, True, model.Kind.POSITIVE, "now", 0.5)  # noqa: FBT003
    assert serial.dump(seen) == {
        "claim": "A claim", "expected": [1, 2], "actual": {"a": [3]}, "holds": True, "kind": "positive", "at": "now",
        "took": 0.5, "evidence": [],
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_nothing_of_the_model_can_be_changed(kind):
    assert kind.__dataclass_params__.frozen


@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
def test_every_word_means_one_thing(kind):
    assert len({member.value for member in kind}) == len(kind.__members__)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        [],
        None,
        7,
        {"requirement": "a"},
        {"outcome": "MAYBE"},
        {"outcome": "pass"},
        {"reason": "because"},
        {"observations": [{}]},
        {"observations": 7},
        {"message": None},
        {"took": "long"},
        {"simulated": "perhaps"},
    ],
)
def test_what_is_no_result_is_refused(wrong):
    good = serial.dump(model.CheckResult("a", "b", model.Outcome.PASS, model.Reason.CLAIMS_HOLD, "fine"))
    data = {**good, **wrong} if isinstance(wrong, dict) and wrong and "requirement" not in wrong else wrong
    with pytest.raises(ValidationError):
        serial.load(model.CheckResult, data)
