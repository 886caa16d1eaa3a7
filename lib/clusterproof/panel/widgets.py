"""Small things that the parts of the panel are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as w
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD = Markup('<span role="status">{}</span>')
WRONG = Markup('<span role="alert" style="color:#cf222e">{}</span>')


def put(html: w.HTML, value: Markup) -> None:
    """Give an HTML widget a value, if it is another one: each change is a message to the browser."""
    if html.value != str(value):
        html.value = str(value)


def button(name: str, do: Callable[[], Any], icon: str = "", style: str = "", tooltip: str = "") -> w.Button:
    """Return a button."""
    made = w.Button(description=name, icon=icon, button_style=style, tooltip=tooltip or name)
    made.layout.width, made.layout.flex = "auto", "0 0 auto"  # its word is never cut
    made.on_click(lambda _button: do())
    return made
