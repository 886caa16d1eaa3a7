"""What a user sets is what is measured: an unknown name or a wrong value is an error, and nothing of it a traceback."""

from __future__ import annotations

import json
import os

import pytest
from pydantic import ValidationError

from clusterproof import parameters, paths
from clusterproof.checklist import ids
from clusterproof.errors import UsageError
from clusterproof.model import Declaration, Status
from clusterproof.parameters import Values
from clusterproof.parameters.user_yaml import LARGEST, read_user_yaml

SECRET = "s3cr3t-s3cr3t-s3cr3t"  # noqa: S105 - of nobody


@pytest.fixture
def load(tmp_path):
    """Give a function that reads a platform file with a content."""

    def load(content):
        file = tmp_path / "mine.yaml"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return parameters.load(str(file))

    return load


@pytest.fixture
def refused(load):
    """Give a function that says what is wrong with a platform file."""

    def refused(content):
        with pytest.raises(UsageError) as caught:
            load(content)
        assert caught.value.exit_code == 2
        assert caught.value.__cause__ is None
        return " ".join(caught.value.diagnostics())

    return refused


@pytest.mark.parametrize("name", parameters.names())
def test_every_platform_file_of_the_kits_own_can_be_read(name):
    platform = parameters.load(name)
    assert platform.name == platform.reference == name
    assert platform.about


@pytest.mark.parametrize(
    ("text", "told"),
    [("a: [b", "line 1: expected , or ], but got <stream end>"), ("a: 'secret\n", "found unexpected end of stream"),
     ("a: *secret", "found undefined alias")],
)  # fmt: skip
def test_what_is_no_yaml_is_told_in_a_whole_sentence_without_its_text(tmp_path, text, told):
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(UsageError) as caught:
        read_user_yaml(tmp_path / "bad.yaml")
    assert told in caught.value.message
    assert "secret" not in caught.value.message


def test_the_kit_has_a_platform_with_a_testbed_and_one_without():
    assert parameters.load("testbed").testbed is not None
    assert parameters.load("cluster").testbed is None


def test_a_file_of_ones_own_has_its_values_its_metadata_and_its_declarations(load, tmp_path):
    platform = load(
        """
about: mine
testbed: {}
values: {window: 5, gang_backend: other, node_selector: {pool: gpu}}
metadata: {vendorName: ACME, platformVersion: 1.37, description: null}
declarations:
  - {requirement: cluster_autoscaling, status: N/A, notes: fixed number of nodes, by: Ada, evidence: [a.md]}
"""
    )
    assert (platform.name, platform.about, platform.testbed) == ("mine", "mine", {})
    assert platform.values == Values(window=5, gang_backend="other", node_selector={"pool": "gpu"})
    assert platform.metadata == {"vendorName": "ACME", "platformVersion": "1.37", "description": ""}
    assert platform.declarations == (
        Declaration("cluster_autoscaling", Status.NOT_APPLICABLE, "fixed number of nodes", "Ada", ("a.md",)),
    )
    assert platform.reference == str(tmp_path / "mine.yaml")


def test_an_empty_mapping_is_a_platform_with_every_default(load):
    assert load("{}").values == Values()


@pytest.mark.parametrize(
    ("content", "wrong", "near"),
    [
        ("vlaues: {}", "vlaues", "values"),
        ("declaration: []", "declaration", "declarations"),
        ("values: {windw: 5}", "windw", "window"),
        ("values: {gang_sise: 5}", "gang_sise", "gang_size"),
        ("declarations: [{requirement: gang_schedulin, status: N/A}]", "gang_schedulin", "gang_scheduling"),
        ("declarations: [{requirement: gang_scheduling, status: N/A, note: x}]", "note", "notes"),
    ],
)
def test_an_unknown_name_is_refused_and_the_nearest_is_named(refused, content, wrong, near):
    said = refused(content)
    assert f"There is no {wrong!r}" in said
    assert f"did you mean {near!r}" in said


@pytest.mark.parametrize("name", ["testbad", "clutser"])
def test_an_unknown_platform_is_refused_and_the_nearest_is_named(name):
    with pytest.raises(UsageError, match=r"did you mean '(testbed|cluster)'") as caught:
        parameters.load(name)
    assert "testbed" in caught.value.next_step


@pytest.mark.parametrize(
    "name", ["", "/", "./none.yaml", "none.yml", "~nobody-at-all/x.yaml", "\0.yaml", "a" * 5000 + ".yaml", "../testbed"]
)
def test_what_is_no_platform_file_is_refused(name):
    with pytest.raises(UsageError, match=r"There is no platform|is no platform file"):
        parameters.load(name)


def test_a_word_that_resembles_nothing_is_refused_with_all_that_are_known(refused):
    said = refused("values: {qqqqqqqqqqqqqq: 1}")
    assert "did you mean" not in said
    assert all(name in said for name in Values.model_fields)


@pytest.mark.parametrize("content", ["", "# nothing", "---", "7", "text", "[]", "- values: {}", "null"])
def test_a_file_that_is_no_mapping_is_refused(refused, content):
    assert "is not a mapping" in refused(content)


@pytest.mark.parametrize("part", ["values", "metadata", "testbed"])
@pytest.mark.parametrize("wrong", ["7", "text", "[a]"])
def test_a_part_that_is_no_mapping_is_refused(refused, part, wrong):
    assert f"{part} in mine.yaml, line 1 is not a mapping" in refused(f"{part}: {wrong}")


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00v",
        b"values: {window: \xe4}",
        b"about: \x00",
        b"values: {",
        b"values: [}",
        b"\tvalues: {}",
        b"values: !!python/object/apply:os.system [ls]",
        b"values: !made_up {}",
        b"values: {window: 1, window: 2}",
        b"values: {}\nvalues: {}",
        b"values: *nothing",
        b"%YAML 9.9\n---\nvalues: {}",
        b"values: {}\n---\nvalues: {}",
        b"? [a, b]\n: c",
        b"a: &a [*a]",
        b"[" * 600,
        b"<<: 7",
        b"about: 2026-99-99",
    ],
)
def test_what_is_no_yaml_is_refused_in_a_sentence(refused, content):
    assert refused(content)


def test_a_document_that_would_grow_beyond_all_bounds_is_refused(refused):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "too large" in refused("\n".join(lines))


def test_a_file_that_is_too_large_is_refused(refused):
    assert "too large" in refused("#" * (LARGEST + 1))


def test_a_folder_is_no_platform_file(tmp_path):
    (tmp_path / "dir.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("dir.yaml", "pipe"):
        with pytest.raises(UsageError, match=f"{name} is no platform file: it is a folder, a pipe") as refused:
            parameters.load(str(tmp_path / name))
        assert "testbed" in refused.value.next_step


@pytest.mark.parametrize(
    "content",
    [
        f"token: '{SECRET}\n",
        f"values: {{password: {SECRET}",
        f"values: {{node_selector: {{password: [{SECRET}]}}}}",
        f"values: {{tolerations: {{token: {SECRET}}}}}",
        f"values: {{window: 'Bearer {SECRET}'}}",
        f"values: {{gateway_url: 'http://ada:{SECRET}@host'}}",
        f"a: !{SECRET} b",
        f"a: *{SECRET}",
        f"declarations: [{{requirement: gang_scheduling, status: {SECRET}}}]",
    ],
)
def test_a_message_quotes_no_secret(refused, content):
    assert SECRET not in refused(content)


WRONG = [
    ("window", [0, -1, 3601, "soon", True, None, [], float("nan"), float("inf")]),
    ("timeout_scale", [0, -1, 101, "x", False]),
    ("namespace_prefix", ["", "A", "-a", "a-", "a_b", "a.b", "x" * 23, 7, "a\n", "ä"]),
    ("probe_image", ["", 7, None]),
    ("pod_security", ["strict", "", 7]),
    ("allow_disruptive", ["maybe", 2, None, []]),
    ("gang_size", [-1, 1001, 1.5, "x", True]),
    ("gateway_requests", [99, 100_001, 100.5]),
    ("gateway_url", ["host", "https://host", "http://", "http://h/a", "http://a@b", "http://h:0", "http://h:99999", 7]),
    ("node_selector", [[], "a=b", {"a": 1}]),
    ("tolerations", ["all", {}, [7]]),
]


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG for value in values])
def test_a_value_of_the_wrong_type_or_size_is_refused_by_name(refused, name, value):
    said = refused(f"values: {{{name}: {json.dumps(value).replace('NaN', '.nan').replace('Infinity', '.inf')}}}")
    assert f"The parameter {name} in mine.yaml, line 1 cannot be" in said


@pytest.mark.parametrize("name", Values.model_fields)
def test_every_default_is_a_value_that_is_accepted(name):
    default = Values.model_fields[name].get_default()
    assert Values.model_validate({name: default}) == Values()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("allow_disruptive", "true", True),
        ("allow_disruptive", "False", False),
        ("gang_size", "12", 12),
        ("window", "1.5", 1.5),
        ("window", "3", 3.0),
        ("node_selector", "{pool: gpu}", {"pool": "gpu"}),
        ("node_selector", '{"pool": "gpu"}', {"pool": "gpu"}),
        ("tolerations", "[{operator: Exists}]", [{"operator": "Exists"}]),
        ("tolerations", "null", None),
        ("tolerations", "[]", []),
        ("gang_backend", "true", "true"),
        ("gang_backend", "12", "12"),
        ("image_pull_secret", "null", "null"),
        ("probe_image", "reg.example/a:1.0", "reg.example/a:1.0"),
    ],
)
def test_a_text_of_the_command_line_means_what_the_parameter_needs(name, text, value):
    assert getattr(parameters.merge(parameters.load("cluster"), {name: text}), name) == value


def test_a_text_that_cannot_be_read_is_refused_by_name():
    with pytest.raises(UsageError, match="The value of node_selector is not readable"):
        parameters.merge(parameters.load("cluster"), {"node_selector": "{pool"})


def test_a_single_value_goes_before_the_file_and_the_file_before_the_default(load):
    platform = load("values: {window: 5, gang_size: 4}")
    merged = parameters.merge(platform, {"gang_size": "6"})
    assert (merged.window, merged.gang_size, merged.timeout_scale) == (5, 6, Values().timeout_scale)
    assert platform.values.gang_size == 4, "the platform itself stays as it is"


def test_an_unknown_name_of_the_command_line_is_refused_and_the_nearest_is_named():
    with pytest.raises(UsageError, match="There is no 'gangsize' in the parameters; did you mean 'gang_size'"):
        parameters.merge(parameters.load("cluster"), {"gangsize": "6"})


def test_a_name_that_there_was_is_refused_with_what_to_do_instead(refused):
    said = refused("values: {probe_image: a, stub_image: b}")
    assert "There is no 'stub_image' in mine.yaml, line 1 any more." in said
    with pytest.raises(UsageError, match="There is no 'stub_image' in the parameters any more") as caught:
        parameters.merge(parameters.load("cluster"), {"stub_image": "b"})
    assert "probe_image" in caught.value.next_step


def test_values_cannot_be_changed_and_know_no_other_names():
    with pytest.raises(ValidationError):
        Values().window = 1
    with pytest.raises(ValidationError):
        Values(windw=1)


@pytest.mark.parametrize(
    ("prefix", "image", "whole"),
    [
        ("", "reg.example/a/b:1", "reg.example/a/b:1"),
        ("mirror.example/x", "reg.example/a/b:1", "mirror.example/x/b:1"),
        ("mirror.example/x/", "b@sha256:00", "mirror.example/x/b@sha256:00"),
    ],
)
def test_an_image_comes_from_the_mirror_where_one_is_named(prefix, image, whole):
    assert Values(image_registry_prefix=prefix, probe_image=image).image() == whole


@pytest.mark.parametrize(
    ("declared", "where"),
    [
        ("[{status: N/A}]", "requirement"),
        ("[{requirement: gang_scheduling}]", "status"),
        ("[{requirement: gang_scheduling, status: yes}]", "status"),
        ("[{requirement: gang_scheduling, status: implemented}]", "status"),
        ("[{requirement: gang_scheduling, status: N/A, notes: 7}]", "notes"),
        ("[{requirement: gang_scheduling, status: N/A, evidence: a.md}]", "evidence"),
        ('[{requirement: gang_scheduling, owner: " "}]', "at 0.owner: it is blank"),
        ('[{requirement: gang_scheduling, status: N/A, owner: ""}]', "at 0.owner: it is blank"),
        ("[7]", "0"),
        ("{gang_scheduling: N/A}", ""),
        ("7", ""),
    ],
)
def test_a_declaration_of_the_wrong_form_is_refused_by_its_place(refused, declared, where):
    said = refused(f"declarations: {declared}")
    assert "declarations in mine.yaml, line 1 cannot be used" in said
    assert where in said


def test_a_requirement_is_declared_once_only(refused):
    one = {"requirement": "gang_scheduling", "status": "N/A", "notes": "none"}
    assert "declared twice" in refused(json.dumps({"declarations": [one, one]}))


@pytest.mark.parametrize("requirement", ids())
def test_every_requirement_can_be_declared(load, requirement):
    declared = [{"requirement": requirement, "status": "Implemented", "notes": "shown elsewhere"}]
    assert load(json.dumps({"declarations": declared})).declarations[0].requirement == requirement


def test_paths_of_a_checkout_are_its_own_folders():
    root = paths.PACKAGE.parents[1]
    assert (paths.parameters(), paths.notebooks()) == (root / "parameters", root / "notebooks")
    assert (paths.manifests() / "fragments.yaml").is_file()
    assert paths.reports() == root / "reports"


def test_paths_of_an_installed_wheel_are_inside_it(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "_CHECKOUT", tmp_path)
    (tmp_path / "parameters").mkdir()  # some other project's, beside the site-packages
    monkeypatch.chdir(tmp_path)
    assert paths.parameters() == paths.PACKAGE / "_shipped" / "parameters"
    assert paths.reports() == tmp_path / "reports"


@pytest.mark.parametrize(
    ("variable", "where"), [("CLUSTERPROOF_CACHE", paths.cache), ("CLUSTERPROOF_STATE", paths.state)]
)
def test_the_users_folders_can_be_moved(monkeypatch, tmp_path, variable, where):
    monkeypatch.setenv(variable, str(tmp_path))
    assert where() == tmp_path
    monkeypatch.setenv(variable, "")
    assert where().name == "clusterproof"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("about: mine\nvalues:\n  window: 3\n  windo: 3\n", 4),
        ("about: mine\nvalues:\n  gang_size: 3\n  window: soon\n", 4),
        ("about: mine\n\nmetadata: {}\nvaleus: {}\n", 4),
        ("metadata:\n  vendorName: ACME\n  vendrName: ACME\n", 3),
        ("declarations:\n  - requirement: gang_scheduling\n    status: N/A\n    notse: x\n", 4),
        ("declarations:\n  - {requirement: gang_scheduling, status: N/A}\n  - {requirement: gang, status: N/A}\n", 3),
        ("declarations:\n  - requirement: gang_scheduling\n    status: maybe\n", 3),
        ('declarations:\n  - requirement: gang_scheduling\n    owner: " "\n', 3),
        ("declarations:\n  - requirement: gang_scheduling\n    evidence: ['https://me:x@example.org']\n", 3),
    ],
)
def test_what_is_wrong_in_a_platform_file_is_said_with_its_line(tmp_path, content, line):
    (tmp_path / "mine.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=rf"mine\.yaml, line {line}\b"):
        parameters.load(str(tmp_path / "mine.yaml"))
