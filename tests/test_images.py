"""Every image that nodes pull is a parameter, comes from the mirror where one is named, and needs no entrypoint."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest

from clusterproof import paths, registry
from clusterproof.bench.values import fragments
from clusterproof.errors import UsageError
from clusterproof.manifest import backends, read_yaml
from clusterproof.parameters import Values, load, merge
from clusterproof.parameters.images import image, mirrored
from clusterproof.parameters.images import registry as registry_of
from clusterproof.plan.pods import images, pods
from command import main

PROBE = Values().probe_image
MIRROR = {"image_registry_prefix": "mirror.example:5000/kit"}
OWN = {**MIRROR, "probe_image": "a.example/p:1", "load_image": "b.example/l:2", "picker_image": "c.example/e:3"}
BACKENDS = [(check.requirement, each) for check in registry.declared() for each in backends(check.requirement)]
each_backend = pytest.mark.parametrize("backend", [b for _, b in BACKENDS], ids=[f"{r}-{b.name}" for r, b in BACKENDS])
FILES = sorted(paths.manifests().rglob("*.yaml"))


def named(tree):
    """Yield what a document says under `image`, wherever that stands."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "image" and isinstance(value, str):
                yield value
            else:
                yield from named(value)
    elif isinstance(tree, list):
        for part in tree:
            yield from named(part)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(paths.manifests())))
def test_no_manifest_names_an_image_that_is_no_parameter(file):
    known = {f"${{{name}}}" for name in Values().images()}
    assert set(named(read_yaml(file))) <= known


def test_there_are_manifests_that_name_images_and_another_one_is_noticed():
    assert len([file for file in FILES if list(named(read_yaml(file)))]) > 8
    assert list(named({"spec": {"containers": [{"image": "busybox"}]}})) == ["busybox"]


@each_backend
def test_every_image_of_every_pod_comes_from_the_mirror_where_one_is_named(backend):
    expected = {"mirror.example:5000/kit/p:1", "mirror.example:5000/kit/l:2", "mirror.example:5000/kit/e:3"}
    assert images(backend, Values(**OWN)) <= expected


@each_backend
def test_a_secret_to_pull_with_goes_into_every_pod_and_only_where_one_is_named(backend):
    for each in pods(backend, Values(image_pull_secret="s")):  # noqa: S106
        assert each.spec.get("imagePullSecrets") == [{"name": "s"}], each.template
    assert not [each for each in pods(backend, Values()) if "imagePullSecrets" in each.spec]


@each_backend
def test_no_pod_of_the_kits_image_relies_on_what_the_image_would_run(backend):
    commands = [
        (each.template, container.get("command", [""])[0])
        for each in pods(backend, Values(), load_command=fragments()["idle"], container="other")
        for container in each.containers()
        if container["image"] == PROBE and container["name"] != "ray-worker"  # of a group without any worker
    ]
    assert {command for _, command in commands} <= {"python3"}, commands


def test_one_image_is_all_that_most_checks_need():
    more = {name for name, backend in BACKENDS if images(backend, Values()) - {PROBE}}
    assert more == {"advanced_inference_ingress"}


@pytest.mark.parametrize(
    ("reference", "prefix", "whole"),
    [
        ("reg.example/a/b:1", "", "reg.example/a/b:1"),
        ("reg.example/a/b:1", "m.example", "m.example/b:1"),
        ("reg.example/a/b:1", "m.example/x/", "m.example/x/b:1"),
        ("reg.example:5000/a/b:1", "m.example:5001/x", "m.example:5001/x/b:1"),
        ("reg.example:5000/b", "m.example/x", "m.example/x/b"),
        ("b", "m.example/x", "m.example/x/b"),
        ("reg.example/a/b@sha256:00ff", "m.example/x", "m.example/x/b@sha256:00ff"),
        ("reg.example:5000/a/b:1-x_y@sha256:00ff", "m.example:5001/x", "m.example:5001/x/b:1-x_y@sha256:00ff"),
        ("m.example/x/b:1", "m.example/x", "m.example/x/b:1"),
    ],
)
def test_in_a_mirror_an_image_keeps_the_last_part_of_its_name_with_tag_and_digest(reference, prefix, whole):
    assert image(reference) == reference
    assert registry_of(prefix) == prefix
    assert mirrored(reference, prefix) == whole
    assert image(whole) == whole


@pytest.mark.parametrize(
    "wrong", ["https://a.example/b", "a b", "a:", "a.example/B:1", "a@sha256", "a/", "/a", "a:1:2", "a\n", "ä", "${x}"]
)
@pytest.mark.parametrize("name", ["probe_image", "load_image", "picker_image"])
def test_what_no_node_could_pull_is_refused_before_anything_is_created(name, wrong):
    with pytest.raises(UsageError, match=f"The parameter {name} in the parameters cannot be"):
        merge(load("cluster"), {name: wrong})


@pytest.mark.parametrize("wrong", ["https://m.example", "m.example/x:1@", "m.example//x", "m.example/X Y", "m\n"])
def test_a_mirror_is_a_registry_and_a_path(wrong):
    with pytest.raises(UsageError, match="The parameter image_registry_prefix in the parameters cannot be"):
        merge(load("cluster"), {"image_registry_prefix": wrong})


@pytest.mark.parametrize("name", ["load_image", "picker_image"])
def test_two_images_that_a_mirror_could_not_tell_apart_are_refused(name):
    same = {"probe_image": "a.example/x/python:3", name: "b.example/y/python:3"}
    merge(load("cluster"), same)
    with pytest.raises(UsageError, match=f"{name}.*would have the name of a.example/x/python:3"):
        merge(load("cluster"), {**same, **MIRROR})
    merge(load("cluster"), {**same, **MIRROR, name: "b.example/y/python:4"})
    merge(load("cluster"), {**MIRROR, "probe_image": "a.example/x:1", name: "a.example/x:1"})


def test_the_command_prints_each_image_on_a_line_and_says_how_to_mirror_them(capsys):
    said = main(capsys, "images", "--only", "gang_scheduling,ai_inference")
    assert (said.code, said.out) == (0, f"{PROBE}\n")
    assert "-p image_registry_prefix" in said.err
    assert len(main(capsys, "images").out.splitlines()) == 2


def test_the_command_prints_nothing_where_nothing_would_be_pulled(capsys):
    said = main(capsys, "images", "--only", "disaggregated_inference")
    assert (said.code, said.out, said.err) == (0, "", "")


def test_images_of_a_mirror_are_told_with_where_they_come_from(capsys):
    words = [part for name, value in OWN.items() for part in ("-p", name, value)]
    said = main(capsys, "images", *words, "-p", "allow_disruptive", "true")
    whole = ["mirror.example:5000/kit/e:3", "mirror.example:5000/kit/l:2", "mirror.example:5000/kit/p:1"]
    assert said.out.splitlines() == whole
    for words in ("a.example/p:1 as mirror.example:5000/kit/p:1", "c.example/e:3 as mirror.example:5000/kit/e:3"):
        assert words in said.err
    rows = main(capsys, "images", "--json", *[part for name, value in OWN.items() for part in ("-p", name, value)]).data
    assert [each["image"] for each in rows["images"]] == whole
    assert [each["published_as"] for each in rows["images"]] == ["c.example/e:3", "b.example/l:2", "a.example/p:1"]
    assert rows["images"][1]["checks"] == ["accelerator_metrics"]


def test_the_command_and_the_plan_name_the_same_images(capsys):
    planned = {image for each in main(capsys, "plan", "--json").data["checks"] for image in each["images"]}
    assert set(main(capsys, "images").out.split()) == planned
    assert json.loads(main(capsys, "images", "--json").out)["images"]


def test_images_are_sorted_and_named_once(capsys):
    lines = main(capsys, "images").out.splitlines()
    assert all(one < other for one, other in pairwise(lines))


@pytest.mark.parametrize("words", [["--only", "gang_shedulin"], ["--platform", "tesbed"], ["-p", "windo", "3"]])
def test_a_wrong_word_is_refused_as_everywhere(capsys, words):
    said = main(capsys, "images", *words)
    assert (said.code, said.out) == (2, "")
    assert re.search("did you mean|the nearest is", said.err)
