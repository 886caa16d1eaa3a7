"""A small tree of submissions, and the command that makes a site of it."""

from __future__ import annotations

import pytest

import command
from made_submissions import product, write


@pytest.fixture
def cli(tmp_path, monkeypatch, capsys):
    """Give the command line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLUSTERPROOF_CACHE", str(tmp_path / "cache"))
    return lambda *words: command.main(capsys, *words)


@pytest.fixture
def tree(tmp_path):
    """Give a tree of three products, one of them in two versions."""
    folder = tmp_path / "tree"
    write(folder, "1.36", "alpha", product("1.36", name="Alpha Cloud", vendor="A Ltd"))
    write(folder, "1.35", "alpha", product("1.35", name="Alpha Cloud", vendor="A Ltd", at=3))
    write(folder, "1.36", "beta", product("1.36", name="beta", vendor="B Inc", at=1))
    write(folder, "1.33", "Gamma", product("1.33", name="Gämma", vendor="C", at=2))
    return folder


@pytest.fixture
def site(cli, tree, tmp_path):
    """Give a function that makes the site with more words and returns its folder."""

    def site(*words):
        said = cli("catalog", tree, "--out", tmp_path / "site", "--today", "2026-11-26", "--force", *words)
        assert said.code == 0, said.err
        return tmp_path / "site"

    return site
