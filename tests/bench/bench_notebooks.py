"""16 notebooks with their HTML: the kit's runner beside `papermill` and `jupyter nbconvert` as two commands for each.

Run it: python tests/bench/bench_notebooks.py [notebooks]. Both sides execute copies of the kit's own 00_start_here on
the same testbed, with bytecode compiled. The target is a ratio of at least 6.
"""

from __future__ import annotations

import compileall
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from clusterproof import parameters, paths, testbed
from clusterproof.report import notebook_pages
from clusterproof.runner import assemble
from clusterproof.runner.execute import Execution
from clusterproof.runner.place import reach
from clusterproof.runner.request import Request

TARGET = 6.0
BIN = Path(sys.executable).parent


def copies(folder, count):
    names = [folder / f"{number:02}_start.ipynb" for number in range(count)]
    for name in names:
        shutil.copy(paths.notebooks() / "00_start_here.ipynb", name)
    return names


def naively(notebooks, kubeconfig):
    started = time.monotonic()
    for notebook in notebooks:
        out = notebook.with_suffix(".out.ipynb")
        words = ["-k", "python3", "-p", "kubeconfig", str(kubeconfig), "--no-progress-bar"]
        subprocess.run([BIN / "papermill", notebook, out, *words], check=True, capture_output=True)
        subprocess.run([BIN / "jupyter", "nbconvert", "--to", "html", out], check=True, capture_output=True)
    return time.monotonic() - started


def ours(notebooks, kubeconfig, out):
    """Time a fresh process, so that its imports count."""
    started = time.monotonic()
    names = [str(each) for each in notebooks]
    subprocess.run([sys.executable, __file__, "--inside", str(kubeconfig), str(out), *names], check=True)
    return time.monotonic() - started


def inside(kubeconfig, out, *names):
    request = Request.of(folder=Path(out), platform="cluster", notebooks=names, kubeconfig=kubeconfig)
    request.folder.mkdir()
    _, facts = reach(kubeconfig, "")
    executed = Execution(request, kubeconfig).all()
    assert all(each.run.ok for each in executed), [each.run.error for each in executed]
    report = assemble.report(request, assemble.Measured(executed, facts, "2026-01-01T00:00:00Z", 0.0))
    for each in executed:
        page = notebook_pages.page(report, each.run.name, request.folder / each.run.path)
        (request.folder / f"{each.run.name}.html").write_text(page, encoding="utf-8")


def main(count):
    compileall.compile_dir(sysconfig.get_paths()["purelib"], quiet=2, workers=2)
    spec = testbed.Spec.from_mapping({"name": "bench", **(parameters.load("testbed").testbed or {}), "addons": []})
    bed = testbed.up(spec, progress=lambda _line: None)
    try:
        with tempfile.TemporaryDirectory() as folder:
            sample = copies(Path(folder), count)
            few = max(3, count // 4)
            fast = ours(sample, bed.kubeconfig, Path(folder) / "out")
            slow = naively(sample[:few], bed.kubeconfig) / few * count
    finally:
        testbed.down("bench")
    sys.stdout.write(
        f"{count} notebooks: two commands each {slow:.1f} s (from {few}), clusterproof {fast:.1f} s, "
        f"ratio {slow / fast:.1f} (target at least {TARGET})\n"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(*sys.argv[2:])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 16)
