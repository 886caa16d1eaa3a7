"""Executing notebooks: one process, as many kernels as there are cores, and an honest word on how each one ended."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof import redact
from clusterproof.errors import Interrupted
from clusterproof.model import CheckResult, NotebookRun, Reason
from clusterproof.quick_import import block_uri_grammar
from clusterproof.runner.desk import Desk
from clusterproof.runner.harvest import results
from clusterproof.runner.kennel import Kennel

if TYPE_CHECKING:
    from clusterproof.runner.request import Request
    from clusterproof.runner.source import Source

KERNEL = "python3"
STARTS_WITHIN = 120  # seconds for a kernel; slow disks, not slow clusters
CELL = 1800  # seconds for one cell, scaled like every limit; papermill has none of its own
SAVE_EVERY = 5  # seconds within a long cell
GRACE = 30.0  # seconds between interrupting a kernel and killing it: its cell removes what it made


@dataclass(frozen=True)
class Executed:
    """How one notebook ended, and what it recorded."""

    source: Source
    run: NotebookRun
    reason: Reason | None = None
    """Why it did not run to its end; None if it did."""
    results: tuple[CheckResult, ...] = ()


@dataclass
class Execution:
    """The notebooks of one run."""

    request: Request
    kubeconfig: str
    _kennels: list[Kennel] = field(default_factory=list)
    _stopped: bool = False

    def all(self) -> list[Executed]:
        """Execute every notebook and return how each one ended, in their order."""
        block_uri_grammar()
        import papermill  # noqa: F401, PLC0415 - once, here: two threads that import it at once get in each other's way

        workers = min(os.cpu_count() or 1, len(self.request.notebooks))
        if not workers:
            return []
        with ThreadPoolExecutor(workers, thread_name_prefix="notebook") as pool:
            return list(pool.map(self._one, self.request.notebooks))

    def stop(self, times: int) -> None:
        """Interrupt the kernels; kill them if asked again, or if they take too long to clean up."""
        self._stopped = True
        for kennel in list(self._kennels):
            kennel.interrupt() if times == 1 else kennel.kill()
        if times == 1:
            timer = threading.Timer(GRACE, self.stop, (2,))
            timer.daemon = True
            timer.start()

    def _one(self, source: Source) -> Executed:
        started = time.monotonic()
        target = self.request.folder / source.path.name
        if self._stopped:
            error = "It was not started: the run was stopped before."
            return Executed(source, NotebookRun(source.name, target.name, ok=False, error=error), Reason.INTERRUPTED)
        desk, kennel = Desk(source.text, target), Kennel()
        self._kennels.append(kennel)
        try:
            reason, error = self._execute(source, desk, kennel)
        finally:
            kennel.kill()
            self._kennels.remove(kennel)
        took = round(time.monotonic() - started, 3)
        error = redact.text(" ".join(filter(None, (error, desk.problem))))
        run = NotebookRun(source.name, target.name, ok=not error, error=error, took=took)
        return Executed(source, run, reason, results(desk.text, self.request.run_id))

    def _execute(self, source: Source, desk: Desk, kennel: Kennel) -> tuple[Reason | None, str]:
        import papermill  # noqa: PLC0415
        from nbclient.exceptions import DeadKernelError  # noqa: PLC0415

        try:
            with desk.address() as address:
                papermill.execute_notebook(address, address, **self._options(source, kennel))
        except DeadKernelError:
            return self._why(Reason.KERNEL_DIED), "The kernel died."
        except Exception as error:  # noqa: BLE001 - whatever ends a notebook is a word about it, not about the others
            return self._why(Reason.NOTEBOOK_BROKE), _said(error)
        return None, ""

    def _options(self, source: Source, kennel: Kennel) -> dict[str, Any]:
        return {
            "parameters": self.request.handed_over(source, self.kubeconfig),
            "kernel_name": KERNEL,
            "language": "python",  # a notebook without metadata does not say so
            "progress_bar": False,
            "start_timeout": STARTS_WITHIN,
            "execution_timeout": round(CELL * max(1.0, self.request.values.timeout_scale)),
            "autosave_cell_every": SAVE_EVERY,
            "kernel_manager_class": kennel.manager(),
            "on_cell_start": self._go_on,
            "shutdown_kernel": "immediate",  # its group is killed anyway; asking first takes twice as long
            # Not papermill's cwd: it changes the directory of the whole process, and the other thread's with it.
            "resources": {"metadata": {"path": str(source.path.parent)}},
        }

    def _go_on(self, **_cell: Any) -> None:
        """Let no further cell begin once the run was stopped: a kernel between two cells ignores an interrupt."""
        if self._stopped:
            raise Interrupted("the run was stopped before its next cell.")

    def _why(self, otherwise: Reason) -> Reason:
        return Reason.INTERRUPTED if self._stopped else otherwise


def _said(error: Exception) -> str:
    """Return what ended a notebook in one line; papermill's own text quotes the whole cell."""
    name, value = getattr(error, "ename", ""), getattr(error, "evalue", "")
    if name:
        return f"Cell {getattr(error, 'exec_count', '?')} raised {name}: {(str(value).splitlines() or [''])[0][:300]}"
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:300]}"
