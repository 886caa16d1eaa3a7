"""What a cell shows: the panel where somebody can click, and the same as a table where nobody can."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

from clusterproof.notebook.bench import PROGRESS
from clusterproof.panel.board import Board

VERSION = "1.37"


class Panel:
    """The last value of a cell. Its widgets are made when it is shown, so that a batch run pays nothing for them."""

    def __init__(self, version: str = VERSION) -> None:
        self.version = version

    @cached_property
    def view(self) -> Any:
        """The panel with its widgets."""
        from clusterproof.panel.view import View  # noqa: PLC0415 - only who clicks needs ipywidgets

        return View(self.version)

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        nobody = os.environ.get(PROGRESS) or os.environ.get("CLUSTERPROOF_STATIC")
        board = Board.of(self.version) if nobody else self.view.work.board
        widget = {} if nobody else self.view.box._repr_mimebundle_() or {}
        return {**widget, "text/html": str(board.table()), "text/plain": board.counts()}


def panel(version: str = VERSION) -> Panel:
    """Return the panel for one version of the checklist."""
    return Panel(version)
