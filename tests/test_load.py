"""Only what has changed since nobody worked counts, and what is somebody else's is left out."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from clusterproof.bench.album import Album
from clusterproof.checks.accelerator_metrics import _may_work
from clusterproof.cluster.waiting import Waiter
from clusterproof.errors import Inconclusive
from clusterproof.instruments.exposition import Device
from clusterproof.instruments.load import LEAST_MEMORY, LOOKS, Load
from clusterproof.instruments.telemetry import Look
from clusterproof.instruments.told import Told
from clusterproof.model import Facts, Outcome, Reason
from clusterproof.parameters import Values

RESOURCE = "nvidia.com/gpu"
NODES = ("a", "b")


@pytest.fixture
def told(api, cluster):
    """Give accelerators of which what is told can be set."""

    def skip(reason, message):
        raise Inconclusive(Outcome.SKIP, reason, message)

    facts = Facts(version="v1.37.2", accelerators=((RESOURCE, 4),), accelerators_free=((RESOURCE, 4),))
    own = {"accelerator": lambda: RESOURCE, "skip": skip, "facts": facts, "values": Values()}
    own |= {"waiter": Waiter(), "patience": SimpleNamespace(settle=0.01)}
    own["album"] = Album(own["waiter"])
    bench = SimpleNamespace(cluster=cluster, room=lambda: SimpleNamespace(free=lambda: {"a": 1}), **own)
    told = Told(bench, dict.fromkeys(((node, "NVIDIA") for node in NODES), 2), [], simulated=True)
    told.now = lambda: told.latest
    for name in NODES:
        node = {"status": {"allocatable": {RESOURCE: "2"}, "conditions": [{"type": "Ready", "status": "True"}]}}
        api.store.put({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, **node})
    tells(told)
    return told


def tells(told, **devices):
    """Let devices, ``node_number``, have a load, memory and perhaps a holder; all others rest."""
    values = {f"{node}_{number}": (0.0, 0, "") for node in NODES for number in range(2)} | devices
    found = {(node, "NVIDIA"): {} for node in NODES}
    for name, (load, memory, holder) in values.items():
        device = Device(name[0], {"utilisation": load, "memory_used": memory}, holder)
        found[name[0], "NVIDIA"][name] = device
    told.latest = Look(devices=found)


def uses(api, node, name="other"):
    container = {"name": "c", "resources": {"limits": {RESOURCE: "1"}}}
    spec = {"nodeName": node, "containers": [container]}
    api.store.put({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "n"}, "spec": spec})


def test_a_device_is_busy_if_it_is_busier_than_before(told):
    tells(told, a_0=(70.0, 0, ""))
    load = Load.on(told.bench, told)
    assert load.busy_on("a") == 0
    tells(told, a_0=(89.0, 0, ""), a_1=(20.0, 0, ""))
    assert load.busy_on("a") == 1
    assert load.busy_on("b") == 0


def test_what_is_still_told_of_pods_that_have_gone_is_waited_for(told):
    idle = told.latest
    tells(told, a_0=(90.0, 0, ""))
    stale, looks = told.latest, []

    def now():
        looks.append(1)
        return stale if len(looks) == 1 else idle

    told.now, told.bench.patience.settle = now, 5.0
    load = Load.on(told.bench, told)
    assert load.before is idle
    told.now = lambda: stale
    assert load.busy_on("a") == 1


def test_memory_counts_on_the_busy_device_only(told):
    load = Load.on(told.bench, told)
    tells(told, a_0=(90.0, 0, ""), a_1=(0.0, LEAST_MEMORY, ""))
    assert load.full_on("a") == 0
    tells(told, a_0=(90.0, LEAST_MEMORY, ""))
    assert load.full_on("a") == 1


def test_memory_is_free_again_where_no_device_has_more_of_it_in_use_than_before(told):
    load = Load.on(told.bench, told)
    tells(told, a_0=(0.0, LEAST_MEMORY, ""))
    assert load.fuller_on("a") == 1
    tells(told)
    assert load.fuller_on("a") == 0


def test_a_load_that_comes_and_goes_before_anything_works_is_seen(told):
    load = Load.on(told.bench, told)
    assert load.before_work() is None
    tells(told, b_1=(90.0, 0, ""))
    assert load.before_work() == ["b: NVIDIA b_1"]
    tells(told)
    assert load.before_work() == ["b: NVIDIA b_1"], "what was seen once stays seen"


def test_that_nothing_becomes_busy_is_known_after_some_looks_only(told):
    load = Load.on(told.bench, told)
    assert [load.before_work() for _ in range(LOOKS)] == [None] * (LOOKS - 1) + [[]]


def test_before_anything_works_a_node_where_others_do_tells_nothing(told, api):
    uses(api, "b")
    load = Load.on(told.bench, told)
    tells(told, b_1=(90.0, 0, ""))
    assert load.before_work() is None


def test_a_device_that_is_told_to_be_somebody_elses_is_left_out(told):
    load = Load.on(told.bench, told)
    load.pod = "n/mine"
    tells(told, a_0=(90.0, 0, "n/mine"), a_1=(90.0, 0, "n/theirs"))
    assert load.busy_on("a") == 1
    assert load.holders_on("a") == ["n/mine"]
    tells(told, a_0=(90.0, 0, ""))
    load.busy_on("a")
    assert load.holders_on("a") == [""], "who does not say whose a device is has not said that it is ours"


def test_a_busy_device_of_a_node_where_nobody_works_is_noticed(told):
    load = Load.on(told.bench, told)
    tells(told, a_0=(90.0, 0, ""), b_1=(90.0, 0, ""))
    assert load.busy_elsewhere("a") == ["b: NVIDIA b_1"]


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_node_where_others_work_tells_nothing_of_us(told, api, when):
    if when == "before":
        uses(api, "b")
    load = Load.on(told.bench, told)
    uses(api, "b")
    tells(told, a_0=(90.0, 0, ""), b_1=(90.0, 0, ""))
    assert load.busy_elsewhere("a") == []


def test_nothing_is_put_to_work_on_real_nodes_without_an_image_that_works(told):
    told.simulated = False
    assert ended(told) == (Outcome.SKIP, Reason.NOT_REQUESTED)
    told.bench.values = Values(load_image="burn:1")
    _may_work(told.bench, told)


def test_nothing_is_put_to_work_where_nothing_is_free(told):
    told.bench.room = lambda: SimpleNamespace(free=lambda: {"a": 0})
    assert ended(told) == (Outcome.SKIP, Reason.NOT_ENOUGH_ACCELERATORS)


def test_devices_that_no_extended_resource_stands_for_are_not_put_to_work(told):
    told.bench.facts = Facts(version="v1.37.2")
    assert ended(told) == (Outcome.SKIP, Reason.NO_ACCELERATOR)


def ended(told):
    with pytest.raises(Inconclusive) as caught:
        _may_work(told.bench, told)
    return caught.value.outcome, caught.value.reason
