"""What is no accelerator by its name is refused before anything is created, and the nearest name is offered."""

from __future__ import annotations

import pytest

from clusterproof import parameters
from clusterproof.errors import UsageError


@pytest.fixture
def refused():
    """Give a function that says why a resource cannot be asked for."""

    def refused(name):
        with pytest.raises(UsageError) as caught:
            parameters.merge(parameters.load("cluster"), {"resource_name": name})
        assert caught.value.exit_code == 2
        return caught.value.message

    return refused


@pytest.mark.parametrize(
    "name",
    [
        "cpu", "memory", "ephemeral-storage", "hugepages-2Mi", "pods", "requests.cpu", "limits.memory", "storage",
        "attachable-volumes-x", "kubernetes.io/x", "a.kubernetes.io/x", "xkubernetes.io/y", "requests.example.com/x",
        "example.com/", "/x", "example.com/x/y", "Example.com/x", "example.com/x ", "example.com/-x", " ", "*",
        "example.com/" + "x" * 64, "e" * 64 + ".com/x", "deviceclass.resource.kubernetes.io/",
        "deviceclass.resource.kubernetes.io/A", "deviceclass.resource.kubernetes.io/a/b",
    ],
)  # fmt: skip
def test_what_is_no_extended_resource_is_refused_in_one_sentence(refused, name):
    said = refused(name)
    assert f"resource_name in the parameters cannot be {name!r}"[:60] in said
    assert "it is no extended resource, so no accelerator" in said
    assert "Value error" not in said
    assert said.endswith(("?", "."))


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("requests.nvidia.com/gpu", "nvidia.com/gpu"),
        ("neuron", "aws.amazon.com/neuron"),
        ("gaudi", "habana.ai/gaudi"),
        ("google.com/tpu/", "google.com/tpu"),
    ],
)
def test_the_nearest_accelerator_of_the_table_is_offered(refused, name, near):
    assert f"did you mean {near!r}?" in refused(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "nvidia.com/gpu",
        "acme.example/Chip_1.x",
        "vendor/chip",
        "deviceclass.resource.kubernetes.io/gpu.example.com",
    ],
)
def test_an_extended_resource_or_the_name_of_a_class_is_taken(name):
    assert parameters.merge(parameters.load("cluster"), {"resource_name": name}).resource_name == name


@pytest.mark.parametrize("mode", ["plugin", "", "DRA", "dra_extended"])
def test_a_mode_of_allocation_that_nobody_knows_is_refused(mode):
    with pytest.raises(UsageError, match="allocation_mode"):
        parameters.merge(parameters.load("cluster"), {"allocation_mode": mode})
