"""What there is on the real nodes of a testbed, so that one can be compared with what it was.

An API server tells of none of this: the processes of containers and of what looks after them, the interfaces of pods,
the addresses that are given to them, and the devices that are prepared for them.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from clusterproof.testbed import processes
from clusterproof.testbed.spec import SIMULATED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.prove.snapshot import Snapshot
    from clusterproof.testbed import Testbed

LASTING = 1.0  # seconds; programs of a node call others all the time, for an instant
GROUP = "real nodes"
PREPARED = ("cdi/*", "addresses/*/[0-9a-f]*[.:]*")  # what devices are given by, and a file for each address given


def take(bed: Testbed) -> Snapshot:
    """Return what is on all real nodes of a testbed, in the form of a snapshot of objects: what, and how often."""
    if bed.spec.tier == SIMULATED:
        return {}
    return {
        (GROUP, kind, node.name, what): str(count)
        for node in sorted((bed.folder / "nodes").iterdir())
        for (kind, what), count in Counter(_things(bed, node)).items()
    }


def _things(bed: Testbed, node: Path) -> Iterator[tuple[str, str]]:
    outermost = processes.find(bed.folder, node.name)
    inside = outermost.children(recursive=True) if outermost else []
    yield from (("process", words) for process in inside if (words := _words(process)))
    yield from (("interface", name) for name in _interfaces(inside[0].pid if inside else 0))
    yield from (("file", str(file.relative_to(node))) for pattern in PREPARED for file in node.glob(pattern))


def _words(process: psutil.Process) -> str:
    """Return the words that a process was started by; none of one that is new, or just ending."""
    try:
        return " ".join(process.cmdline()) if time.time() - process.create_time() > LASTING else ""
    except psutil.Error:
        return ""


def _interfaces(pid: int) -> Iterator[str]:
    """Yield the interfaces of the network that a process is in; those of pods by what they are, not by their names."""
    try:
        lines = Path(f"/proc/{pid}/net/dev").read_text(encoding="utf-8").splitlines()[2:]
    except OSError:
        return
    for line in lines:
        name = line.partition(":")[0].strip()
        yield "veth" if name.startswith("veth") else name
