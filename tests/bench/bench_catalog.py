"""A catalog of many submissions: how much longer it takes than reading their YAML alone, and how large its pages are.

Run it: python tests/bench/bench_catalog.py [count]. The targets are a ratio of at most 2 to a plain reading of the
same files in one process, and pages below 300 KB.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from clusterproof.catalog import read_tree, write_site
from clusterproof.submission.reading import read
from made_submissions import tree

TARGET, LARGEST = 2.0, 300_000
LATEST = ("1.37",)


def main(count):
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        for name, versions in (("over five versions", None), ("products of one version", LATEST)):
            folder = tree(home / name, count, versions) if versions else tree(home / name, count)
            measure(folder, home / f"{name} site", f"{count} submissions, {name}")


def measure(folder, out, what):
    files = sorted(folder.rglob("PRODUCT.yaml"))
    started = time.perf_counter()
    for file in files:
        read(file)
    plain = time.perf_counter() - started
    started = time.perf_counter()
    pages = write_site(read_tree(folder, date(2026, 11, 26), given={}), out, title="Bench")
    took = time.perf_counter() - started
    largest = max(out.rglob("*.html"), key=lambda path: path.stat().st_size)
    size = largest.stat().st_size
    sys.stdout.write(
        f"{what}: {took:.2f} s for {pages} pages, plain reading {plain:.2f} s, ratio {took / plain:.2f} (target at "
        f"most {TARGET}); largest page {largest.name} {size / 1000:.0f} KB (target below {LARGEST // 1000})\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
