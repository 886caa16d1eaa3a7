"""However a run ends, what it has seen stays, what it has not seen is never a PASS, and nothing of it is left."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import command
from clusterproof.cluster.sweep import run_ids
from clusterproof.testbed.processes import wait
from leaks import credentials, told

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("clean")]

SEEN, MISSING = "ai_inference", "dra_support"
FIRST, SECOND = f'bench.run("{SEEN}")', f'bench.run("{MISSING}")'
DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); bench._tell('x', 'say', 'deaf')"


def ended_in_between(said, folder, reason):
    """The first check's result stands, the second one is an ERROR for that reason, and the report says so."""
    assert said.code == 3, said.err
    assert "Traceback" not in said.err
    assert (folder / "report.json").is_file(), said
    report = json.loads((folder / "report.json").read_text())
    found = {each["requirement"]["id"]: (each["outcome"], each["reason"]) for each in report["verdicts"]}
    assert found[SEEN] == ("PASS", "claims_hold"), said.out
    assert found[MISSING] == ("ERROR", reason)
    assert {outcome for name, (outcome, _) in found.items() if name != SEEN} <= {"ERROR", "SKIP"}
    assert report["left_behind"] == []
    assert "ERROR" in (folder / "evidence" / f"{MISSING}.md").read_text()
    subprocess.run(["sha256sum", "--quiet", "-c", "MANIFEST.sha256"], cwd=folder, check=True)  # noqa: S607


def test_a_cell_that_raises(on_shared, notebook, tmp_path, kubeconfig, shared):
    run, _ = on_shared
    mine = notebook(FIRST, 'raise ValueError("this went wrong")', SECOND)
    said = run(mine)
    ended_in_between(said, tmp_path / "out", "notebook_broke")
    assert told(credentials(kubeconfig, shared), tmp_path / "out", said) == []
    assert "mine: Cell 5 raised ValueError: this went wrong" in said.out


def test_a_cell_that_kills_its_kernel_takes_what_it_has_started_with_it(on_shared, notebook, tmp_path):
    run, _ = on_shared
    pid = tmp_path / "pid"
    started = f"import os, subprocess; open({str(pid)!r}, 'w').write(str(subprocess.Popen(['sleep', '600']).pid))"
    said = run(notebook(FIRST, f"{started}; os.kill(os.getpid(), 9)", SECOND))
    ended_in_between(said, tmp_path / "out", "kernel_died")
    assert "The kernel died." in said.out
    child = int(pid.read_text())
    assert not psutil.pid_exists(child) or wait([psutil.Process(child)], 5) == []


def test_a_cell_that_hangs(state, kubeconfig, notebook, tmp_path):
    mine = notebook(FIRST, "import time; time.sleep(600)", SECOND)
    # The check before it takes three seconds, or many where other tests keep the machine busy.
    limit = "from clusterproof.runner import execute; execute.CELL = 40"
    words = ["run", str(mine), "--platform", "testbed", "--kubeconfig", str(kubeconfig), "--out", str(tmp_path / "out")]
    program = f"{limit}; from clusterproof.cli.main import main; main({words!r})"
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=180)
    said = command.Said(process.returncode, process.stdout, process.stderr)
    ended_in_between(said, tmp_path / "out", "notebook_broke")
    assert "CellTimeoutError" in said.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_in_the_middle_of_a_check(on_shared, notebook, tmp_path, number):
    _, start = on_shared
    mine = notebook(FIRST, 'bench.run("gang_scheduling")', SECOND)
    with start(mine, "-v", "-p", "window", "300") as process:
        command.until(process, "watching: No pod of a gang that cannot fit")
        process.send_signal(number)
        said = command.ended(process)
    ended_in_between(said, tmp_path / "out", "interrupted")
    assert f"{number.name}: stopping" in said.err
    assert "The run was stopped" in said.out
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    [gang] = [each for each in report["verdicts"] if each["requirement"]["id"] == "gang_scheduling"]
    assert (gang["outcome"], gang["reason"]) == ("ERROR", "interrupted")
    assert gang["results"][0]["observations"], "what it had seen until then is kept"


def test_a_signal_between_two_cells_stops_before_the_next_one(on_shared, notebook, tmp_path):
    _, start = on_shared
    go = tmp_path / "go"
    waits = f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists(): time.sleep(0.05)"
    with start(notebook(FIRST, f"{DEAF}\n{waits}", SECOND), "-v") as process:
        command.until(process, "x: deaf")
        process.send_signal(signal.SIGTERM)
        command.until(process, "SIGTERM: stopping")
        go.touch()
        said = command.ended(process)
    ended_in_between(said, tmp_path / "out", "interrupted")


def test_a_second_signal_kills_a_kernel_that_does_not_listen(on_shared, notebook, tmp_path):
    _, start = on_shared
    with start(notebook(FIRST, f"{DEAF}; import time; time.sleep(600)", SECOND), "-v") as process:
        command.until(process, "x: deaf")
        process.send_signal(signal.SIGHUP)
        command.until(process, "SIGHUP: stopping")
        process.send_signal(signal.SIGTERM)
        said = command.ended(process)
    ended_in_between(said, tmp_path / "out", "interrupted")
    assert "SIGTERM again: stopping now" in said.err


def test_a_signal_before_the_first_notebook_leaves_nothing(state, tmp_path):
    with command.started("run", "--out", tmp_path / "out", env=state) as process:
        command.until(process, "starting the testbed")
        process.send_signal(signal.SIGINT)
        said = command.ended(process)
    assert said.code == 3
    assert (said.out, "Stopped by SIGINT." in said.err) == ("", True)
    assert not (tmp_path / "out").exists()
    left = Path(state["CLUSTERPROOF_STATE"]) / "testbeds"
    assert [path.name for path in left.glob("run-*")] == []


@pytest.mark.parametrize("way", ["sweep", "next run"])
def test_kill_9_leaves_a_testbed_that_sweep_or_the_next_run_removes(state, notebook, tmp_path, way):
    platform = tmp_path / "mine.yaml"
    platform.write_text("testbed: {}\nvalues: {window: 300}\n")
    env = {"CLUSTERPROOF_STATE": str(tmp_path / "pytest-of-state")}
    mine = notebook('bench.run("gang_scheduling")')
    with command.started("run", mine, "--platform", platform, "--out", tmp_path / "out", "-v", env=env) as process:
        command.until(process, "watching: No pod of a gang that cannot fit")
        runner = psutil.Process(process.pid)
        children = runner.children(recursive=True)
        assert [each for each in children if "ipykernel_launcher" in each.cmdline()]
        process.kill()
    assert wait(children, 10) == [], "kernels notice that their runner is gone"
    [bed] = (tmp_path / "pytest-of-state" / "testbeds").glob("run-*")
    programs = [each for each in psutil.process_iter(["cmdline"]) if str(bed) in " ".join(each.info["cmdline"] or [])]
    assert len(programs) >= 5
    if way == "sweep":
        said = command.run("sweep", env=env)
        assert said.code == 0, said.err
        assert bed.name in said.err
    else:
        said = command.run("run", "00_start_here", "--platform", platform, "--out", tmp_path / "next", env=env)
        assert said.code == 0, said.err
        assert f"removing the testbed {bed.name}, left by a run that was killed" in said.err
    assert list(bed.parent.iterdir()) == []
    assert wait(programs, 1) == []


def test_kill_9_on_a_users_cluster_is_cleaned_by_the_runs_id(on_shared, state, kubeconfig, notebook, shared):
    _, start = on_shared
    with start(notebook('bench.run("gang_scheduling")'), "-v", "-p", "window", "300") as process:
        command.until(process, "watching: No pod of a gang that cannot fit")
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    assert wait(children, 10) == []
    [run_id] = run_ids(shared)
    said = command.run("sweep", "--kubeconfig", kubeconfig, env=state)
    assert run_id in said.out
    said = command.run("sweep", run_id, "--kubeconfig", kubeconfig, env=state)
    assert said.code == 0, said.err
    assert f"Nothing of {run_id} is left" in said.out
    assert run_ids(shared) == ()
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{6}", run_id)
