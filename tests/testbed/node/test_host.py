"""What a machine lacks is said in one sentence, before anything is changed."""

from __future__ import annotations

import sys

import pytest

from clusterproof import testbed
from clusterproof.errors import UsageError
from clusterproof.testbed.node import host


def test_another_system_than_linux_cannot_carry_real_nodes(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert host.missing() == ["Linux (this is darwin)"]


def test_without_root_nothing_else_is_looked_at(monkeypatch):
    monkeypatch.setattr(host.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(host, "_works", lambda _command: pytest.fail("tried"))
    assert host.missing() == ["root"]


def test_a_missing_command_is_named_with_its_package(monkeypatch):
    monkeypatch.setattr(host.os, "geteuid", lambda: 0)
    monkeypatch.setattr(host.shutil, "which", lambda name: None if name == "iptables" else f"/bin/{name}")
    assert host.missing() == ["the command iptables (package iptables)"]


def test_what_the_kernel_refuses_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(host.os, "geteuid", lambda: 0)
    monkeypatch.setattr(host.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(host, "CGROUPS", tmp_path)
    (tmp_path / "cgroup.controllers").write_text("cpu pids")
    monkeypatch.setattr(host, "_works", lambda command: "bridge" not in command)
    assert host.missing() == ["the cgroup controller memory", "bridges (kernel module bridge)"]


def test_the_error_offers_simulated_nodes_and_nothing_was_made(monkeypatch, tmp_path):
    monkeypatch.setenv("CLUSTERPROOF_STATE", str(tmp_path))
    monkeypatch.setattr(host, "missing", lambda: ["root"])
    with pytest.raises(UsageError) as refused:
        testbed.up(testbed.Spec(name="real", tier="node"), progress=print)
    assert "this machine lacks root." in refused.value.message
    assert "--tier sim" in refused.value.next_step
    assert list(tmp_path.rglob("*")) == []


def test_a_machine_whose_watchers_others_have_taken_is_told_so_and_none_is_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("CLUSTERPROOF_STATE", str(tmp_path))
    monkeypatch.setattr(host, "missing", list)
    monkeypatch.setattr(host, "WATCHERS", 1_000_000)
    with pytest.raises(UsageError, match=r"1000000 more instances of inotify \(sysctl fs.inotify.max_user_instances\)"):
        testbed.up(testbed.Spec(name="real", tier="node"), progress=print)
    monkeypatch.setattr(host, "WATCHERS", 1)
    assert host.crowded() == []
