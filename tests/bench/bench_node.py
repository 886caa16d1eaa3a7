"""Real nodes on a warm cache: `testbed up --tier node` beside a plain `testbed up`, and the whole evaluation on them.

Run it, as root on Linux: python tests/bench/bench_node.py [rounds]. The baseline of a start is a simulated testbed
started just before it; that of the evaluation is the critical path that its report records. Targets on two cores: 25 s
and six minutes.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from bench_evaluate import evaluate
from bench_testbed import ours

from clusterproof.report import load_report
from clusterproof.testbed.node import missing

UP, WHOLE = 25.0, 360.0  # seconds


def starts(rounds, folder):
    pairs = []
    for number in range(rounds):
        pairs.append((ours(folder / "sim"), ours(folder / "node", "--tier", "node")))
        sys.stdout.write("round {}: simulated nodes {:.1f} s, real nodes {:.1f} s\n".format(number + 1, *pairs[-1]))
    simulated, real = (statistics.median(column) for column in zip(*pairs, strict=True))
    sys.stdout.write(f"median: {real:.1f} s (target {UP:.0f}), {real / simulated:.2f} times simulated nodes\n")


def whole(folder):
    wall, code, _memory = evaluate(folder, ["--platform", "testbed-node"])
    path = load_report(folder).critical_path.seconds
    sys.stdout.write(
        f"evaluation: {wall:.0f} s (target {WHOLE:.0f}), exit {code}, {wall / path:.2f} times the critical path\n"
    )


def main(rounds):
    if lacks := missing():
        sys.stdout.write(f"NOT MEASURED: no real nodes here, missing: {', '.join(lacks)}\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        starts(rounds, Path(folder))
        whole(Path(folder) / "run")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
