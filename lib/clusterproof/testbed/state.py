"""A testbed's folder: what it should be, what runs for it, and how to reach it."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from clusterproof import paths
from clusterproof.errors import TestbedError
from clusterproof.testbed import processes
from clusterproof.testbed.programs import table
from clusterproof.testbed.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HEEDED_WITHIN = 20.0  # seconds after SIGSTOP and SIGKILL; milliseconds are usual, more on a machine that is busy
COMPONENTS_UNDER_OTHER_NAMES = ("kwok-controller",)  # what kwokctl calls the program kwok


def home() -> Path:
    """Return the folder with one folder per testbed."""
    return paths.state() / "testbeds"


@dataclass(frozen=True)
class Testbed:
    """A testbed that was started; whether it still runs is asked of the processes."""

    __test__ = False

    name: str
    folder: Path

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig of its administrator, readable by its owner only."""
        return self.folder / "kubeconfig"

    @property
    def spec(self) -> Spec:
        """What it was started as."""
        return Spec.from_mapping(json.loads((self.folder / "spec.json").read_text(encoding="utf-8")))

    @property
    def ready(self) -> bool:
        """True if it was started to the end and none of its processes is missing."""
        started = (self.folder / "ready").is_file()
        return started and all(processes.find(self.folder, name) for name in processes.names(self.folder))

    @property
    def started_in(self) -> float:
        """Seconds from the first process to the last add-on that served; 0 for one that is not ready."""
        try:
            return float((self.folder / "ready").read_text(encoding="utf-8") or 0)
        except OSError:
            return 0.0

    def pids(self) -> dict[str, int]:
        """Return the running processes by component."""
        found = ((name, processes.find(self.folder, name)) for name in processes.names(self.folder))
        return {name: process.pid for name, process in found if process}

    def signal(self, component: str, number: signal.Signals) -> None:
        """Send a signal to one component; after SIGSTOP and SIGKILL it does nothing any more when this returns.

        Raises:
            TestbedError: it does not run, or goes on.
        """
        process = self._process(component)
        process.send_signal(number)
        if number == signal.SIGKILL:
            heeded = not processes.wait([process], HEEDED_WITHIN)
        else:
            heeded = number != signal.SIGSTOP or processes.until_stopped(process, HEEDED_WITHIN)
        if not heeded:
            raise TestbedError(f"{component} of the testbed {self.name} goes on after {number.name}.")

    def restart(self, component: str, flags: Mapping[str, str] | None = None) -> None:
        """Kill one component and start it again with the same environment and arguments, after them these ``flags``.

        It may take a moment until it serves again.

        Raises:
            TestbedError: it does not run, or runs on a real node, where nobody but the node can start it.
        """
        process = self._process(component)
        if processes.is_elsewhere(process):
            raise TestbedError(f"{component} of the testbed {self.name} runs on a real node and cannot be restarted.")
        argv, environment = process.cmdline(), process.environ()
        processes.kill([process])
        more = [f"--{flag}={value}" for flag, value in (flags or {}).items()]
        processes.spawn(self.folder, component, [*argv, *more], env=environment)

    def logs(self, component: str, count: int = 5) -> str:
        """Return the last lines that a component has written."""
        return processes.last_lines(self.folder, component, count)

    def strays(self) -> Iterator[psutil.Process]:
        """Yield every process of a testbed's program that was started with this folder among its arguments.

        A user's own command that names the kubeconfig is no such process.
        """
        mark, ours = str(self.folder) + os.sep, {*table(), *COMPONENTS_UNDER_OTHER_NAMES}
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                argv = process.cmdline()
                name = Path(argv[0]).name.split("-v")[0] if argv else ""  # in the cache, names end in the version
                if name in ours and any(mark in word for word in argv):
                    yield process

    def _process(self, component: str) -> psutil.Process:
        process = processes.find(self.folder, component)
        if process is None:
            running = ", ".join(self.pids()) or "nothing"
            raise TestbedError(f"{component} does not run in the testbed {self.name}; what runs is {running}.")
        return process
