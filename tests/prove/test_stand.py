"""On a real control plane: what trials did is undone, and what is not undone is seen."""

from __future__ import annotations

import pytest

from clusterproof.prove.case import Case
from clusterproof.prove.gate import Gate
from clusterproof.prove.mutant import Mutant, mutants
from clusterproof.prove.stand import Stand
from proofs import false_claims, own_state

pytestmark = pytest.mark.live

GANGS, DEVICES = "gang_scheduling", "dra_support"


@pytest.fixture(scope="module")
def stand(tmp_path_factory):
    with own_state(tmp_path_factory.mktemp("state")):
        found = Stand.start("prove-0-0", Case(GANGS), Gate(), for_others=True)
        yield found
        found.remove()


@pytest.mark.parametrize(
    ("requirement", "name"),
    [
        (GANGS, "plugin_disabled"),
        (GANGS, "dead_scheduler"),
        (GANGS, "nodes_run_nothing"),
        (DEVICES, "never_deleted_on_a_claim"),
        (DEVICES, "devices_shared"),
    ],
    ids=lambda word: word,
)
def test_a_mutant_is_caught_on_a_bed_that_others_have_used_and_nothing_is_left_of_it(stand, requirement, name):
    [mutant] = mutants([requirement], [name])
    assert stand.serves(Case(requirement, mutant))
    assert false_claims(stand.run(Case(requirement, mutant))) == [mutant.caught_by]
    assert stand.restore() == ""


def test_what_is_good_is_not_tried_on_a_bed_that_was_used(stand):
    stand.used = stand.used or 1
    assert not stand.serves(Case(GANGS))
    assert not stand.serves(Case("accelerator_metrics", Mutant("accelerator_metrics", "m", "about", "claim")))


def left(kind, name, **more):
    versions = {"ConfigMap": "v1", "ValidatingAdmissionPolicy": "admissionregistration.k8s.io/v1"}
    place = {"namespace": "default"} if kind == "ConfigMap" else {}
    return {"apiVersion": versions[kind], "kind": kind, "metadata": {"name": name, **place}, **more}


@pytest.mark.parametrize(
    "item",
    [
        left("ConfigMap", "left"),
        left(
            "ValidatingAdmissionPolicy",
            "left",
            spec={
                "matchConstraints": {"resourceRules": [{"apiGroups": ["x"], "apiVersions": ["*"],
                                                        "operations": ["CREATE"], "resources": ["x"]}]},
                "validations": [{"expression": "false"}],
            },
        ),
    ],
    ids=lambda item: item["kind"],
)  # fmt: skip
def test_what_nobody_undoes_is_seen(stand, monkeypatch, item):
    monkeypatch.setattr("clusterproof.prove.stand.SETTLED_WITHIN", 1.0)
    stand.cluster.create(item)
    assert f"{item['kind']} " in stand.restore()
    metadata = item["metadata"]
    resource = stand.cluster.resource(item["apiVersion"], item["kind"])
    stand.cluster.delete(resource, metadata["name"], metadata.get("namespace", ""))
    assert stand.restore() == ""


def test_a_change_of_a_node_that_nobody_undoes_is_seen(stand, monkeypatch):
    monkeypatch.setattr("clusterproof.prove.stand.SETTLED_WITHIN", 1.0)
    nodes = stand.cluster.resource("v1", "Node")
    stand.cluster.patch(nodes, "accelerator-0", "", {"metadata": {"labels": {"left": "over"}}})
    assert stand.restore() == "Node accelerator-0 differs in metadata.labels.left"
    stand.cluster.patch(nodes, "accelerator-0", "", {"metadata": {"labels": {"left": None}}})
    assert stand.restore() == ""


def test_a_bed_on_which_a_component_cannot_be_put_back_is_not_as_it_was(stand, monkeypatch):
    monkeypatch.setattr("clusterproof.prove.stand.SETTLED_WITHIN", 1.0)
    monkeypatch.setattr("clusterproof.prove.components.Components.put_back", lambda _self: False)
    stand.started.restart("kube-scheduler", {"v": "1"})
    assert "kube-scheduler runs otherwise" in stand.restore()
    monkeypatch.undo()
    assert stand.restore() == ""
