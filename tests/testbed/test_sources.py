"""What add-ons are installed from is fetched with the programs: a testbed in an image starts without network or Go."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clusterproof.testbed import addons
from clusterproof.testbed.addons import sources

TABLE = Path(addons.__file__).with_name("addons.yaml").read_text(encoding="utf-8")


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Have no Go, and give the modules that were asked for."""
    monkeypatch.setenv("CLUSTERPROOF_CACHE", str(tmp_path))
    (tmp_path / "a.yaml").write_text("kind: A\n---\nkind: B\n", encoding="utf-8")
    found = []
    monkeypatch.setattr(sources, "module_dir", lambda module: found.append(module) or tmp_path)
    return found


def test_every_module_that_the_table_names_is_fetched(asked):
    addons.fetch_sources(addons.names())
    assert set(asked) == set(re.findall(r"\bmodule: ([\w-]+)", TABLE))
    assert len(set(asked)) > 5


def test_an_addon_fetches_its_own_only(asked):
    addons.fetch_sources(["jobset"])
    assert set(asked) == {"jobset"}


def test_what_was_fetched_need_not_be_parsed_again(asked, monkeypatch):
    given = {"module": "x", "files": ["*.yaml"]}
    sources.fetch({"steps": [{"create_from": given}]})
    monkeypatch.setattr(sources, "_parsed", None)
    assert [item["kind"] for item in sources.objects({**given, "kind": "B"})] == ["B"]


def test_every_program_that_an_addon_runs_is_fetched_with_it():
    """An add-on may run two: one that is missing would be looked for only when a testbed starts, without network."""
    named = set(re.findall(r"^ +program: (\S+)$", TABLE, re.MULTILINE))
    assert set(addons.programs(addons.names())) == named
    assert set(addons.programs(["prometheus"])) == {"prometheus", "prometheus-adapter"}
    assert addons.programs(["exporter"]) == ()
