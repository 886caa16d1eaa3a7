"""The container runtime that is broken on purpose gives devices to whom its fault says, and to nobody else."""

from __future__ import annotations

import json

import pytest

from clusterproof.testbed.node import runtime
from clusterproof.testbed.node.runtime import changed, owners

DEVICES = [{"path": f"/dev/x{n}", "major": 240, "minor": n, "uuid": f"X-{n}"} for n in (0, 1)]
BOTH = ["/dev/x0", "/dev/x1"]


def told(fault):
    return {"fault": fault, "devices": DEVICES, "variable": "SEEN", "mounts": "/run/names", "annotations": "cdi/"}


def container(name="main", *, env=(), mounts=(), devices=(), kind="container", **notes):
    own = {"container-type": kind, "container-name": name, "sandbox-id": "s", "sandbox-uid": "pod"}
    return {
        "annotations": {**{f"io.kubernetes.cri.{key}": value for key, value in own.items()}, **notes},
        "process": {"env": list(env)},
        "mounts": [{"destination": each} for each in mounts],
        "linux": {"devices": [{"path": each} for each in devices], "resources": {"devices": [{"allow": False}]}},
    }


def has(spec):
    return [each["path"] for each in spec["linux"]["devices"]]


@pytest.mark.parametrize(
    ("fault", "given", "found"),
    [
        ("variables", {"env": ["SEEN=all"]}, BOTH),
        ("variables", {"env": ["SEEN=1"]}, ["/dev/x1"]),
        ("variables", {"env": ["SEEN=X-0"]}, ["/dev/x0"]),
        ("variables", {"env": ["SEEN=X-9", "OTHER=all"]}, []),
        ("variables", {"mounts": ["/run/names/all"]}, []),
        ("mounts", {"mounts": ["/run/names/all", "/run/names/nobody", "/elsewhere/0"]}, BOTH),
        ("mounts", {"env": ["SEEN=all"]}, []),
        ("annotations", {"cdi/any": "vendor/kind=all"}, BOTH),
        ("annotations", {"other/any": "vendor/kind=all"}, []),
        ("strangers", {}, BOTH),
        ("strangers", {"kind": "sandbox"}, []),
    ],
)
def test_each_fault_obeys_one_thing_and_gives_what_it_names(tmp_path, fault, given, found):
    spec = changed(container(**given), told(fault), {}, tmp_path)
    assert has(spec) == found
    allowed = [each["minor"] for each in spec["linux"]["resources"]["devices"] if each["allow"]]
    assert allowed == [int(path[-1]) for path in found], "the kernel lets the container at what it sees"


def test_strangers_are_pods_whose_containers_were_given_nothing(tmp_path):
    assert has(changed(container(), told("strangers"), {"pod": {"asks"}}, tmp_path)) == []
    assert has(changed(container(), told("strangers"), {"another": {"asks"}}, tmp_path)) == BOTH


@pytest.mark.parametrize(("fault", "found"), [("before", [BOTH, ["/dev/x0"], []]), ("after", [[], ["/dev/x0"], BOTH])])
def test_containers_around_the_one_that_was_given_some_get_them_before_or_after_it(tmp_path, fault, found):
    given = {"pod": {"asks"}}
    order = [container("first"), container("asks", devices=["/dev/x0"]), container("second")]
    assert [has(changed(each, told(fault), given, tmp_path)) for each in order] == found


def test_the_kernels_list_is_opened_to_everything_and_no_file_is_added(tmp_path):
    spec = changed(container(), told("everything"), {}, tmp_path)
    assert spec["linux"] == {"devices": [], "resources": {"devices": [{"allow": True, "access": "rwm"}]}}


def test_a_device_that_a_container_has_already_is_not_given_twice(tmp_path):
    spec = changed(container(env=["SEEN=all"], devices=["/dev/x0"]), told("variables"), {}, tmp_path)
    assert has(spec) == BOTH


def test_whom_the_kubelet_has_given_devices_is_read_from_its_checkpoint(tmp_path):
    file = tmp_path / "checkpoint"
    assert owners(file) == {}
    entries = [{"PodUID": "p", "ContainerName": name} for name in ("a", "b")]
    file.write_text(json.dumps({"Data": {"PodDeviceEntries": entries}, "Checksum": 1}))
    assert owners(file) == {"p": {"a", "b"}}
    file.write_text(json.dumps({"Data": {"PodDeviceEntries": None}}))
    assert owners(file) == {}


@pytest.mark.parametrize("verb", ["create", "delete"])
def test_only_what_is_about_to_be_created_is_changed_and_the_real_runtime_follows(monkeypatch, tmp_path, verb):
    bundle = tmp_path / "config.json"
    bundle.write_text(json.dumps(container(env=["SEEN=all"])))
    file = tmp_path / "told"
    file.write_text(json.dumps({**told("variables"), "runtime": "/r", "state": str(tmp_path), "checkpoint": "/none"}))
    became = []
    monkeypatch.setattr(runtime.os, "execv", lambda *words: became.append(words))
    arguments = ["--root", "/x", verb, "--bundle", str(tmp_path), "id"]
    runtime.main(file, arguments)
    assert became == [("/r", ["/r", *arguments])]
    assert has(json.loads(bundle.read_text())) == (BOTH if verb == "create" else [])
