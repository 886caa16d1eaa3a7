"""A text becomes samples or is refused, and only names of the table make them values of a device."""

from __future__ import annotations

import math

import pytest

from clusterproof.cluster.exporters import Exporter, Reading, exporters
from clusterproof.instruments.exposition import devices, parse
from clusterproof.stub.devices import Devices, shapes

READING = {"utilisation": (Reading(("load",), 100.0),), "memory_used": (Reading(("used", "more"), 1024.0),)}
ROW = Exporter("row", device=("uuid", "index"), parts=("part",), node=("host",), families=READING)
VENDORS = {
    "dcgm": "NVIDIA", "amd": "AMD", "tpu": "Google TPU", "neuron": "AWS Neuron", "gaudi": "Intel Gaudi",
    "xpum": "Intel GPU", "testbed": "testbed", "opentelemetry": "a vendor with no row at all",
}  # fmt: skip
LOOKS_LIKE_MEMORY = """
# TYPE DCGM_FI_DEV_MEM_COPY_UTIL gauge
DCGM_FI_DEV_MEM_COPY_UTIL{gpu="0",UUID="a"} 40
DCGM_FI_DEV_MEMORY_TEMP{gpu="0",UUID="a"} 40
DCGM_FI_DEV_MEM_CLOCK{gpu="0",UUID="a"} 40
"""


def told(text, row=ROW):
    return {name: device.values for name, device in devices(parse(text), row).items()}


def dcgm():
    return exporters("NVIDIA")[0]


@pytest.mark.parametrize(
    "text",
    [
        "", "<!DOCTYPE html>\n<html>\n</html>\n", "<html><body>5</body></html>", '{"load": 1}', "please log in",
        'load{uuid="a"} 1\nload{uuid="a"} 2\n', 'load{uuid="a"} 1\nload{uuid="b', "load{uuid=a} 1", "load one",
        'load{uuid="a"} 1\n# EOF\nload{uuid="b"} 1\n# EOF\n',
    ],
)  # fmt: skip
def test_what_is_not_in_the_format_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse(text)


def test_both_formats_are_read():
    assert [each.value for each in parse("# TYPE a gauge\na 1 1395066363000\n")] == [1]
    [sample] = parse("# TYPE a counter\na_total 2.0\n# EOF\n")
    assert (sample.name, sample.value) == ("a_total", 2)


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", "application/octet-stream"])
def test_what_is_called_something_else_is_refused_however_it_looks(kind):
    with pytest.raises(ValueError, match="It is called"):
        parse("a 1\n", kind)


@pytest.mark.parametrize("kind", ["", "text/plain", "Text/Plain; version=0.0.4", "text/plain; version=1.0.0"])
def test_what_is_called_by_its_name_or_not_at_all_is_read(kind):
    assert [each.value for each in parse("a 1\n", kind)] == [1]


def test_what_is_called_openmetrics_must_be_that():
    kind = "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert parse("# TYPE a gauge\na 1\n# EOF\n", kind)
    with pytest.raises(ValueError, match="EOF"):
        parse("# TYPE a gauge\na 1\n", kind)


def test_a_time_is_read_in_both_formats_and_is_no_part_of_the_value():
    [plain], [opened], [bare] = (parse(text) for text in ("a 1 1395066363000\n", "a 1 1395066363\n# EOF\n", "a 1\n"))
    assert (plain.at, opened.at, bare.at) == (1395066363, 1395066363, None)
    assert plain == opened == bare


def test_descriptions_without_samples_are_in_the_format_and_tell_of_no_device():
    assert told("# HELP load l\n# TYPE load gauge\n") == {}


def test_values_are_in_percent_and_bytes():
    assert told('load{uuid="a"} 0.5\nused{uuid="a"} 2\n') == {"a": {"utilisation": 50, "memory_used": 2048}}


def test_the_first_label_that_is_there_tells_devices_apart():
    assert list(told('load{uuid="",index="0"} 0\nload{uuid="b",index="1"} 0\nload{other="c"} 0\n')) == ["0", "b"]


def test_names_of_one_reading_add_up_and_those_after_the_first_may_be_absent():
    text = 'used{uuid="a"} 1\nmore{uuid="a"} 2\nused{uuid="b"} 1\nmore{uuid="c"} 5\n'
    assert told(text) == {"a": {"memory_used": 3072}, "b": {"memory_used": 1024}}


def test_the_better_name_counts_where_both_are_told():
    text = 'DCGM_FI_DEV_GPU_UTIL{UUID="a"} 7\nDCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="a"} 0.9\n'
    assert told(text, dcgm()) == {"a": {"utilisation": 7}}
    assert told(text.splitlines()[1] + "\n", dcgm()) == {"a": {"utilisation": 90}}


def test_memory_of_parts_adds_up_and_the_busiest_part_is_the_load():
    parts = "".join(f'load{{uuid="a",part="{n}"}} 0.{n}\nused{{uuid="a",part="{n}"}} {n}\n' for n in (2, 4))
    assert told(parts)["a"] == {"utilisation": 40, "memory_used": 6144}
    whole = 'used{uuid="a"} 7\n'
    assert told(parts + whole)["a"]["memory_used"] == 7168, "what is told of the whole device is not added to its parts"


@pytest.mark.parametrize("order", [["NaN", "0.5"], ["0.5", "NaN"]])
def test_what_is_no_number_is_not_hidden_by_another_part(order):
    text = "".join(f'load{{uuid="a",part="{part}"}} {value}\n' for part, value in enumerate(order))
    assert math.isnan(told(text)["a"]["utilisation"])


def test_no_name_is_guessed_from_its_words():
    [values] = told(LOOKS_LIKE_MEMORY + 'DCGM_FI_DEV_GPU_TEMP{UUID="a"} 30\n', dcgm()).values()
    assert values == {"temperature": 30}


@pytest.mark.parametrize("shape", shapes())
def test_every_shape_is_understood_by_a_row_of_the_table(shape):
    node = Devices("node-0", {"shape": shape, "count": 2, "resource": "r/d"}, frozenset())
    pods = [pod(f"p{number}") for number in range(2)]
    node.see(pods)
    text = "\n".join(node.lines(frozenset())) + "\n"
    values = [found for row in exporters(VENDORS[shape]) for found in told(text, row).values() if found]
    assert [(round(each["utilisation"]), round(each["memory_used"])) for each in values] == [(90, 10 << 30)] * 2
    assert all(each.get("memory_total", 1 << 40) >= each["memory_used"] for each in values)


def test_every_shape_has_its_vendor_here():
    assert VENDORS.keys() == shapes().keys()


def test_who_uses_a_device_is_read_from_any_of_its_series():
    text = 'DCGM_FI_DEV_GPU_UTIL{UUID="a"} 1\nDCGM_FI_DEV_FB_USED{UUID="a",pod="p",namespace="n"} 1\n'
    assert devices(parse(text), dcgm())["a"].holder == "n/p"


def pod(name, node="node-0", resource="r/d", count=1, phase="Running"):
    container = {"name": "c", "resources": {"limits": {resource: str(count)}}}
    metadata = {"name": name, "namespace": "default", "uid": name}
    return {"metadata": metadata, "spec": {"nodeName": node, "containers": [container]}, "status": {"phase": phase}}
