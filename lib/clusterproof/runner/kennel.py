"""The kernels of a run: known by process id from their start, and none of them survives it.

A kernel leads a process group of its own. What a cell has started lives in that group too and would outlive a kernel
that was asked to shut down, so the group is killed as a whole when its notebook has ended.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
from contextlib import suppress
from typing import Any

from clusterproof.runner import orphans


class Kennel:
    """Kernels that run now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pids: set[int] = set()
        self._closed = False
        self._folder = ""

    def manager(self) -> Any:
        """Return a kernel manager class for nbclient whose kernels are known here.

        They are reached through sockets in a folder that only this user can open, instead of ports.
        """
        from jupyter_client.manager import AsyncKernelManager  # noqa: PLC0415 - 0.1 s

        kennel = self
        self._folder = self._folder or orphans.folder()

        class Manager(AsyncKernelManager):
            def __init__(self, **options: Any) -> None:
                super().__init__(**{**options, "transport": "ipc", "ip": f"{kennel._folder}/kernel"})

            async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
                await self._async_start_kernel(**options)
                kennel._admit(int(getattr(self.provisioner, "pid", 0)))

        return Manager

    def _admit(self, pid: int) -> None:
        with self._lock:
            self._pids.add(pid)
            if self._closed:  # it was starting while the others were killed
                _signal_group(pid, signal.SIGKILL)

    def pids(self) -> frozenset[int]:
        """Return the process ids of the kernels that were started and not yet removed."""
        return frozenset(self._pids)

    def interrupt(self) -> None:
        """Interrupt what the kernels do, as the stop button of a notebook does."""
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)

    def kill(self) -> None:
        """Kill every kernel with all that it has started, and each one that starts from now on."""
        with self._lock:
            self._closed = True
        self.remove(self.pids())
        shutil.rmtree(self._folder, ignore_errors=True)

    def remove(self, pids: frozenset[int]) -> None:
        """Kill what is left of the process groups of kernels that have ended."""
        for pid in pids:
            _signal_group(pid, signal.SIGKILL)
        with self._lock:
            self._pids -= pids


def _signal_group(pid: int, number: signal.Signals) -> None:
    if pid > 1:  # 0 would be our own group
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, number)
