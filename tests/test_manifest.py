"""Templates are data: no value changes their structure, and a backend is usable if the server serves what it names."""

from __future__ import annotations

import json
import re

import pytest

from clusterproof import manifest, paths
from clusterproof.bench.values import template_values
from clusterproof.errors import KitError, UsageError
from clusterproof.manifest import backends, fill, load
from clusterproof.parameters import Values

REQUIREMENTS = sorted(folder.name for folder in paths.manifests().iterdir() if folder.is_dir())
BACKENDS = [(name, backend) for name in REQUIREMENTS for backend in backends(name)]
TEMPLATES = [(name, backend, template) for name, backend in BACKENDS for template in backend.templates]
HOSTILE = [
    "plain",
    "${resource}",
    "...",
    "yes",
    "1e3",
    "a: b\n- c",
    "'\"\\",
    "{{ x }}",
    "*a &b !c",
    "é\u202e",
    "null",
    "",
]
GANGS = {backend.name: backend for name, backend in BACKENDS if name == "gang_scheduling"}


class Serves:
    """A discovery of the kinds that it is given; `None` serves everything in the versions named."""

    def __init__(self, kinds, versions=("v1",)):
        self.known, self._versions = kinds, versions

    def serves(self, api_version, kind=""):
        return self.known is None or (api_version, kind) in self.known

    def versions(self, _group):
        return self._versions


ALL = Serves(None)


class Anything(dict):
    """Values where every name has one."""

    def __missing__(self, name):
        return f"value-of-{name}"

    def __contains__(self, name):
        return True


def id_of(value):
    return value if isinstance(value, str) else value.name


def values_for(backend, **more):
    own = {
        **backend.settings, "name": "thing", "namespace": "ns", "run_id": "run", "resource": "example.com/device",
        "size": 4, "tolerations": [], "gateway_class": "class", "listener_port": 80, "host": "h.example", "rules": [],
        "route_namespace": "ns", "devices": [], "memory": "1Gi", **more,
    }  # fmt: skip
    return Anything(template_values(Values(), own))


def render(backend, template, **more):
    return backend.render(template, values_for(backend, **more), ALL)


def strings(tree):
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield key
            yield from strings(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from strings(value)
    elif isinstance(tree, str):
        yield tree


def shape(tree):
    """Return the structure of a document without its texts."""
    if isinstance(tree, dict):
        return sorted(repr(shape(value)) for value in tree.values())
    return [shape(value) for value in tree] if isinstance(tree, list) else type(tree).__name__


@pytest.mark.parametrize(("requirement", "backend", "template"), TEMPLATES, ids=id_of)
def test_every_template_is_filled_in_whole(requirement, backend, template):
    items = render(backend, template)
    assert items
    for item in items:
        assert re.fullmatch(r"([a-z0-9.-]+/)?v\d+((alpha|beta)\d+)?", item["apiVersion"])
        assert item["kind"]
        assert item["metadata"]["name"]
        assert not [text for text in strings(item) if "${" in text or text == "..."]


@pytest.mark.parametrize(("requirement", "backend", "template"), TEMPLATES, ids=id_of)
def test_no_value_changes_the_structure_of_a_template(requirement, backend, template):
    names = ("name", "run_id", "image", "driver", "host", "memory", "scheduler", "resource")
    whole = shape(render(backend, template, **dict.fromkeys(names, "plain")))
    for odd in HOSTILE:
        items = render(backend, template, **dict.fromkeys(names, odd))
        assert shape(items) == whole
        assert any(odd in text for text in strings(items)), "the value is not there as it was given"


@pytest.mark.parametrize("odd", HOSTILE)
def test_a_value_arrives_as_it_is_and_is_not_filled_in_again(odd):
    assert fill({"a": ["${x}"], "b": "<${x}>"}, {"x": odd, "resource": "no"}) == {"a": [odd], "b": f"<{odd}>"}


@pytest.mark.parametrize(
    ("tree", "values", "filled"),
    [
        ("${n}", {"n": 4}, 4),
        ("${n}", {"n": [1]}, [1]),
        ("${n}", {"n": {"a": 1}}, {"a": 1}),
        ("n-${n}", {"n": 4}, "n-4"),
        ({"${k}": 1}, {"k": "example.com/device"}, {"example.com/device": 1}),
        ({"a": "${n}", "b": 1}, {"n": None}, {"b": 1}),
        ({"a": "${n}"}, {"n": False}, {"a": False}),
        ({"a": "${n}"}, {"n": 0}, {"a": 0}),
        (["${n}"], {"n": None}, [None]),
        ({"...": "${f}", "b": 2}, {"f": {"a": 1, "b": 1}}, {"a": 1, "b": 2}),
        ({"...": "${f}", "b": 2}, {"f": None}, {"b": 2}),
        ("$n ${ n } $${}", {}, "$n ${ n } $${}"),
        (7, {}, 7),
        (None, {}, None),
    ],
)
def test_holes_are_filled(tree, values, filled):
    found = fill(tree, values)
    assert found == filled
    assert type(found) is type(filled)


def test_a_template_itself_is_never_changed():
    tree = {"a": ["${x}", {"b": "${x}"}]}
    fill(tree, {"x": {"deep": 1}})
    assert tree == {"a": ["${x}", {"b": "${x}"}]}


def test_a_hole_that_nothing_fills_is_an_error_that_names_it():
    with pytest.raises(KitError, match=r"\$\{missing\}"):
        fill({"a": "x-${missing}"}, {})


def test_adding_what_is_no_mapping_is_an_error():
    with pytest.raises(KitError, match="no mapping"):
        fill({"...": "${x}"}, {"x": [1]})


def test_a_template_that_a_backend_does_not_have_is_an_error_that_names_both():
    with pytest.raises(KitError, match="native has no template 'nothing'"):
        render(GANGS["native"], "nothing")


def gang(name, **more):
    return GANGS[name], render(GANGS[name], "gang", **more)


EXPECTED = {
    "native": ({"PodGroup", "Job"}, "scheduling.k8s.io"),
    "kueue": ({"Job"}, "batch"),
    "volcano": ({"Job"}, "batch.volcano.sh"),
    "coscheduling": ({"PodGroup", "Job"}, "scheduling.x-k8s.io"),
}


def test_the_backends_of_gangs_are_tried_in_their_order():
    assert list(EXPECTED) == list(GANGS)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_gang_is_of_the_kinds_of_its_scheduler(name):
    _, items = gang(name)
    kinds, group = EXPECTED[name]
    assert {item["kind"] for item in items} == kinds
    assert items[0]["apiVersion"].partition("/")[0] == group


def pods_of(item):
    """Return how many pods a job makes, and the spec of one."""
    spec = item["spec"]
    if "tasks" in spec:
        [task] = spec["tasks"]
        return task["replicas"], task["template"]["spec"]
    assert spec["completions"] == spec["parallelism"]
    return spec["parallelism"], spec["template"]["spec"]


def minimum(items):
    """Return the number of pods below which none of the gang may start, as its scheduler reads it."""
    group, job = items[0]["spec"], items[-1]["spec"]
    gang = group.get("schedulingPolicy", {}).get("gang", {})
    return gang.get("minCount") or group.get("minMember") or job.get("minAvailable") or "all of a suspended job"


@pytest.mark.parametrize("size", [2, 7])
@pytest.mark.parametrize("name", EXPECTED)
def test_a_gang_has_as_many_pods_as_asked_for_and_starts_with_no_fewer(name, size):
    _, items = gang(name, size=size)
    assert pods_of(items[-1])[0] == size
    expected = size if name != "kueue" else "all of a suspended job"
    assert minimum(items) == expected


def test_a_queued_gang_waits_suspended_in_a_queue_of_the_checks_own():
    backend, items = gang("kueue", size=3)
    setup = {item["kind"]: item for item in render(backend, "setup", size=3, beyond=6)}
    assert set(setup) == {"Topology", "ResourceFlavor", "ClusterQueue", "LocalQueue"}
    assert setup["ResourceFlavor"]["spec"]["topologyName"] == setup["Topology"]["metadata"]["name"]
    queue = setup["LocalQueue"]
    assert items[0]["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == queue["metadata"]["name"]
    assert queue["spec"]["clusterQueue"] == setup["ClusterQueue"]["metadata"]["name"]
    [resources] = setup["ClusterQueue"]["spec"]["resourceGroups"]
    assert resources["coveredResources"] == ["example.com/device"]
    assert resources["flavors"][0]["resources"] == [{"name": "example.com/device", "nominalQuota": 6}]
    assert items[0]["spec"]["suspend"] is True


@pytest.mark.parametrize("name", ["native", "coscheduling"])
def test_the_pods_of_a_gang_name_its_group(name):
    _, (group, job) = gang(name)
    template = job["spec"]["template"]
    named = [template["spec"].get("schedulingGroup", {}).get("podGroupName")]
    named += [(template.get("metadata") or {}).get("labels", {}).get("scheduling.x-k8s.io/pod-group")]
    assert group["metadata"]["name"] in named


@pytest.mark.parametrize("template", ["gang", "filler", "plain"])
@pytest.mark.parametrize("name", EXPECTED)
def test_every_pod_of_a_gang_holds_one_accelerator_and_is_restricted(name, template):
    backend, _ = gang(name)
    taint = [{"key": "example.com/device", "operator": "Exists"}]
    count, spec = pods_of(render(backend, template, size=5, tolerations=taint)[-1])
    [container] = spec["containers"]
    assert count == 5
    assert container["resources"] == {"limits": {"example.com/device": 1}}
    assert spec["tolerations"] == taint
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_control_is_no_gang(name):
    backend, _ = gang(name)
    [job] = render(backend, "plain", size=5)
    assert minimum([job]) in {1, "all of a suspended job"}
    assert not job["spec"].get("suspend")
    assert "schedulingGroup" not in json.dumps(job)
    assert "pod-group" not in json.dumps(job)
    assert "queue-name" not in json.dumps(job)


@pytest.mark.parametrize(("requirement", "backend"), BACKENDS, ids=id_of)
def test_a_backend_is_usable_if_and_only_if_each_of_its_kinds_is_served(requirement, backend):
    served = {(backend.api_version(version, kind, ALL), kind) for version, kind in backend.kinds()}
    assert backend.missing(Serves(served)) == []
    for api_version, kind in served:
        gaps = backend.missing(Serves(served - {(api_version, kind)}))
        assert len(gaps) == (kind not in backend.settings.get("optional", ()))
        assert all(gap.startswith(f"{kind} in ") and "/auto" not in gap for gap in gaps)


def own(tmp_path, text, name="mine"):
    file = tmp_path / "some_requirement" / f"{name}.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


GOOD = """
about: mine
versions: {a.example: [v2, v1]}
templates:
  one: [{apiVersion: a.example/auto, kind: A, metadata: {name: a}}]
"""


@pytest.mark.parametrize(
    ("served", "chosen"),
    [({"v1", "v2", "v3"}, "a.example/v2"), ({"v1", "v3"}, "a.example/v1"), ({"v3"}, ""), (set(), "")],
)
def test_the_best_served_version_that_the_template_is_written_for_is_used(tmp_path, served, chosen):
    backend = load(own(tmp_path, GOOD))
    discovery = Serves({(f"a.example/{version}", "A") for version in served})
    assert backend.api_version("a.example/auto", "A", discovery) == chosen
    assert (backend.missing(discovery) == []) is bool(chosen)


def test_without_versions_of_its_own_a_template_takes_the_servers_best(tmp_path):
    backend = load(own(tmp_path, GOOD.replace("versions: {a.example: [v2, v1]}", "")))
    discovery = Serves({("a.example/v7", "A"), ("a.example/v6", "A")}, versions=("v8", "v7", "v6"))
    assert [item["apiVersion"] for item in backend.render("one", {}, discovery)] == ["a.example/v7"]


def test_a_folder_of_the_users_own_adds_backends(tmp_path, monkeypatch):
    monkeypatch.setenv("CLUSTERPROOF_MANIFESTS", str(tmp_path))
    own(tmp_path, GOOD)
    own(tmp_path, GOOD + "settings: {order: 1}\n", name="zuerst")
    own(tmp_path, "not even read", name="readme").rename(tmp_path / "some_requirement" / "readme.txt")
    assert [backend.name for backend in backends("some_requirement")] == ["zuerst", "mine"]


def test_a_template_of_the_users_own_takes_the_place_of_the_kits_of_that_name(tmp_path, monkeypatch):
    before = {backend.name for backend in backends("gang_scheduling")}
    monkeypatch.setenv("CLUSTERPROOF_MANIFESTS", str(tmp_path))
    folder = tmp_path / "gang_scheduling"
    folder.mkdir()
    (folder / "native.yaml").write_text(GOOD.replace("about: ", "about: ours, "), encoding="utf-8")
    found = {backend.name: backend.about for backend in backends("gang_scheduling")}
    assert set(found) == before
    assert found["native"].startswith("ours, ")


def test_a_requirement_without_a_folder_has_no_backends():
    assert backends("nothing_at_all") == ()


@pytest.mark.parametrize(
    "text",
    [
        "", "7", "[]", "about: x", "templates: {}", "about: x\ntemplates: 7", "about: x\ntemplates: {a: 7}",
        "about: x\ntemplates: {a: [7]}", "about: x\ntemplates: {a: [{kind: A}]}",
        "about: x\ntemplates: {a: [{apiVersion: v1}]}", "a: [", "a: {b", "a: 1\na: 2", "\t", "a: !made_up x",
    ],
)  # fmt: skip
def test_a_file_that_is_no_backend_is_refused_by_name(tmp_path, text):
    file = own(tmp_path, text)
    with pytest.raises(UsageError, match=re.escape(str(file))):
        load(file)


def test_every_shared_fragment_is_used_by_a_template():
    text = "".join(file.read_text(encoding="utf-8") for file in paths.manifests().rglob("*.yaml"))
    for name in manifest.read_yaml(paths.manifests() / "fragments.yaml"):
        assert f"${{{name}}}" in text
