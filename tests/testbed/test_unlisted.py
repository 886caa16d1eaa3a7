"""An API server that lies about its lists lacks what they hold, and what it is asked for by name it has."""

from __future__ import annotations

import pytest

from clusterproof.testbed.addons.lies import Gifts, Lies
from clusterproof.testbed.addons.table import plan

KINDS = ("resourceclaims", "resourceclaimtemplates", "deviceclasses", "resourceslices", "devicetaintrules")
ITEM = {"metadata": {"name": "a"}}


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_without_its_objects(kind):
    lies = Lies(plan("liar", {"lists_without": kind}).lies, kind, Gifts())
    assert lies.read({"items": [dict(ITEM)]}) == {"items": []}
    assert lies.read(dict(ITEM)) == ITEM
    assert lies.heard({"type": "ADDED", "object": dict(ITEM)}) is not None


@pytest.mark.parametrize("kind", KINDS)
def test_a_watch_without_changes(kind):
    lies = Lies(plan("liar", {"silent_about": kind}).lies, kind, Gifts())
    assert lies.heard({"type": "MODIFIED", "object": dict(ITEM)}) is None
    assert lies.heard({"type": "DELETED", "object": dict(ITEM)}) is not None
    assert lies.read({"items": [dict(ITEM)]}) == {"items": [ITEM]}


def test_other_kinds_are_told_the_truth():
    assert not Lies(plan("liar", {"lists_without": KINDS[0]}).lies, "pods", Gifts())
