"""Taking away what real nodes have left on this machine, after their processes have ended."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from clusterproof.testbed.node import host
from clusterproof.testbed.node.network import Plan, clear
from clusterproof.testbed.node.setting import groups

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRIES = 40  # a killed process leaves its control group a moment later
LOOK_EVERY = 0.05  # seconds


def plan_file(folder: Path) -> Path:
    """Return where a testbed's network is written down."""
    return folder / "network.json"


def remove(folder: Path) -> None:
    """Remove interfaces and control groups; mounts, rules and addresses have gone with the nodes' namespaces."""
    plan = Plan.load(plan_file(folder))
    if plan is None:
        return  # it has no real nodes
    clear(plan)
    for _ in range(TRIES):
        left = list(_groups(groups(folder)))
        if not left:
            break
        for group in left:
            with suppress(OSError):  # its processes are still ending
                group.rmdir()
        time.sleep(LOOK_EVERY)
    shutil.rmtree(folder / "nodes", ignore_errors=True)


def _groups(name: str) -> Iterator[Path]:
    """Yield every control group of a name and all within, the innermost first."""
    tops = [host.CGROUPS / name] if host.unified() else list(host.CGROUPS.glob(f"*/{name}"))
    for top in tops:
        if top.is_dir():
            yield from sorted((each for each in top.rglob("*") if each.is_dir()), key=lambda each: -len(each.parts))
            yield top
