"""The forms of the panel: what a human declares, and parameters; a wrong word is said beside the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as w

from clusterproof.errors import KitError
from clusterproof.model import Status
from clusterproof.panel.widgets import GOOD, WRONG, button
from clusterproof.parameters import Values
from clusterproof.render import table_html

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterproof.panel.work import Work

WIDE = w.Layout(width="34rem")


def declarations(work: Work) -> w.VBox:
    """Return the form for claims such as N/A; each needs a reason and a name."""
    requirement = w.Dropdown(description="Item", options=list(work.board.rows), layout=WIDE)
    options = [("(nothing)", ""), *((status.value, status.value) for status in Status if status.value)]
    status = w.Dropdown(description="Status", options=options, layout=WIDE)
    notes = w.Textarea(description="Reason", placeholder="why, in a sentence a reviewer believes", layout=WIDE)
    by = w.Text(description="Who", placeholder="who stands for it", layout=WIDE)

    def save() -> str:
        work.choice.declare(requirement.value, status.value, notes.value, by.value)
        return "Saved for the next run; a measurement always stands beside it."

    def known() -> str:
        rows = [(name, says["status"], says["notes"], says["by"]) for name, says in work.choice.declared.items()]
        return table_html(("Item", "Status", "Reason", "Who"), rows) if rows else ""

    return _form([requirement, status, notes, by], "Declare", save, known)


def parameters(work: Work) -> w.VBox:
    """Return the form for parameters, each with what it means."""
    name = w.Dropdown(description="Name", options=sorted(Values.model_fields), layout=WIDE)
    value = w.Text(description="Value", placeholder="empty: the platform's", layout=WIDE)
    meaning = w.HTML()

    def explain(_change: object = None) -> None:
        field = Values.model_fields[name.value]
        default = field.get_default(call_default_factory=True)
        meaning.value = str(GOOD.format(f"{field.description or ''} Default: {default!r}"))

    def save() -> str:
        work.choice.set_value(name.value, value.value.strip())
        return "Set for the next run."

    def known() -> str:
        return table_html(("Parameter", "Value"), list(work.choice.values.items())) if work.choice.values else ""

    name.observe(explain, "value")
    explain()
    return _form([name, meaning, value], "Set", save, known)


def _form(fields: list[w.Widget], name: str, save: Callable[[], str], known: Callable[[], str]) -> w.VBox:
    said, table = w.HTML(), w.HTML()

    def saved() -> None:
        try:
            said.value = str(GOOD.format(save()))
        except KitError as error:
            said.value = str(WRONG.format(" ".join(error.diagnostics())))
        table.value = known()

    return w.VBox([*fields, button(name, saved), said, table])
