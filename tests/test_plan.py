"""What a run would create, and the rights that it is given for that."""

from __future__ import annotations

import json
import shlex

import pytest

from clusterproof import registry
from clusterproof.errors import UsageError
from clusterproof.manifest import backends
from clusterproof.parameters import Values
from clusterproof.plan import plan, roles
from command import main

PLURALS = {"y": ("y", "ies"), "s": ("s", "ses")}
BACKENDS = [(check, backend) for check in registry.declared() for backend in backends(check.requirement)]


def plural(kind):
    end, more = PLURALS.get(kind[-1] if kind[-2] not in "aeiou" else "", ("", "s"))
    return kind.lower().removesuffix(end) + more


def rights(documents):
    """Return (verb, plural.group) of everything that roles allow."""
    return {
        (verb, f"{resource}.{group}".rstrip("."))
        for role in documents
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


@pytest.mark.parametrize(("check", "backend"), BACKENDS, ids=[f"{c.requirement}-{b.name}" for c, b in BACKENDS])
def test_a_check_declares_that_it_creates_every_kind_of_its_templates(check, backend):
    needs = {*check.needs, *backend.settings.get("needs", ())}
    for version, kind in backend.kinds():
        group = version.rpartition("/")[0]
        assert f"create {plural(kind)}" + (f".{group}" if group else "") in needs


def test_whoever_creates_a_thing_may_follow_change_and_remove_it():
    allowed = rights(roles(["create jobs.batch"]))
    assert {(verb, "jobs.batch") for verb in ("create", "get", "list", "watch", "patch", "delete")} <= allowed


def test_nothing_is_allowed_that_nobody_needs():
    allowed = rights(roles(["get pods/log", "list gatewayclasses.gateway.networking.k8s.io"]))
    assert ("get", "pods/log") in allowed
    assert ("list", "gatewayclasses.gateway.networking.k8s.io") in allowed
    verbs_of = lambda what: {verb for verb, named in allowed if named == what}  # noqa: E731
    assert verbs_of("gatewayclasses.gateway.networking.k8s.io") == {"list"}
    assert verbs_of("pods/log") == {"get"}
    assert verbs_of("secrets") == set()
    assert not [(verb, what) for verb, what in allowed if "*" in {verb, what}]


def test_what_lies_in_a_namespace_of_others_is_allowed_there_only():
    everywhere, there = roles(["create leases.coordination.k8s.io"])
    assert (everywhere["kind"], there["kind"], there["metadata"]["namespace"]) == ("ClusterRole", "Role", "default")
    assert ("create", "leases.coordination.k8s.io") not in rights([everywhere])
    assert ("create", "leases.coordination.k8s.io") in rights([there])


def test_only_what_was_asked_for_is_planned():
    [item] = plan(["gang_scheduling"], Values(gang_backend="volcano"), None)
    assert (item.requirement, item.backend, item.accelerators) == ("gang_scheduling", "volcano", True)
    assert "create jobs.batch.volcano.sh" in item.needs
    assert "create podgroups.scheduling.k8s.io" not in item.needs


def test_a_backend_that_does_not_exist_would_create_nothing():
    [item] = plan(["gang_scheduling"], Values(gang_backend="nobody"), None)
    assert (item.objects, "nobody" in item.skip) == ((), True)


def test_an_image_from_a_mirror_is_named_as_it_is_pulled():
    [item] = plan(["gang_scheduling"], Values(image_registry_prefix="mirror.example/kit"), None)
    assert [image for image in item.images if image.startswith("mirror.example/kit/")] == list(item.images) != []


def test_a_longer_window_makes_a_longer_run():
    short, long = (plan(["gang_scheduling"], Values(window=window), None)[0].minutes for window in (1.0, 600.0))
    assert long - short == pytest.approx(2 * 599 / 60, abs=0.2)


def test_an_unknown_requirement_is_refused_with_the_nearest_one():
    with pytest.raises(UsageError, match="gang_scheduling"):
        plan(["gang_shedulin"], Values(), None)


def test_the_command_tells_the_same_as_json_and_as_roles(capsys):
    told = main(capsys, "plan", "--only", "dra_support", "--json")
    assert [each["requirement"] for each in told.data["checks"]] == ["dra_support"]
    assert told.data["roles"] == json.loads(json.dumps(roles(told.data["checks"][0]["needs"])))
    written = main(capsys, "plan", "--only", "dra_support", "--roles")
    assert written.code == 0
    assert written.out.count("kind: ClusterRole") == 1


def test_what_may_turn_out_to_be_another_backend_is_planned_for_all_of_them():
    [item] = plan(["gang_scheduling"], Values(), None)
    assert {item.backend, *item.alternatives} == {each.name for each in backends("gang_scheduling")}
    assert {"Job (batch.volcano.sh)", "ClusterQueue (kueue.x-k8s.io)", "Job (batch/v1)"} <= {*item.objects}


def test_no_right_is_named_twice():
    for item in plan([], Values(), None):
        assert len(item.needs) == len({*item.needs})


def test_every_check_that_takes_accelerators_says_which_and_creates_the_lease_of_its_turn():
    for item in plan([], Values(allow_disruptive=True), None):
        assert bool(item.devices) == item.accelerators, item.requirement
        assert ("Lease (coordination.k8s.io/v1)" in item.objects) == item.accelerators
        assert item.devices != "free accelerators", "plan/base.yaml says which"


def test_the_image_of_a_load_is_pulled_where_one_is_named():
    [without] = plan(["accelerator_metrics"], Values(), None)
    [with_one] = plan(["accelerator_metrics"], Values(load_image="example.com/burn:1"), None)
    assert "example.com/burn:1" in with_one.images
    assert without.images == (Values().image(),)


def test_people_read_what_each_check_creates_pulls_takes_and_needs(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    said = main(capsys, "plan", "--only", "gang_scheduling,ai_inference").out
    assert max(map(len, said.splitlines()[:-3])) <= 100
    assert "gang_scheduling by native, kueue, volcano or coscheduling, about " in said
    for words in ("creates ", "pulls ", "takes   up to 8 free accelerators", "needs   create namespaces, jobs.batch, "):
        assert words in said
    assert "2 of 2 checks would run, about " in said


def test_people_read_which_pods_exceed_the_strictest_standard_and_why(capsys):
    said = main(capsys, "plan", "--only", "secure_accelerator_access").out
    for words in ("  exceeds ", "mounting: it asks for the devices of its node", "privileged: it asks for every right"):
        assert words in " ".join(said.split("\n          "))
    assert "  exceeds " not in main(capsys, "plan", "--only", "gang_scheduling").out


def test_people_read_that_a_check_disturbs_others_and_what_would_not_run(capsys):
    assert "disturbs other workloads" in main(capsys, "plan", "--only", "cluster_autoscaling").out
    refused = main(capsys, "plan", "--only", "cluster_autoscaling", "-p", "allow_disruptive", "false").out
    assert "would do nothing: it is disruptive" in refused
    assert "0 of 1 checks would run" in refused


def test_the_command_for_the_roles_asks_for_the_same_checks_and_a_shell_reads_it_back(capsys):
    words = ["--only", "gang_scheduling,dra_support", "-p", "window", "5", "--platform", "testbed"]
    said = main(capsys, "plan", *words).out
    again = shlex.split(said.rpartition("clusterproof plan ")[2])
    assert again == ["--platform", "testbed", "--only", "gang_scheduling,dra_support", "-p", "window", "5", "--roles"]
    as_planned, asked_again = (main(capsys, "plan", *each).out for each in ([*words, "--roles"], again))
    assert as_planned == asked_again
