"""A run's testbed has the add-ons that its requirements need, those of backends that were asked for, and no others."""

from __future__ import annotations

import pytest

from clusterproof.manifest import backends
from clusterproof.parameters import Values, load
from clusterproof.testbed import addons_for
from clusterproof.testbed.addons.table import names
from clusterproof.testbed.needed import _asked, suited

ALL = {"addons": ["training-operator", "traefik", "karpenter", "somebodys-own"]}
USUAL = Values().model_dump()


def addons(description=ALL, only=(), **values):
    return suited(description, only, {**USUAL, **values})["addons"]


def test_a_run_of_everything_has_all_that_the_platform_names():
    assert addons() == ALL["addons"]


def test_what_serves_other_requirements_only_is_left_out_and_what_no_table_knows_stays():
    assert addons(only=["ai_inference"]) == ["traefik", "somebodys-own"]
    assert addons({"addons": []}, ["ai_inference"]) == [], "the platform has to name it"


@pytest.mark.parametrize("only", [(), ["robust_controller"]])
@pytest.mark.parametrize("operator", ["jobset", "trainer", "kuberay"])
def test_an_operator_that_is_asked_for_is_there_instead_of_the_usual_one(only, operator):
    found = addons(only=only, operator=operator)
    assert operator in found
    assert "training-operator" not in found


def test_what_is_asked_for_is_there_only_once_and_only_where_it_is_tried():
    assert addons(only=["robust_controller"], operator="training-operator") == ["somebodys-own", "training-operator"]
    assert addons(only=["ai_inference"], operator="jobset", gang_backend="kueue") == ["traefik", "somebodys-own"]
    assert addons(only=["gang_scheduling"], gang_backend="kueue") == ["somebodys-own", "kueue"]


def test_a_backend_that_no_add_on_is_known_for_changes_nothing():
    assert addons(operator="auto", gang_backend="native", autoscaler="node-pools") == ALL["addons"]


def test_an_add_on_of_two_requirements_stays_for_the_other_one():
    description = {"addons": ["prometheus"]}
    assert addons(description, ["ai_service_metrics"], operator="jobset") == ["prometheus"]


def test_what_can_be_asked_for_is_a_backend_by_a_parameter_and_an_add_on():
    for requirement, parameters in _asked().items():
        for parameter, rows in parameters.items():
            assert parameter in Values.model_fields
            assert set(rows) <= {each.name for each in backends(requirement)}
            assert {addon for each in rows.values() for addon in each} <= set(names())


def test_the_usual_testbed_has_what_every_must_needs():
    from clusterproof.checklist import requirements
    from clusterproof.model import Level

    must = [item.id for item in requirements("1.37") if item.level is Level.MUST]
    assert set(addons_for(must)) <= set(load("testbed").testbed["addons"])
