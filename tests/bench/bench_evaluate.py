"""The main job on a warm cache: its wall time, the checks' overhead over the cluster's own part, and the kit's memory.

Run it: python tests/bench/bench_evaluate.py [rounds]. Four checks and their add-ons first, then what `make evaluate`
runs, then every add-on. Two baselines of the same run: its critical path as the report records it (a lower bound: the
testbed's start, the checks' waits, the removal), and a plain `kwokctl create cluster --wait` with the waits of the
slowest check. Targets on two cores: 60 s for the first two, four minutes for all, at most 1.5 times the critical path,
the runner below 400 MB.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from bench_testbed import plain

from clusterproof.report import load_report
from clusterproof.testbed.binaries import binaries
from clusterproof.testbed.kwokctl import settings

OVERHEAD, MEMORY = 1.5, 400.0
FOUR = ["--only", "gang_scheduling,dra_support,ai_inference,robust_controller"]
RUNS = {  # words, and seconds at most
    "four checks": (FOUR, 60.0),
    "make evaluate": ([], 60.0),
    "every add-on": (["--platform", "testbed-full"], 240.0),
}


def watch_memory(pid, peak, ended):
    """Note the largest resident size of the runner itself, in MB; its kernels are processes of their own."""
    process = psutil.Process(pid)
    while not ended.wait(0.1):
        try:
            peak[0] = max(peak[0], process.memory_info().rss / 1e6)
        except psutil.NoSuchProcess:
            return


def evaluate(folder, words):
    peak, ended = [0.0], threading.Event()
    started = time.monotonic()
    command = [sys.executable, "-m", "clusterproof", "run", "--quiet", "--json", "--out", str(folder), *words]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        threading.Thread(target=watch_memory, args=(process.pid, peak, ended), daemon=True).start()
        code = process.wait()
        ended.set()
    return time.monotonic() - started, code, peak[0]


def measure(name, rounds, programs, folder):
    words, within = RUNS[name]
    walls, ratios, floors, whole = [], [], [], []
    for number in range(rounds):
        cluster = plain(programs, folder / f"plain-{number}")
        wall, code, memory = evaluate(folder / f"run-{number}", words)
        report = load_report(folder / f"run-{number}")
        results = [r for v in report.verdicts for r in v.results if r.critical_path]
        ratios += [result.took / result.critical_path for result in results]
        walls.append(wall)
        path = report.critical_path
        whole.append(wall / path.seconds)
        floors.append(cluster + max(result.critical_path for result in results))
        each = ", ".join(f"{r.requirement} {r.took:.1f}/{r.critical_path:.1f}" for r in results)
        sys.stdout.write(
            f"round {number + 1}: {wall:.1f} s, exit {code}, runner {memory:.0f} MB; path {path.seconds:.1f} s "
            f"(start {path.start:.1f}, exclusive {path.exclusive:.1f}, longest {path.longest:.1f}, "
            f"removal {path.removal:.1f}), {whole[-1]:.2f} times; {each}\n"
        )
    wall, floor, ratio = statistics.median(walls), statistics.median(floors), statistics.median(ratios)
    sys.stdout.write(
        f"{name}, median: {wall:.1f} s (target {within:.0f}), {wall / floor:.2f} times the baseline of {floor:.1f} s; "
        f"{statistics.median(whole):.2f} times the critical path of the run (target {OVERHEAD}); overhead of single "
        f"checks {ratio:.2f}; memory target {MEMORY:.0f} MB\n"
    )


def main(rounds):
    programs = binaries(settings()["programs"])
    for name in RUNS:
        with tempfile.TemporaryDirectory() as folder:
            measure(name, rounds, programs, Path(folder))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
