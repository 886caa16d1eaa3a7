"""Processes of a testbed: started detached, known by pid and start time, ended by nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GRACE = 0.2  # seconds between asking and killing; nothing that a testbed holds is worth waiting for
REAP = 5.0  # seconds for the system to remove a killed process
LOOK_EVERY = 0.01  # seconds; the end of another's child is nothing that could be waited for
OWN = ("net", "mnt")  # namespaces
_CHILDREN: list[subprocess.Popen[bytes]] = []  # held, since Python warns of a child that is forgotten while it runs


def spawn(folder: Path, name: str, argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> int:
    """Start a process in a session of its own, with its log and pid in the testbed's folder; return the pid."""
    log = folder / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=folder,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
    record(folder, name, process.pid)
    _CHILDREN.append(process)
    return process.pid


def record(folder: Path, name: str, pid: int) -> None:
    """Note a process as the testbed's, with its start time: a pid alone may belong to somebody else tomorrow."""
    notes = folder / "processes"
    notes.mkdir(parents=True, exist_ok=True)
    started = 0.0  # of one that is gone already, so that it is missed
    with suppress(psutil.NoSuchProcess):
        started = psutil.Process(pid).create_time()
    draft = notes / f".{name}"
    draft.write_text(f"{pid} {started}", encoding="utf-8")
    draft.replace(notes / name)


def forget(folder: Path, name: str) -> None:
    """Take a process off the testbed's notes; one that ended is not missed then."""
    (folder / "processes" / name).unlink(missing_ok=True)


def find(folder: Path, name: str) -> psutil.Process | None:
    """Return a recorded process if it still runs and is the one that was recorded."""
    try:
        pid, started = (folder / "processes" / name).read_text(encoding="utf-8").split()
        process = psutil.Process(int(pid))
        same = abs(process.create_time() - float(started)) < 0.1 and process.status() != psutil.STATUS_ZOMBIE  # noqa: PLR2004
    except (OSError, ValueError, psutil.Error):
        return None
    return process if same else None


def is_elsewhere(process: psutil.Process) -> bool:
    """True if a process has a network or files of its own: what is started here by its words would not be there.

    Raises:
        psutil.NoSuchProcess: it has ended.
    """
    try:
        return any(_namespace(process.pid, kind) != _namespace(os.getpid(), kind) for kind in OWN)
    except OSError:  # no such thing on this system, or it has ended
        if not process.is_running():
            raise psutil.NoSuchProcess(process.pid) from None
        return False


def _namespace(pid: int, kind: str) -> Path:
    return Path(f"/proc/{pid}/ns/{kind}").readlink()


def names(folder: Path) -> list[str]:
    """Return the names of all recorded processes."""
    notes = folder / "processes"
    return sorted(file.name for file in notes.iterdir() if file.name[0] != ".") if notes.is_dir() else []


def stop(folder: Path, wanted: Sequence[str] | None = None) -> None:
    """End recorded processes: continue the stopped ones, ask, wait a little, kill."""
    alive = [process for name in wanted or names(folder) if (process := find(folder, name))]
    helpers = [child for process in alive for child in children(process)]  # some start others, and may be killed first
    for process in alive:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGCONT)
            process.terminate()
    kill([*wait(alive, GRACE), *helpers])
    _CHILDREN[:] = [child for child in _CHILDREN if child.poll() is None]


def children(process: psutil.Process) -> list[psutil.Process]:
    """Return what a process has started, and what that has; none where it has ended."""
    with suppress(psutil.Error):
        return process.children(recursive=True)
    return []


def kill(found: Sequence[psutil.Process]) -> None:
    """Kill processes and wait until they have ended."""
    for process in found:
        with suppress(psutil.Error):
            process.kill()
    wait(found, REAP)


def wait(found: Sequence[psutil.Process], within: float) -> list[psutil.Process]:
    """Wait until processes have ended, ``within`` so many seconds, and return those that have not.

    One that its parent has yet to collect has ended: init takes seconds for that on some machines.
    """
    deadline = time.monotonic() + within
    while (left := [process for process in found if not _ended(process)]) and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY)
    return left


def until_stopped(process: psutil.Process, within: float) -> bool:
    """Wait until all threads of a process that was sent SIGSTOP have stopped; return whether they have.

    They do so one after the other, and begin only when the one that takes the signal has got a processor.
    """
    deadline = time.monotonic() + within
    while not _is_stopped(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_EVERY)
    return True


def _is_stopped(process: psutil.Process) -> bool:
    try:
        return all(psutil.Process(each.id).status() == psutil.STATUS_STOPPED for each in process.threads())
    except psutil.NoSuchProcess:  # a thread that has just ended: not all had stopped then
        return not process.is_running()


def _ended(process: psutil.Process) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return process.num_threads() <= 1  # the other threads of a killed one hold its ports until they end too
        return not process.is_running()
    except psutil.NoSuchProcess:
        return True


def last_lines(folder: Path, name: str, count: int = 5) -> str:
    """Return the last lines of a process' log."""
    try:
        text = (folder / "logs" / f"{name}.log").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-count:])
