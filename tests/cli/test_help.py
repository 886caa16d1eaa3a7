"""What the kit says of itself: `list`, and the help of every command."""

from __future__ import annotations

from clusterproof import registry


def test_list_names_every_requirement_of_a_version_and_its_check(cli, created):
    said = cli("list", "--json")
    assert said.code == 0
    rows = {row["id"]: row for row in said.data["requirements"]}
    checked = {name for name, row in rows.items() if row["check"]}
    assert checked == {check.requirement for check in registry.declared()}
    assert checked >= {"gang_scheduling", "dra_support", "ai_inference", "robust_controller"}
    assert rows["gang_scheduling"]["level"] == "MUST"
    assert rows["dra_support"]["level"] == "BEYOND"
    table, note = cli("list").out.split("\n\n")
    head, *told = table.splitlines()
    assert head.split() == ["LEVEL", "REQUIREMENT", "CHECKED", "AFTER"]
    assert [line.split()[:2] for line in told] == [[row["level"], name] for name, row in rows.items()]
    assert [word for word in ("KAR-n", "BEYOND") if word not in note] == []
    assert created() == []


def test_list_refuses_an_unknown_version_as_run_does(cli):
    for words in ([], ["--json"]):
        said = cli("list", "--checklist", "1.3", *words)
        assert (said.code, said.out) == (2, "")
        assert "There is no checklist version named '1.3'; the nearest is" in said.err


def test_every_command_has_help(cli):
    names = ["run", "list", "judge", "prove", "sweep", "fill", "gap", "renew", "diff", "import", "testbed"]
    for words in ([], *([name] for name in names), ["testbed", "up"]):
        said = cli(*words, "--help")
        assert said.code == 0
        assert "Usage: clusterproof" in said.out


def test_help_of_run_names_every_option_of_the_issue(cli):
    said = cli("run", "--help")
    options = "--platform --kubeconfig --context --checklist --only --out -p --strict --json"
    assert [option for option in options.split() if option not in said.out] == []


def test_status_says_that_there_is_no_testbed(cli, created):
    said = cli("testbed", "status")
    assert (said.code, said.out, said.err) == (0, "", "There is no testbed. Start one: clusterproof testbed up\n")
    assert cli("testbed", "status", "--json").data == []
    assert created() == []


def test_the_version_needs_no_command(cli):
    from clusterproof import __version__

    said = cli("--version")
    assert (said.code, said.out) == (0, f"clusterproof {__version__}\n")
