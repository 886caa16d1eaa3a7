"""What the panel's buttons do: runs, one at a time, and the testbed. Tells what has changed; knows no widgets."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from clusterproof import paths
from clusterproof.cluster.labels import new_run_id
from clusterproof.errors import KitError
from clusterproof.panel import places
from clusterproof.panel.board import Board
from clusterproof.panel.choice import Choice
from clusterproof.panel.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

ENDINGS = {
    0: "The run has ended.",
    1: "The run has ended; a MUST failed.",
    2: "Nothing was run: a word of the choice is wrong.",
    3: "The run broke.",
}


class Work:
    """A board, what was chosen, and at most one run."""

    def __init__(self, version: str, changed: Callable[[], None]) -> None:
        self.version = version
        self.board = Board.of(version)
        self.choice = Choice()
        self.said = "Nothing runs."
        """One sentence on what goes on."""
        self.folder: Path | None = None
        """Of the last run."""
        self.asked = 0
        """How many results the run is to bring."""
        self._changed = changed
        self._task: Task | None = None
        self._busy = False

    @property
    def runs(self) -> bool:
        """True while checks are run."""
        return self._task is not None and self._task.runs

    @property
    def busy(self) -> bool:
        """True while something cannot be begun."""
        return self.runs or self._busy

    @property
    def arrived(self) -> int:
        """How many results the run has brought."""
        rows = self.board.rows.values()
        return sum(row.outcome is not None and row.folder == self.folder for row in rows)

    def has_evidence(self, name: str) -> bool:
        """True if there is a page on a requirement: pages are written when a run has ended."""
        row = self.board.rows[name]
        return row.outcome is not None and not (self.runs and row.folder == self.folder)

    def run(self, only: Sequence[str] = ()) -> None:
        """Run some checks, or all of the version."""
        if self.busy:
            return
        names = list(only) or list(self.board.rows)
        self.folder = paths.reports() / new_run_id()
        self.board.begin(names, self.folder)
        self.asked, self.said = len(names), "Beginning."
        self._task = Task(self.choice.argv(names if only else (), self.folder), self._heard)
        self._changed()

    def stop(self) -> None:
        """Stop the run; it removes what it has made."""
        if self._task and self.runs:
            self._task.stop()
            self.said = "Stopping; what the run has made is being removed."
            self._changed()

    def close(self) -> None:
        """Stop the run, if there is one, and wait for its end."""
        if self._task and self.runs:
            self._task.stop()
            self._task.wait()

    def start_testbed(self) -> None:
        """Start the testbed beside the page."""
        self._beside("Starting the testbed.", lambda: self._testbed(places.start_testbed(self.choice, self._say)))

    def stop_testbed(self) -> None:
        """Remove the testbed beside the page."""
        self._beside("Removing the testbed.", self._without_testbed)

    def command(self, only: Sequence[str] = ()) -> str:
        """Return the command that does the same in a terminal."""
        return "clusterproof " + " ".join(self.choice.typed(only, paths.reports() / "RUN"))

    def _testbed(self, kubeconfig: str) -> str:
        self.choice.kubeconfig = kubeconfig
        return "The testbed runs."

    def _without_testbed(self) -> str:
        places.stop_testbed()
        self.choice.kubeconfig = ""
        return "There is no testbed; a run starts one for itself."

    def _beside(self, sentence: str, do: Callable[[], str]) -> None:
        if self.busy:
            return
        self._busy, self.said = True, sentence
        self._changed()
        threading.Thread(target=self._doing, args=(do,), daemon=True).start()

    def _doing(self, do: Callable[[], str]) -> None:
        try:
            self.said = do()
        except KitError as error:
            self.said = " ".join(error.diagnostics())
        finally:
            self._busy = False
            self._changed()

    def _say(self, sentence: str) -> None:
        self.said = sentence
        self._changed()

    def _heard(self, event: dict[str, Any]) -> None:
        self.board.heard(event)
        if event["event"] == "step":
            self.said = str(event.get("text", ""))
        elif event["event"] == "end":
            self._ended(event)
        self._changed()

    def _ended(self, event: dict[str, Any]) -> None:
        stopped = self._task is not None and self._task.stopping
        why = "The run was stopped." if stopped else ENDINGS.get(event["code"], "The run was killed.")
        self.board.end(why)
        self.said = f"{why} {event['text']}".strip() if event["code"] not in {0, 1} else why
        self._task = None
