"""Add-ons are data: what they are told to change is changed, and nothing else."""

from __future__ import annotations

import copy

import pytest

from clusterproof import paths, testbed
from clusterproof.errors import UsageError
from clusterproof.testbed.addons import sources
from clusterproof.testbed.addons.edit import change, places
from clusterproof.testbed.addons.lies import Gifts, Lies
from clusterproof.testbed.addons.table import definitions, names, plan

ROUTE = {
    "metadata": {"namespace": "here", "resourceVersion": "7", "uid": "1"},
    "spec": {
        "hostnames": ["split-1.example"],
        "rules": [{"backendRefs": [{"name": "a", "weight": 50}, {"name": "b", "weight": 50, "namespace": "far"}]}],
    },
}


def changed(edit):
    tree = copy.deepcopy(ROUTE)
    change(tree, edit)
    return tree["spec"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (["spec", "rules", "*", "backendRefs", "*", "name"], ["a", "b"]),
        (["spec", "rules", "*", "backendRefs", {"weight": 50, "name": "b"}, "name"], ["b"]),
        (["spec", {"hostnames": ["split-1.example"]}, "hostnames"], [["split-1.example"]]),
        (["spec", {"hostnames": ["split-2.example"]}, "hostnames"], []),
        (["spec", "*", "name"], []),  # * is the elements of a list only
        (["spec", "absent", "name"], []),
    ],
)
def test_a_path_leads_to_every_place_that_it_describes(path, found):
    assert list(places(ROUTE, path)) == found


def test_an_edit_sets_drops_or_keeps():
    backends = ["spec", "rules", "*", "backendRefs"]
    weights = changed({"at": [*backends, {"name": "b"}, "weight"], "set": 5})["rules"][0]["backendRefs"]
    assert [each["weight"] for each in weights] == [50, 5]
    assert "hostnames" not in changed({"at": ["spec", "hostnames"], "drop": True})
    kept = changed({"at": backends, "keep": {"name": "a"}})["rules"][0]["backendRefs"]
    assert [each["name"] for each in kept] == ["a"]
    both = changed({"at": backends, "keep": [{"name": "b"}, {"name": "a"}, {"name": "c"}]})["rules"][0]["backendRefs"]
    assert [each["name"] for each in both] == ["a", "b"]
    assert changed({"at": ["absent", "name"], "set": 1}) == ROUTE["spec"]


def test_lies_change_what_is_read_of_their_own_resource_only():
    rules = [{"resource": "httproutes", "edit": [{"at": ["spec", "hostnames"], "drop": True}], "hide": ["DELETED"]}]
    assert not Lies(rules, "services", Gifts())
    lies = Lies(rules, "httproutes", Gifts())
    assert "hostnames" not in lies.read({"items": [copy.deepcopy(ROUTE)]})["items"][0]["spec"]
    assert lies.heard({"type": "DELETED", "object": copy.deepcopy(ROUTE)}) is None
    assert "hostnames" not in lies.heard({"type": "ADDED", "object": copy.deepcopy(ROUTE)})["object"]["spec"]


def test_a_gift_reaches_who_listens_before_and_after_and_only_once():
    grant = {"metadata": {"name": "for-${found}", "uid": "${namespace}-${found}", "resourceVersion": "${version}"}}
    path = ["spec", "rules", "*", "backendRefs", "*", "namespace"]
    rules = [{"resource": "httproutes", "gift": {"wherever": path, "resource": "grants", "object": grant}}]
    gifts, early, late = Gifts(), [], []
    with Lies(rules, "grants", gifts).listening(early.append):
        for _ in range(2):
            Lies(rules, "httproutes", gifts).read(copy.deepcopy(ROUTE))
        with Lies(rules, "grants", gifts).listening(late.append):
            assert [event["object"]["metadata"]["name"] for event in early] == ["for-far"]
            assert late == early


@pytest.mark.parametrize("name", names())
def test_an_add_on_without_faults_tells_no_lies(name):
    assert plan(name, {}).lies == ()
    assert plan(name, {}).steps


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("traefick", {}, "There is no add-on 'traefick'."),
        ("traefik", {"rout": "stale"}, "has no option 'rout'"),
        ("traefik", {"route": "stail"}, "has no value 'stail'"),
    ],
)
def test_an_unknown_word_is_refused_with_the_nearest(name, options, told):
    with pytest.raises(UsageError) as caught:
        plan(name, options)
    assert told in caught.value.message
    assert caught.value.next_step.startswith("Did you mean")


def test_an_add_on_without_what_it_needs_is_refused_before_anything_starts():
    with pytest.raises(UsageError) as caught:
        testbed.up(testbed.Spec("without", addons=("trainer",)), progress=pytest.fail)
    assert caught.value.message == "The add-on trainer needs jobset."
    assert caught.value.next_step == "Ask for both: jobset,trainer."


@pytest.mark.live
def test_definitions_come_from_the_pinned_modules_and_from_the_cache_the_second_time(tmp_path, monkeypatch):
    notes = (paths.cache() / "modules.json").read_text()
    monkeypatch.setenv("CLUSTERPROOF_CACHE", str(tmp_path))
    (tmp_path / "modules.json").write_text(notes)
    first = definitions(["training-operator"])
    assert [item["spec"]["names"]["kind"] for item in first] == ["PyTorchJob"]
    assert list((tmp_path / "documents").glob("*.json"))
    monkeypatch.setattr(sources, "_parsed", lambda _content: pytest.fail("parsed again"))
    assert definitions(["training-operator"]) == first
