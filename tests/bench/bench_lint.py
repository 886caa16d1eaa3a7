"""Linting a tree of 60 submissions: wall time, and its ratio to reading the same files and doing nothing with them.

Run it: python tests/bench/bench_lint.py [rounds]. The submissions are copies of the real ones beside this checkout, or
of one that the kit fills itself where those are absent. Targets on two cores: 1.5 s after import, at most 1.6 times
reading alone.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clusterproof.submission.finding import Generation
from clusterproof.submission.lint import files, lint
from clusterproof.submission.official import official
from clusterproof.submission.reading import read
from submissions import OFFICIAL, Desk

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
MANY, WITHIN, RATIO = 60, 1.5, 1.6


def tree(folder):
    """Make a tree of 60 submissions and return what they are compared with."""
    originals = sorted((DATA / "submissions").glob("v*/*/PRODUCT.yaml"))
    if not originals:
        sys.stdout.write("NOT MEASURED on real submissions: they are not beside this checkout\n")
        originals = [Desk(folder / "own").write()]
    for number in range(MANY):
        source = originals[number % len(originals)].parent
        shutil.copytree(source, folder / "tree" / source.parent.name / f"{source.name}-{number}")
    if (DATA / "checklists").is_dir():
        return official(DATA / "checklists", DATA / "cncf_members.json")
    return OFFICIAL


def timed(work):
    started = time.monotonic()
    work()
    return time.monotonic() - started


def main(rounds):
    with tempfile.TemporaryDirectory() as place:
        compared = tree(Path(place))
        paths = files([Path(place) / "tree"])
        reading, linting = [], {rules: [] for rules in Generation}
        for _ in range(rounds):
            reading.append(timed(lambda: [read(path) for path in paths]))
            for rules, took in linting.items():
                took.append(timed(lambda rules=rules: lint(paths, compared, rules)))
    alone = statistics.median(reading)
    for rules, took in linting.items():
        wall = statistics.median(took)
        sys.stdout.write(
            f"{len(paths)} submissions, {rules} rules: {wall:.2f} s (target {WITHIN}), {wall / alone:.2f} times "
            f"reading alone ({alone:.2f} s; target {RATIO})\n"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
