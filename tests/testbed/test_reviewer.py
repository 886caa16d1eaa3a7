"""A webhook that does not do its work goes wrong in the way it is asked to, and in no other."""

from __future__ import annotations

import pytest

from clusterproof.testbed.addons.reviewer import DOES

YES, NO = {"allowed": True}, {"allowed": False, "status": {"message": "no"}}
CREATE, UPDATE = {"operation": "CREATE"}, {"operation": "UPDATE"}


def decide(does, request, answer=NO, number=0):
    return DOES[does](request, lambda: answer, number)["allowed"]


def test_one_that_takes_turns_refuses_every_other_wrong_object():
    assert [decide("takes_turns", CREATE, number=number) for number in range(4)] == [True, False, True, False]


@pytest.mark.parametrize(
    ("request_", "answer", "admits"), [(CREATE, YES, True), (CREATE, NO, False), (UPDATE, YES, False)]
)
def test_one_that_refuses_changes_refuses_correct_ones_too(request_, answer, admits):
    assert decide("refuses_changes", request_, answer) is admits


@pytest.mark.parametrize(
    ("rehearsal", "answer", "admits"), [(True, YES, True), (True, NO, False), (False, YES, False), (False, NO, False)]
)
def test_one_that_refuses_in_earnest_admits_in_a_rehearsal_what_is_correct(rehearsal, answer, admits):
    assert decide("refuses_in_earnest", {**CREATE, "dryRun": rehearsal}, answer) is admits
