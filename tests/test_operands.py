"""What belongs to an object, what is as it asks, and what its status says of it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from clusterproof.instruments.contains import contains
from clusterproof.instruments.operands import Operand
from clusterproof.instruments.upkeep import left_alone

CONTAINER = {"name": "c", "image": "i", "args": ["pause"], "resources": {"requests": {"cpu": "10m"}}}


def made(kind, name, owner="", *, controller=True, **more):
    owners = [{"uid": owner, "controller": controller}] if owner else []
    return {"kind": kind, "metadata": {"name": name, "uid": f"uid of {name}", "ownerReferences": owners}, **more}


def operand(*items, objects=(), children=(), status=None, **settings):
    """Return a Train named job, uid 1, with items around it; its pods are all pods."""
    of = {kind: [item for item in items if item["kind"] == kind] for kind in ("Pod", *children)}
    own = {"kind": "Train", "metadata": {"name": "job", "uid": "1"}, "status": status or {}}
    backend = SimpleNamespace(
        settings={
            "kind": "Train",
            "workers": 3,
            "condition": "Running",
            "children": dict.fromkeys(children),
            **settings,
        }
    )
    thing = SimpleNamespace(
        pods=lambda: of["Pod"], running=lambda: len(of["Pod"]), now=lambda _kind: own, objects=(own, *objects)
    )
    return Operand(SimpleNamespace(ledger=SimpleNamespace(items=lambda kind: of[kind])), backend, thing)


def test_a_pod_is_a_stray_unless_this_very_object_controls_it():
    strays = [
        made("Pod", "of another object of that name", "2"),
        made("Pod", "owned and not controlled", "1", controller=False),
        made("Pod", "nobodys"),
    ]
    found = operand(made("Pod", "own", "1"), *strays)
    assert found.strays() == [each["metadata"]["name"] for each in strays]


def test_what_children_control_belongs_to_the_object_too():
    chain = (made("Set", "set", "1"), made("Job", "a", "uid of set"), made("Pod", "pod", "uid of a"))
    assert operand(*chain, children=("Set", "Job")).strays() == []
    assert operand(*chain[1:], children=("Set", "Job")).strays() == ["pod"]  # its set is gone


def test_owners_in_a_circle_end_nowhere():
    circle = (made("Job", "a", "uid of b"), made("Job", "b", "uid of a"), made("Pod", "pod", "uid of a"))
    assert operand(*circle, children=("Job",)).strays() == ["pod"]


def test_nothing_belongs_to_an_object_that_is_gone():
    gone = operand(made("Pod", "nobodys"))
    gone.thing.now = lambda _kind: {}
    assert gone.strays() == ["nobodys"]


def test_children_of_another_object_are_not_counted():
    own, other, orphan = (made("Service", name, uid) for name, uid in [("own", "1"), ("other", "2"), ("orphan", "")])
    found = operand(own, other, orphan, children=("Service",))
    beside = SimpleNamespace(controls=lambda item: item is other)
    assert found.controlled("Service", beside) == {"own": True, "orphan": False}


@pytest.mark.parametrize(
    ("containers", "same"),
    [
        ([CONTAINER], True),
        ([{**CONTAINER, "env": [{"name": "A"}]}, {"name": "proxy", "image": "p"}], True),
        ([{**CONTAINER, "args": ["nothing"]}], False),
        ([{**CONTAINER, "args": ["pause", "now"]}], False),
        ([{**CONTAINER, "resources": {"requests": {"cpu": "5m"}}}], False),
        ([{**CONTAINER, "resources": {}}], False),
        ([], False),
    ],
)
def test_a_pod_that_lacks_something_of_what_was_asked_for_is_another_one(containers, same):
    asked = {
        "kind": "Train",
        "spec": {"Worker": {"template": {"spec": {"tolerations": [], "containers": [CONTAINER]}}}},
    }
    found = operand(made("Pod", "pod", spec={"containers": containers}), objects=(asked,))
    assert found.others() == ([] if same else ["pod"])


@pytest.mark.parametrize(("more", "same"), [({}, True), ({"args": ["nothing"]}, False), ({"command": ["sh"]}, False)])
def test_words_that_nobody_asked_for_make_another_program_of_a_container(more, same):
    container = {"name": "c", "image": "i", **({} if "command" in more else {"command": ["idle"]})}
    asked = {"kind": "Train", "spec": {"template": {"spec": {"containers": [container]}}}}
    found = operand(made("Pod", "pod", spec={"containers": [{**container, **more}]}), objects=(asked,))
    assert found.others() == ([] if same else ["pod"])


def test_pods_of_an_object_that_asks_for_none_are_others():
    assert operand(made("Pod", "pod", spec={"containers": [CONTAINER]})).others() == ["pod"]


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ({"conditions": [{"type": "Running", "status": "True", "reason": "R"}]}, True),
        ({"conditions": [{"type": "Running", "status": "False"}, {"type": "Created", "status": "True"}]}, False),
        ({"conditions": None}, False),
        ({}, False),
    ],
)
def test_a_condition_is_what_an_object_says_by_default(status, says):
    assert operand(status=status).says() is says


def test_an_object_may_say_it_in_other_words():
    words = {"jobs": [{"name": "node", "ready": 3}]}
    assert operand(status={"jobs": [{"name": "a"}, {"name": "node", "ready": 3}]}, says=words).says()
    assert not operand(status={"jobs": [{"name": "a", "ready": 3}, {"name": "node", "ready": 2}]}, says=words).says()


def test_nothing_is_contained_in_what_is_not_there():
    assert contains(None, {})
    assert not contains(None, {"a": 1})
    assert not contains({"a": None}, {"a": [{"b": 1}]})
    assert not contains({"a": "b"}, {"a": {"b": 1}})


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        ([("1", None), ("2", None)], True),
        ([("1", None), ("2", None), ("3", None)], True),
        ([("1", None), ("3", None)], False),  # replaced
        ([("1", None), ("2", "now")], False),
    ],
)
def test_a_bystander_that_was_replaced_or_is_about_to_go_was_not_left_alone(now, holds):
    pods = [{"metadata": {"uid": uid, "deletionTimestamp": going}} for uid, going in now]
    bench = SimpleNamespace(
        ledger=SimpleNamespace(items=lambda _kind: pods), observe=lambda _claim, *, holds, **_said: holds
    )
    assert left_alone(bench, {"1", "2"}) is holds
