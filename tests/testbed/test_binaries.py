"""Where programs come from: checked before use, and one error that says why none of the ways works."""

from __future__ import annotations

import hashlib

import pytest

from clusterproof.errors import TestbedError, UsageError
from clusterproof.testbed.binaries import binary
from clusterproof.testbed.download import download
from clusterproof.testbed.programs import Program, main_module, module_folder, pinned, program, table

CONTENT = b"#!/bin/sh\nexit 0\n"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CLUSTERPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CLUSTERPROOF_BIN", raising=False)
    return tmp_path / "cache" / "bin"


@pytest.fixture
def mirror(tmp_path):
    folder = tmp_path / "mirror"
    folder.mkdir()
    (folder / "etcd").write_bytes(CONTENT)
    (folder / "etcd.sha256").write_text(hashlib.sha256(CONTENT).hexdigest())
    return folder


@pytest.fixture
def no_go(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))


def left_in(cache):
    return [file.name for file in cache.iterdir() if file.name != ".lock"]


def test_a_program_whose_checksum_is_right_comes_from_the_mirror(cache, mirror, no_go):
    path = binary("etcd", mirror=mirror.as_uri())
    assert path.read_bytes() == CONTENT
    assert path.stat().st_mode & 0o111
    assert left_in(cache) == [program("etcd").key]


def test_a_wrong_checksum_refuses_the_program_and_leaves_nothing_in_the_cache(cache, mirror, no_go):
    (mirror / "etcd").write_bytes(CONTENT + b"rm -rf /\n")
    with pytest.raises(TestbedError, match=r"checksum of .* differs"):
        binary("etcd", mirror=mirror.as_uri())
    assert left_in(cache) == []


def test_a_program_without_a_checksum_is_refused(cache, mirror, no_go):
    (mirror / "etcd.sha256").unlink()
    with pytest.raises(TestbedError, match=r"etcd\.sha256"):
        binary("etcd", mirror=mirror.as_uri())
    assert left_in(cache) == []


def test_a_release_over_plain_http_is_refused(tmp_path):
    release = {"url": "http://example.org/etcd", "sums": "http://example.org/etcd.sha256"}
    with pytest.raises(TestbedError, match="not https"):
        download(Program("etcd", "v1", release=release), tmp_path / "etcd", progress=lambda _line: None)


def test_one_error_lists_the_three_ways_and_why_each_failed(cache, mirror, no_go):
    (mirror / "etcd").unlink()
    with pytest.raises(TestbedError) as caught:
        binary("etcd", mirror=mirror.as_uri())
    told = caught.value.message
    assert "1. at hand: $CLUSTERPROOF_BIN is not set" in told
    assert "2. release: file://" in told
    assert "3. build: no `go` in PATH" in told
    assert "CLUSTERPROOF_BIN" in caught.value.next_step


def test_a_go_that_is_too_old_is_named(cache, mirror, tmp_path, monkeypatch):
    (mirror / "etcd").unlink()
    old = tmp_path / "go"
    old.write_text("#!/bin/sh\necho go version go1.19.8 linux/amd64\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TestbedError, match=r"go1\.19\.8.*Go 1\.26 or later"):
        binary("etcd", mirror=mirror.as_uri())


def test_the_named_folder_comes_before_the_cache(cache, tmp_path, monkeypatch):
    chosen = tmp_path / "mine"
    for folder, name in ((chosen, "etcd"), (cache, program("etcd").key)):
        folder.mkdir(parents=True)
        (folder / name).write_bytes(CONTENT)
        (folder / name).chmod(0o755)
    assert binary("etcd").parent == cache
    monkeypatch.setenv("CLUSTERPROOF_BIN", str(chosen))
    assert binary("etcd").parent == chosen


def test_drafts_of_a_process_that_was_killed_are_removed(cache, mirror, no_go):
    (cache / ".build-dead").mkdir(parents=True)
    (cache / ".download-dead").touch()
    binary("etcd", mirror=mirror.as_uri())
    assert left_in(cache) == [program("etcd").key]


def test_every_program_has_a_pinned_version_or_a_wheel():
    for name in table():
        found = program(name)
        assert found.wheel or found.version == pinned(found.module, main_module(found.module)), name


def test_every_module_is_locked():
    for name in table():
        if module := program(name).module:
            assert (module_folder(module) / "go.sum").is_file(), module


def test_an_unknown_program_is_a_usage_error():
    with pytest.raises(UsageError, match="no program 'etcdd'"):
        program("etcdd")
