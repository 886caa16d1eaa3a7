"""What there is on the real nodes of a testbed, so that one can be compared with what it was.

An API server tells of none of this: the processes of containers and of what looks after them, the interfaces of pods,
the addresses that are given to them, and the devices that are prepared for them.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from signal import Signals
from typing import TYPE_CHECKING

import psutil

from clusterproof.errors import TestbedError
from clusterproof.testbed import processes
from clusterproof.testbed.node.setting import settings
from clusterproof.testbed.spec import SIMULATED
from clusterproof.testbed.state import HEEDED_WITHIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.prove.snapshot import Snapshot
    from clusterproof.testbed import Testbed

STOPPED = frozenset({psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP})
LASTING = 1.0  # seconds; programs of a node call others all the time, for an instant
GROUP = "real nodes"
PREPARED = ("cdi/*", "addresses/*/[0-9a-f]*[.:]*")  # what devices are given by, and a file for each address given


def take(bed: Testbed) -> Snapshot:
    """Return what is on all real nodes of a testbed, in the form of a snapshot of objects: what, and how often."""
    return {
        (GROUP, kind, node.name, what): str(count)
        for node in _nodes(bed)
        for (kind, what), count in Counter(_things(bed, node)).items()
    }


def signal(bed: Testbed, words: str, number: Signals, *, node: str = "") -> list[psutil.Process]:
    """Send a signal to all processes of a real node, or of all, with some words; return which once they heed it.

    Raises:
        TestbedError: there is none, or one goes on.
    """
    found = [each for place in _nodes(bed) if node in {"", place.name} for each in _running(bed, place)]
    told = [process for process in found if words in _words(process)]
    for process in told:
        process.send_signal(number)
    if not told or (number == Signals.SIGKILL and processes.wait(told, HEEDED_WITHIN)):
        raise TestbedError(f"Nothing on the real nodes heeds {number.name} by the words {words!r}.")
    if number == Signals.SIGSTOP and not all(processes.until_stopped(each, HEEDED_WITHIN) for each in told):
        raise TestbedError(f"What runs by the words {words!r} on the real nodes goes on after {number.name}.")
    return told


def go_on(stopped: list[psutil.Process]) -> None:
    """Let processes go on that were stopped; those that have ended meanwhile are missed by whoever compares."""
    for process in stopped:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(Signals.SIGCONT)


def _nodes(bed: Testbed) -> list[Path]:
    """Return the folders of the real nodes of a testbed."""
    return sorted((bed.folder / "nodes").iterdir()) if bed.spec.tier != SIMULATED else []


def _running(bed: Testbed, node: Path) -> list[psutil.Process]:
    """Return the processes of a node, its first one first."""
    outermost = processes.find(bed.folder, node.name)
    return outermost.children(recursive=True) if outermost else []


def _things(bed: Testbed, node: Path) -> Iterator[tuple[str, str]]:
    running = _running(bed, node)
    yield from (("process", words) for process in running if (words := _lasting(process)))
    yield from (("interface", name) for name in _interfaces(running[0].pid if running else 0))
    yield from (("file", str(file.relative_to(node))) for pattern in PREPARED for file in node.glob(pattern))


def _lasting(process: psutil.Process) -> str:
    """Return what a process does and the words that it was started by; nothing of one that is new, or just ending."""
    with suppress(psutil.Error):
        if time.time() - process.create_time() > LASTING:
            does = "stopped" if process.status() in STOPPED else "runs"
            return f"{does}: {_words(process)}"
    return ""


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it has just ended
        return ""


def _interfaces(pid: int) -> Iterator[str]:
    """Yield the interfaces of the network that a process is in; those of pods by what they are, not by their names."""
    bridge = settings()["network"]["plugins"][0]["bridge"]
    try:
        lines = Path(f"/proc/{pid}/net/dev").read_text(encoding="utf-8").splitlines()[2:]
    except OSError:
        return
    for line in lines:
        name = line.partition(":")[0].strip()
        if name != bridge:  # it comes with a node's first pod
            yield "veth" if name.startswith("veth") else name
