"""Official files come into the cache whole and checked, or not at all; afterwards nobody needs a network."""

from __future__ import annotations

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from clusterproof import checklist
from clusterproof.errors import KitError, UsageError
from clusterproof.submission import official as offered
from clusterproof.submission import sync as module
from clusterproof.submission.official import names, official, template
from clusterproof.submission.sync import put, sync

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_official = pytest.mark.skipif(
    not (DATA / "checklists").is_dir(),
    reason=f"NOT TESTED: the official checklists are not beside this checkout ({DATA}); fetching them stays unproved",
)
LANDSCAPE = """
landscape:
  - category:
    name: Other
    subcategories: [{name: x, items: [{name: Not A Member}]}]
  - category:
    name: CNCF Members
    subcategories:
      - subcategory:
        name: Silver
        items:
          - item:
            name: Example Works (member)
          - {item: null, name: "Helpers (supporter)"}
          - {item: null, name: " "}
"""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CLUSTERPROOF_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def source(tmp_path, **files):
    place = tmp_path / "source"
    place.mkdir(exist_ok=True)
    for name, text in files.items():
        (place / name.replace("__", ".")).write_text(text)
    return place


@needs_official
def test_everything_official_is_there_afterwards(tmp_path, cache):
    done = sync(str(DATA))
    assert done.missing == ()
    for version in checklist.versions():
        path = template(version)
        assert path.read_bytes() == (DATA / "checklists" / f"AIConformance-{version}.yaml").read_bytes()
    found = official()
    assert found.not_compared == ()
    assert found.members == names(json.loads((DATA / "cncf_members.json").read_text()))
    assert all(item.text for schema in found.schemas.values() for item in schema.items)


@needs_official
def test_an_altered_checklist_is_refused_and_the_cache_stays(tmp_path, cache):
    sync(str(DATA))
    before = {path.name: path.read_bytes() for path in offered.folder().iterdir()}
    place = source(tmp_path, members__json='["Nobody"]')
    for version in ("1.36", "1.37"):
        name = f"AIConformance-{version}.yaml"
        text = (DATA / "checklists" / name).read_text()
        (place / name).write_text(text.replace("gang scheduling", "group scheduling") if version == "1.37" else text)
    with pytest.raises(KitError, match="gang_scheduling"):
        sync(str(place))
    assert {path.name: path.read_bytes() for path in offered.folder().iterdir()} == before


def test_members_come_from_the_landscape(tmp_path):
    done = sync(str(source(tmp_path, landscape__yml=LANDSCAPE)))
    assert official().members == frozenset({"Example Works", "Helpers"})
    assert done.files == ("members.json",)
    assert len(done.missing) == len(checklist.versions())


@pytest.mark.parametrize(
    "files",
    [
        {"members__json": "[]"}, {"members__json": "{"}, {"members__json": '["A", 1]'}, {"members__json": '{"A": 1}'},
        {"members__json": "[" * 50_000}, {"landscape__yml": "landscape: []"}, {"landscape__yml": "x"},
        {"AIConformance-1.37.yaml".replace(".", "__"): "metadata: {}"}, {},
    ],
)  # fmt: skip
def test_a_source_without_what_is_wanted_changes_nothing(tmp_path, cache, files):
    with pytest.raises(KitError):
        sync(str(source(tmp_path, **files)))
    assert not cache.exists()


@pytest.mark.parametrize("place", ["http://works.test/x", "ftp://works.test", "/no/such/folder"])
def test_what_is_no_source_is_a_word_of_the_users(place):
    with pytest.raises(UsageError):
        sync(place)


@pytest.fixture
def web(tmp_path):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    place = source(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(place)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_address_is_a_source_too(tmp_path, web):
    source(tmp_path, cncf_members__json='["Example Works (member)"]')
    assert sync(web).files == ("members.json",)
    assert official().members == frozenset({"Example Works"})


def test_a_source_that_does_not_answer_is_told_with_the_way_around():
    with pytest.raises(KitError) as told:
        sync("http://127.0.0.1:1/")
    assert "--from DIR" in told.value.next_step


def test_a_file_is_replaced_in_one_step(tmp_path, monkeypatch):
    put(tmp_path / "x", b"old")
    monkeypatch.setattr(module.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(KitError, match="No space left"):
        put(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"old"
    assert [path.name for path in tmp_path.glob("*x*")] == ["x"]


@pytest.mark.parametrize("content", ["{}", "[]", "[1]", "x", "[" * 50_000])
def test_a_list_of_members_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "m.json").write_text(content)
    with pytest.raises(UsageError, match=r"is no JSON list|is empty") as refused:
        official(members=tmp_path / "m.json")
    assert "clusterproof checklist sync" in refused.value.next_step


@pytest.mark.parametrize("source", ["nowhere", "http://example.org"])
def test_a_source_that_is_none_is_refused_with_what_to_name(source):
    with pytest.raises(UsageError, match=f"{source} is ") as refused:
        sync(source)
    assert "begins with https://" in refused.value.next_step


def test_a_folder_without_checklists_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no official checklist") as refused:
        official(templates=tmp_path)
    assert "clusterproof checklist sync" in refused.value.next_step


def test_without_official_files_a_sentence_says_what_was_not_compared():
    texts, members = official().not_compared
    assert "1.33, 1.34, 1.35, 1.36, 1.37" in texts
    assert "vendorName" in members
