"""The part of the panel that chooses the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as w

from clusterproof.errors import KitError
from clusterproof.panel import places
from clusterproof.panel.choice import CLUSTER, TESTBED
from clusterproof.panel.widgets import WRONG, button

if TYPE_CHECKING:
    from clusterproof.panel.work import Work

WIDE = w.Layout(width="26rem")


class ClusterBox:
    """The testbed, which the page starts and stops, or a context of a kubeconfig."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.where = w.ToggleButtons(
            options=[("Testbed (simulated)", TESTBED), ("My cluster", CLUSTER)],
            description="Cluster",
            style={"button_width": "11rem"},
        )
        self.start = button("Start the testbed", work.start_testbed, "power-off")
        self.remove = button("Remove the testbed", work.stop_testbed, "trash")
        self.kubeconfig = w.Text(description="Kubeconfig", placeholder="empty: the usual one", layout=WIDE)
        self.kubeconfig.continuous_update = False
        self.context = w.Dropdown(description="Context", options=[], layout=WIDE)
        self.wrong = w.HTML()
        self._bed = w.HBox([self.start, self.remove])
        self._own = w.VBox([self.kubeconfig, self.context, self.wrong])
        self.box = w.VBox([self.where, self._bed, self._own])
        self.where.observe(lambda _change: self._chosen(), "value")
        self.kubeconfig.observe(lambda _change: self._chosen(), "value")
        self.context.observe(self._context, "value")
        self._chosen()

    def enable(self, *, busy: bool) -> None:
        """Let nobody change the cluster while something runs on it."""
        runs = bool(self._work.choice.kubeconfig)
        self.where.disabled = self.kubeconfig.disabled = self.context.disabled = busy
        self.start.disabled, self.remove.disabled = busy or runs, busy or not runs

    def _chosen(self) -> None:
        choice, own = self._work.choice, self.where.value == CLUSTER
        self._bed.layout.display, self._own.layout.display = ("none", "") if own else ("", "none")
        choice.platform, choice.context, self.wrong.value = self.where.value, "", ""
        choice.kubeconfig = self.kubeconfig.value if own else places.running_testbed()
        if own:
            self._list()
        self.enable(busy=self._work.busy)

    def _list(self) -> None:
        try:
            names, current = places.contexts(self.kubeconfig.value)
        except KitError as error:
            self.context.options = []
            self.wrong.value = str(WRONG.format(" ".join(error.diagnostics())))
            return
        self.context.options = names
        self.context.value = current

    def _context(self, change: Any) -> None:
        self._work.choice.context = change["new"] or ""
