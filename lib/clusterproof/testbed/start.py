"""Starting the control plane: kwokctl starts the components, we watch over them and fill in the nodes meanwhile."""

from __future__ import annotations

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from clusterproof.errors import TestbedError
from clusterproof.testbed import processes
from clusterproof.testbed.binaries import binaries
from clusterproof.testbed.fleet import Fleet
from clusterproof.testbed.health import Health
from clusterproof.testbed.kwokctl import TOOL, clusters, free_addresses, run_kwokctl, settings
from clusterproof.testbed.spec import SIMULATED

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from clusterproof.testbed.node.real import Real
    from clusterproof.testbed.spec import Spec
    from clusterproof.testbed.state import Testbed

    Progress = Callable[[str], None]

WITHIN = 90.0  # seconds for the whole start; four is usual
LOOK_EVERY = 0.05  # seconds; other processes' ports and pid files are nothing that could be watched


def programs_for(spec: Spec, progress: Progress, mirror: str) -> dict[str, Path]:
    """Return every program that a testbed needs: to miss an add-on's is better known before anything runs."""
    needed = list(settings()["programs"])
    if spec.addons:
        from clusterproof.testbed import addons  # noqa: PLC0415 - most testbeds have none

        needed += addons.programs(spec.addons)
    if spec.tier != SIMULATED:
        from clusterproof.testbed import node  # noqa: PLC0415 - most testbeds have no real nodes

        needed += node.programs()
    return binaries(needed, progress=progress, mirror=mirror)


def start(bed: Testbed, spec: Spec, programs: Mapping[str, Path]) -> None:
    """Start the control plane and its nodes; return when pods can be created and are scheduled.

    Raises:
        TestbedError: a component died (holds its last lines), or was not ready in time.
    """
    ports = {**free_addresses(), "pki": str(clusters(bed.folder) / "pki")}
    real = _real(bed, spec, programs)
    ports |= real.addresses if real else {}
    (bed.folder / "ports.json").write_text(json.dumps(ports), encoding="utf-8")
    deadline = time.monotonic() + WITHIN
    usual = real.simulated if real else settings()["node_groups"]
    groups = usual if spec.nodes is None else list(spec.nodes)
    health = Health(clusters(bed.folder), ports)
    fleet = Fleet(health, {**settings(), "node_groups": groups}, _definitions(spec))
    tool = run_kwokctl(bed.folder, spec, programs, ports)
    try:
        if real:
            real.start()
        _until_it_serves(bed, health, fleet, tool, deadline)
    finally:
        if tool.poll() is None:
            tool.kill()
        tool.wait()
    if real:
        real.join(ports["apiserver"])


def _real(bed: Testbed, spec: Spec, programs: Mapping[str, Path]) -> Real | None:
    """Return the real nodes that a description asks for."""
    if spec.tier == SIMULATED:
        return None
    from clusterproof.testbed.node.real import Real  # noqa: PLC0415 - most testbeds have no real nodes

    return Real.chosen(bed, spec.node_options, programs)


def _until_it_serves(
    bed: Testbed, health: Health, fleet: Fleet, tool: subprocess.Popen[bytes], deadline: float
) -> None:
    _until(health.answers, bed, tool, deadline)
    _until(fleet.create, bed, tool, deadline)
    _until(lambda: tool.poll() == 0 and health.all_well() and fleet.ready(), bed, tool, deadline)
    shutil.copy(health.folder / "kubeconfig.yaml", bed.kubeconfig)
    bed.kubeconfig.chmod(0o600)


def _definitions(spec: Spec) -> list[dict[str, Any]]:
    if not spec.addons:
        return []
    from clusterproof.testbed import addons  # noqa: PLC0415 - most testbeds have none

    return addons.definitions(spec.addons)


def install_addons(bed: Testbed, spec: Spec, progress: Progress) -> None:
    """Install the add-ons that were asked for, all at once: they know nothing of each other, and mostly wait."""
    if not spec.addons:
        return
    from clusterproof.testbed import addons  # noqa: PLC0415 - most testbeds have none

    progress(f"installing {', '.join(spec.addons)}")
    with ThreadPoolExecutor(len(spec.addons)) as pool:
        running = [pool.submit(addons.install, name, bed, spec.addon_options.get(name, {})) for name in spec.addons]
        for one in running:
            one.result()


def _until(well: Callable[[], bool], bed: Testbed, tool: subprocess.Popen[bytes], deadline: float) -> None:
    """Wait for the components; one that dies is reported at once, with its last lines."""
    while not well():
        _record(bed)
        for name in processes.names(bed.folder):
            if processes.find(bed.folder, name) is None:
                raise TestbedError(f"{name} died at start. Its last lines:\n{bed.logs(name)}")
        if tool.poll() not in {None, 0}:
            raise TestbedError(f"{TOOL} failed. Its last lines:\n{bed.logs(TOOL)}")
        if time.monotonic() > deadline:
            raise TestbedError(f"The control plane was not ready within {WITHIN:.0f} s. {_all_logs(bed)}")
        time.sleep(LOOK_EVERY)
    _record(bed)


def _record(bed: Testbed) -> None:
    """Note the processes that kwokctl has started so far, and their logs beside ours."""
    known = set(processes.names(bed.folder))
    for file in (clusters(bed.folder) / "pids").glob("*.pid"):
        with suppress(ValueError, OSError):  # not written yet
            if file.stem not in known:
                processes.record(bed.folder, file.stem, int(file.read_text(encoding="utf-8")))
                (bed.folder / "logs" / f"{file.stem}.log").symlink_to(
                    clusters(bed.folder) / "logs" / f"{file.stem}.log"
                )


def _all_logs(bed: Testbed) -> str:
    """Return the last line of each component: the folder will be gone when the message is read."""
    return "".join(f"\n{name}: {bed.logs(name, 1)}" for name in processes.names(bed.folder))
