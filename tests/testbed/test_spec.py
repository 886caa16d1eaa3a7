"""What a testbed may be asked to be."""

from __future__ import annotations

import json

import pytest

from clusterproof.errors import UsageError
from clusterproof.testbed import Spec
from clusterproof.testbed.kwokctl import _flags, _gates, free_addresses, settings


def test_an_unknown_key_names_the_nearest_one():
    with pytest.raises(UsageError, match="component_arg") as caught:
        Spec.from_mapping({"component_arg": {}})
    assert "component_args" in caught.value.next_step


@pytest.mark.parametrize("name", ["", "Upper", "../up", "a/b", "-a", "a" * 41, ".", "ä"])
def test_a_name_that_cannot_be_a_folder_is_refused(name):
    with pytest.raises(UsageError, match="cannot be the name"):
        Spec(name)


@pytest.mark.parametrize(
    "data", [{"addons": "one"}, {"component_args": ["x"]}, {"component_args": {"etcd": "x"}}, {"nodes": {"a": 1}}]
)
def test_a_value_of_the_wrong_form_is_refused(data):
    with pytest.raises(UsageError, match="of a testbed is a"):
        Spec.from_mapping(data)


def test_a_spec_survives_being_written_and_read():
    spec = Spec.from_mapping(
        {
            "name": "a",
            "addons": ["x"],
            "component_args": {"etcd": {"debug": True, "v": 2}},
            "feature_gates": {"A": False},
            "nodes": [{"name": "n", "count": 1, "zones": ["z"], "capacity": {}}],
        }
    )
    assert Spec.from_mapping(json.loads(json.dumps(spec.to_mapping()))) == spec
    assert spec.component_args == {"etcd": {"debug": "true", "v": "2"}}


def test_the_flags_of_a_description_replace_the_usual_ones():
    spec = Spec(component_args={"kube-apiserver": {"endpoint-reconciler-type": "lease"}})
    flags = _flags(spec, free_addresses())["kube-apiserver"]
    assert flags["endpoint-reconciler-type"] == "lease"
    assert flags["bind-address"] == "127.0.0.1"


def test_gates_of_a_description_come_beside_the_usual_ones():
    words = _gates(Spec(feature_gates={"GenericWorkload": False}, runtime_config={"api/all": True}))
    assert "GenericWorkload=false" in words[1]
    assert words[3] == "scheduling.k8s.io/v1beta1=true,api/all=true"


def test_every_component_is_told_to_listen_on_loopback():
    flags = _flags(Spec(), free_addresses())
    for component in settings()["components"]:
        assert any("127.0.0.1" in value for value in flags[component].values()), component
