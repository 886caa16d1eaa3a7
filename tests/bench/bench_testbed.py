"""How long `testbed up` takes beside plain `kwokctl create cluster --wait`, one after the other, on a warm cache.

Run it: python tests/bench/bench_testbed.py [rounds]. The target is a ratio of at most 1.3.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from clusterproof.testbed.binaries import binaries
from clusterproof.testbed.kwokctl import settings

TARGET = 1.3


def timed(argv, environment):
    started = time.monotonic()
    subprocess.run(argv, env=environment, check=True, capture_output=True)
    return time.monotonic() - started


def plain(programs, folder):
    tool = str(programs["kwokctl"])
    environment = {**os.environ, "KWOK_WORKDIR": str(folder / "kwok"), "KUBECONFIG": str(folder / "kubeconfig")}
    components = settings()["components"].items()
    argv = [tool, "create", "cluster", "--name", "plain", "--runtime", "binary", "--wait", "60s"]
    argv += [word for name, program in components for word in (f"--{name}-binary", str(programs[program]))]
    delete = [tool, "delete", "cluster", "--name", "plain"]
    try:
        return timed(argv, environment)
    finally:
        subprocess.run(delete, env=environment, check=False, capture_output=True)


def ours(folder, *words):
    environment = {**os.environ, "CLUSTERPROOF_STATE": str(folder)}
    command = [sys.executable, "-m", "clusterproof", "testbed"]
    try:
        return timed([*command, "up", *words], environment)
    finally:
        subprocess.run([*command, "down", "--ignore-missing"], env=environment, check=False, capture_output=True)


def main(rounds):
    programs = binaries(settings()["programs"])
    pairs = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            pairs.append((plain(programs, Path(folder) / "plain"), ours(Path(folder) / "ours")))
            sys.stdout.write("round {}: plain {:.2f} s, testbed up {:.2f} s\n".format(number + 1, *pairs[-1]))
    plainly, up = (statistics.median(column) for column in zip(*pairs, strict=True))
    sys.stdout.write(
        f"median: plain {plainly:.2f} s, testbed up {up:.2f} s, ratio {up / plainly:.2f} (target {TARGET})\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
