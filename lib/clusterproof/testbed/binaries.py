"""Where the testbed's programs come from: at hand, an official release, or built from pinned source; in that order."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from clusterproof import paths
from clusterproof.errors import TestbedError
from clusterproof.testbed.build import build
from clusterproof.testbed.download import download
from clusterproof.testbed.programs import Program, program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Progress = Callable[[str], None]


def binary(name: str, *, progress: Progress = lambda _line: None, mirror: str = "") -> Path:
    """Return the path of a program, getting it first if need be; see ``binaries``."""
    return binaries([name], progress=progress, mirror=mirror)[name]


def binaries(names: Sequence[str], *, progress: Progress = lambda _line: None, mirror: str = "") -> dict[str, Path]:
    """Return the path of every program.

    ``mirror`` is a base URL with ``<program>`` and ``<program>.sha256`` to take instead of the official releases.

    Raises:
        TestbedError: one of them cannot be had; names each way that was tried and why it failed.
    """
    wanted = [program(name) for name in names]
    found = {each.name: path for each in wanted if (path := _at_hand(each))}
    missing = [each for each in wanted if each.name not in found]
    if missing:
        with _alone(progress):
            found |= _get([each for each in missing if not _at_hand(each)], progress, mirror)
        found |= {each.name: path for each in missing if (path := _at_hand(each))}
    return found


def _at_hand(wanted: Program) -> Path | None:
    """Look in $CLUSTERPROOF_BIN, in this Python's own environment, and in the cache."""
    chosen = os.environ.get("CLUSTERPROOF_BIN")
    candidates = [Path(chosen) / wanted.name] if chosen else []
    candidates += [path for path in [_from_wheel(wanted)] if path]
    candidates.append(_cached(wanted))
    return next((path for path in candidates if os.access(path, os.X_OK)), None)


def _cached(wanted: Program) -> Path:
    return paths.cache() / "bin" / wanted.key


def _from_wheel(wanted: Program) -> Path | None:
    if not wanted.wheel:
        return None
    try:
        files = distribution(wanted.wheel["distribution"]).files or []
    except PackageNotFoundError:
        return None
    return next((Path(str(file.locate())) for file in files if file.name == wanted.wheel["file"]), None)


def _get(missing: list[Program], progress: Progress, mirror: str) -> dict[str, Path]:
    """Download what can be downloaded, and build the rest, one build per Go module."""
    tried: dict[str, list[str]] = {each.name: [_why_not_at_hand(each)] for each in missing}
    left = []
    for each in missing:
        try:
            download(each, _cached(each), progress=progress, mirror=mirror)
        except TestbedError as error:
            tried[each.name].append(f"2. release: {error.message}")
            left.append(each)
    for module in sorted({each.module for each in left}):
        together = [each for each in left if each.module == module]
        try:
            build(together, [_cached(each) for each in together], progress=progress)
        except TestbedError as error:
            for each in together:
                tried[each.name].append(f"3. build: {error.message}")
    lost = [each.name for each in missing if not _at_hand(each)]
    if lost:
        raise _none_works(lost, tried[lost[0]])
    return {each.name: _cached(each) for each in missing}


def _why_not_at_hand(wanted: Program) -> str:
    chosen = os.environ.get("CLUSTERPROOF_BIN")
    where = f"neither in $CLUSTERPROOF_BIN ({chosen}) nor" if chosen else "$CLUSTERPROOF_BIN is not set, and not"
    return f"1. at hand: {where} in the cache ({_cached(wanted)})"


def _none_works(lost: list[str], tried: list[str]) -> TestbedError:
    return TestbedError(
        f"The testbed needs {', '.join(lost)}, and none of the three ways works: " + "; ".join(tried) + ".",
        next_step="Put the programs into a folder and name it in CLUSTERPROOF_BIN, or allow the download (--mirror URL "
        "for a copy of yours), or install Go 1.26 or later. Whoever has a cluster needs no testbed: --kubeconfig FILE.",
    )


@contextmanager
def _alone(progress: Progress) -> Iterator[None]:
    """Let one process at a time fill the cache; the others find what it has left there."""
    folder = paths.cache() / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("another process is getting the testbed's programs, waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        _sweep(folder)
        yield


def _sweep(folder: Path) -> None:
    """Remove drafts of a process that was killed; whoever calls holds the lock, so nobody is writing one."""
    for draft in folder.glob(".download-*"):
        draft.unlink(missing_ok=True)
    for draft in folder.glob(".build-*"):
        shutil.rmtree(draft, ignore_errors=True)
