"""`sweep` removes what carries a run's id and nothing else, and says what it has found."""

from __future__ import annotations

import json

import pytest

from clusterproof.cluster.labels import RUN

ONE, TWO = "20260101-000000-aaaaaa", "20260101-000000-bbbbbb"


@pytest.fixture
def cluster(api, tmp_path):
    """Give the kubeconfig of a cluster in which two runs have left something and a user has a namespace."""
    for name, labels in {"one": {RUN: ONE}, "one-more": {RUN: ONE}, "two": {RUN: TWO}, "mine": {}}.items():
        item = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        api.store.put(item)
    path = tmp_path / "kubeconfig"
    entries = {"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}
    entries |= {"clusters": [{"name": "c", "cluster": {"server": api.url}}], "users": [{"name": "u", "user": {}}]}
    path.write_text(json.dumps(entries))
    return path


def names(api):
    return {item["metadata"]["name"] for item in api.store.items("namespaces")}


def test_without_an_id_the_runs_are_listed_and_nothing_is_removed(cli, cluster, api):
    said = cli("sweep", "--kubeconfig", cluster)
    assert (said.code, said.err) == (0, "")
    assert ONE in said.out
    assert TWO in said.out
    assert names(api) == {"one", "one-more", "two", "mine"}


def test_one_run_is_removed_and_the_others_stay(cli, cluster, api):
    said = cli("sweep", ONE, "--kubeconfig", cluster)
    assert said.code == 0
    assert f"Nothing of {ONE} is left in {api.url}." in said.out
    assert names(api) == {"two", "mine"}


def test_all_runs_are_removed_and_a_users_own_things_stay(cli, cluster, api):
    assert cli("sweep", "--all", "--kubeconfig", cluster).code == 0
    assert names(api) == {"mine"}


@pytest.mark.parametrize("word", [ONE[:-1], f"{ONE},{TWO}", "!x", "'", "\x1b[31m"])
def test_an_id_that_nothing_carries_removes_nothing_and_is_said_to_be_so(cli, cluster, api, word):
    said = cli("sweep", "--kubeconfig", cluster, "--", word)
    assert said.code == 0
    assert "carries the run id" in said.out
    assert ONE in said.out
    assert "\x1b" not in said.out
    assert names(api) == {"one", "one-more", "two", "mine"}


def test_what_cannot_be_removed_is_named(cli, cluster, api):
    api.answer(403, {"message": "no"}, method="DELETE", path="/one-more", times=9)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("clusterproof.cluster.sweep.sweep.__kwdefaults__", {"within": 0.3, "waiter": None})
        said = cli("sweep", ONE, "--kubeconfig", cluster)
    assert said.code == 3
    assert "Namespace one-more" in said.err
    assert "Nothing of" not in said.out
    assert names(api) == {"one-more", "two", "mine"}


def test_without_a_cluster_or_testbed_it_says_where_it_has_looked(cli, created):
    said = cli("sweep", ONE)
    assert said.code == 0
    assert "--kubeconfig" in said.out
    assert created() == []
