"""What a container tells of devices is read so that nothing seen, nothing told and nothing reached stay apart."""

from __future__ import annotations

import errno

import pytest

from clusterproof.instruments.device_files import of_drivers, of_resource
from clusterproof.instruments.lookers import NOTHING, Sight
from clusterproof.prove.mutant import mutants
from clusterproof.stub import looker

REQUIREMENT = "secure_accelerator_access"


def device(path="/dev/nvidia0", minor=0, **more):
    return {"path": path, "major": 240, "minor": minor, "how": "reached", **more}


def other(minor=1, path_is="absent", made_is="refused"):
    return {"path": f"/dev/nvidia{minor}", "major": 240, "minor": minor, "path_is": path_is, "made_is": made_is}


def test_a_container_that_told_nothing_is_not_one_that_saw_none():
    assert Sight({}).none() == NOTHING
    assert Sight({"devices": [], "others": [other()]}).none() == []


def test_what_is_common_to_all_devices_is_none():
    assert Sight({"devices": [device("/dev/nvidiactl", 255)], "others": []}).none() == []


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ({"path_is": "reached"}, ["/dev/nvidia1"]),
        ({"path_is": "guarded"}, ["/dev/nvidia1"]),
        ({"path_is": "refused"}, []),
        ({"made_is": "reached"}, ["/dev/nvidia1 by a file of its own"]),
        ({"made_is": "guarded"}, []),
    ],
)
def test_a_device_of_others_is_reached_by_its_path_or_by_a_file_made_for_it(how, found):
    sight = Sight({"devices": [device()], "others": [other(**how)]})
    assert sight.beyond() == found
    assert sight.none() == sorted(["/dev/nvidia0", *found])


def test_a_containers_own_device_is_nobody_elses():
    assert Sight({"devices": [device()], "others": [other(0, "reached", "reached")]}).beyond() == []


def test_two_files_of_one_device_are_one():
    row = of_resource("nvidia.com/gpu")
    own = row.own([device(), device("/dev/nvidia7"), device("/dev/nvidia1", 1), device("/dev/nvidiactl", 255)])
    assert [each["minor"] for each in own] == [0, 1]


def test_only_units_that_are_whole_devices_are_counted():
    assert of_resource("nvidia.com/gpu").counts("nvidia.com/gpu")
    assert not of_resource("nvidia.com/mig-1g.5gb").counts("nvidia.com/mig-1g.5gb")
    assert of_resource("example.com/widget") is None
    assert of_drivers(["gpu.nvidia.com"]).vendor == of_resource("nvidia.com/gpu").vendor


@pytest.mark.parametrize(
    ("number", "word"),
    [(errno.ENOENT, "absent"), (errno.EPERM, "refused"), (errno.EACCES, "guarded"), (errno.ENXIO, "reached")],
)
def test_an_error_of_open_tells_how_far_it_got(monkeypatch, number, word):
    def refuse(*_arguments):
        raise OSError(number, "")

    monkeypatch.setattr(looker.os, "open", refuse)
    assert looker.tried("/dev/nvidia0") == word


def test_a_device_that_one_way_of_opening_reaches_is_reached(monkeypatch):
    def refuse(_path, way):
        raise OSError(errno.ENXIO if way & looker.os.O_WRONLY else errno.EPERM, "")

    monkeypatch.setattr(looker.os, "open", refuse)
    assert looker.tried("/dev/nvidia0") == "reached"


def test_who_may_not_make_a_device_file_reaches_nothing_by_one(monkeypatch):
    def refuse(*_arguments):
        raise PermissionError(errno.EPERM, "")

    monkeypatch.setattr(looker.os, "mknod", refuse)
    assert looker.made(240, 0) == "refused"


def test_mutants_of_real_nodes_are_not_tried_on_simulated_ones():
    assert not [each for each in mutants([REQUIREMENT]) if each.testbed.get("tier") == "node"]
    real = mutants([REQUIREMENT], tier="node")
    assert real
    assert {each.testbed["tier"] for each in real} == {"node"}
