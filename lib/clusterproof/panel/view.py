"""The panel's widgets: what is shown, and which button does what."""

from __future__ import annotations

import atexit
import threading
from typing import TYPE_CHECKING

import ipywidgets as w
from markupsafe import Markup

from clusterproof.errors import KitError
from clusterproof.panel import evidence, forms
from clusterproof.panel.cluster import ClusterBox
from clusterproof.panel.widgets import button, put
from clusterproof.panel.work import Work
from clusterproof.render import clean

if TYPE_CHECKING:
    from collections.abc import Callable

ROW = w.Layout(width="100%", align_items="center", border_bottom="1px solid #8883")
_TITLE = Markup('<strong>{}</strong> <span style="opacity:.75;font-size:.85em">{} · {}</span>')
_SAID = Markup('<p role="status" style="margin:.2em 0">{}</p>')
_HEAD = Markup('<p style="margin:.2em 0;font-size:1.1em"><strong>{}</strong></p>')
_CODE = Markup('<p style="margin:.2em 0;opacity:.8">The same in a terminal: <code>{}</code></p>')


class View:
    """All of the panel."""

    def __init__(self, version: str) -> None:
        self.work = Work(version, self._changed)
        self._lock = threading.Lock()
        self.cluster = ClusterBox(self.work)
        self.head, self.said, self.told, self.code = (w.HTML() for _ in range(4))
        self.progress = w.IntProgress(min=0, max=1, description="Results", layout=w.Layout(width="18rem"))
        self.run_all = button("Run all checks", self._run_all, "play", "success")
        self.stop = button("Stop", self.work.stop, "stop", "danger")
        self.page, self.filled = w.HTML(), w.HTML()
        self.states: dict[str, w.HTML] = {}
        self.buttons: list[tuple[str, w.Button, w.Button]] = []
        self.tabs = self._tabs()
        buttons = w.HBox([self.run_all, self.stop, self.progress], layout=w.Layout(align_items="center"))
        self.box = w.VBox([self.head, self.cluster.box, buttons, self.said, self.tabs, self.code])
        atexit.register(self.work.close)
        self._changed()

    def _tabs(self) -> w.Tab:
        rows = [self._row(name) for name in self.work.board.rows]
        checks = w.VBox([*rows, w.HTML("<p style='margin:.6em 0 0'><strong>What is seen</strong></p>"), self.told])
        declare, parameters = forms.declarations(self.work), forms.parameters(self.work)
        pages = {
            "Checks": checks,
            "Evidence": self.page,
            "Declarations": declare,
            "Parameters": parameters,
            "Checklist": w.VBox([button("Show the checklist of the last run", self._show_checklist), self.filled]),
        }
        return w.Tab(children=list(pages.values()), titles=list(pages))

    def _row(self, name: str) -> w.HBox:
        row = self.work.board.rows[name]
        title = w.HTML(_TITLE.format(name, row.level, row.title), layout=w.Layout(flex="5 1 0", min_width="0"))
        self.states[name] = w.HTML(layout=w.Layout(flex="3 1 0", min_width="0"))
        run = button("Run", lambda: self._run(name), tooltip=f"Run {name}")
        seen = button("Evidence", lambda: self._show_evidence(name), tooltip=f"Evidence of {name}")
        self.buttons.append((name, run, seen))
        return w.HBox([title, self.states[name], run, seen], layout=ROW)

    def _run_all(self) -> None:
        self._try(self.work.run)

    def _run(self, name: str) -> None:
        self._try(lambda: self.work.run([name]))

    def _try(self, do: Callable[[], None]) -> None:
        try:
            do()
        except KitError as error:
            self.work.said = " ".join(error.diagnostics())
            self._changed()

    def _show_evidence(self, name: str) -> None:
        self.page.value = str(evidence.page(self.work.board.rows[name].folder, name))
        self.tabs.selected_index = 1

    def _show_checklist(self) -> None:
        self.filled.value = str(evidence.checklist(self.work.folder))

    def _changed(self) -> None:
        """Show what is known now; called from whichever thread has news."""
        with self._lock:
            work, board = self.work, self.work.board
            put(self.head, _HEAD.format(f"Readiness for checklist {work.version}: {board.counts()}"))
            put(self.said, _SAID.format(clean(work.said)))
            put(self.told, board.told())
            put(self.code, _CODE.format(clean(work.command())))
            for name, html in self.states.items():
                put(html, board.rows[name].state)
            self.progress.max, self.progress.value = max(1, work.asked), work.arrived
            self._enable()

    def _enable(self) -> None:
        busy = self.work.busy
        self.run_all.disabled, self.stop.disabled = busy, not self.work.runs
        self.cluster.enable(busy=busy)
        for name, run, seen in self.buttons:
            run.disabled, seen.disabled = busy, not self.work.has_evidence(name)
