"""One output of a notebook cell that changes while something runs, and ends as its result."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from clusterproof import render
from clusterproof.render import clean, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_RUNNING = Markup('<p style="margin:.2em 0"><strong>{}</strong> <span style="opacity:.8">{} · {}</span></p>')
_NOTE = Markup('<p style="margin:.2em 0;opacity:.9">{}</p>')


class Live:
    """The output of what runs now."""

    def __init__(self) -> None:
        self.requirement = ""
        self._handle: Any = None
        self._began = 0.0

    def begin(self, what: str) -> None:
        """Open an output for something that begins."""
        self.requirement = what
        self._began = time.monotonic()
        self._handle = _display(_bundle(_RUNNING.format(what, "beginning", seconds(0.0)), f"{what}: beginning"))

    def say(self, text: str) -> None:
        """Show what is going on now."""
        if self._handle is not None:
            shown, took = clean(text), seconds(time.monotonic() - self._began)
            html = _RUNNING.format(self.requirement, shown, took)
            self._handle.update(_bundle(html, f"{self.requirement}: {shown} ({took})"), raw=True)

    def finish(self, bundle: dict[str, Any]) -> None:
        """Put the result in the place of what was shown so far."""
        if self._handle is None:
            _display(bundle)
        else:
            self._handle.update(bundle, raw=True)
        self._handle = None

    def end(self, text: str) -> None:
        """Put a sentence in the place of what was shown so far."""
        self.finish(_bundle(_NOTE.format(clean(text)), clean(text)))

    def note(self, text: str) -> None:
        """Show a sentence."""
        _display(_bundle(_NOTE.format(clean(text)), clean(text)))


class Shown:
    """A table as the last value of a cell: HTML, and text where there is none. pandas would cost half a second."""

    def __init__(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        self.head = tuple(head)
        self.rows = [tuple(row) for row in rows]

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        return {"text/html": render.table_html(self.head, self.rows), "text/plain": self._text()}

    def _text(self) -> str:
        return "\n".join("  ".join(clean(word) for word in row) for row in [self.head, *self.rows])


def _bundle(html: Markup, text: str) -> dict[str, Any]:
    return {"text/html": str(html), "text/plain": text}


def _display(bundle: dict[str, Any]) -> Any:
    from IPython.display import display  # noqa: PLC0415 - only a kernel has it loaded anyway

    return display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
