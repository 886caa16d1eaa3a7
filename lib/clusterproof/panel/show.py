"""What a cell shows: the panel where somebody can click, and the same as a table where nobody can."""

from __future__ import annotations

import os
from typing import Any

from clusterproof.notebook.bench import PROGRESS
from clusterproof.panel.board import Board

VERSION = "1.37"


class Panel:
    """The last value of a cell. Its widgets are made when it is shown, so that a batch run pays nothing for them."""

    def __init__(self, version: str = VERSION) -> None:
        self.version = version
        self._view: Any = None

    @property
    def view(self) -> Any:
        """The panel with its widgets."""
        from clusterproof.panel.view import View  # noqa: PLC0415 - only who clicks needs ipywidgets

        self._view = self._view or View(self.version)
        return self._view

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        if os.environ.get(PROGRESS) or os.environ.get("CLUSTERPROOF_STATIC"):
            board = Board.of(self.version)
            return {"text/html": str(board.table()), "text/plain": board.counts()}
        board = self.view.work.board
        widget = self.view.box._repr_mimebundle_()
        static: dict[str, Any] = {"text/html": str(board.table()), "text/plain": board.counts()}
        return {**(widget or {}), **static}


def panel(version: str = VERSION) -> Panel:
    """Return the panel for one version of the checklist."""
    return Panel(version)
