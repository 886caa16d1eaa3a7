"""What a run tells while it goes on: lines that live on a terminal, one line for each result anywhere else."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.text import Text

from clusterproof.cli.console import COLOURS
from clusterproof.render import clean, mark, told

if TYPE_CHECKING:
    from rich.console import RenderableType

    from clusterproof.cli.time_left import TimeLeft

A_SECOND = 8  # times the living lines are drawn
SAID = 300  # characters of what a result says


class _Steady(Console):
    """Goes silent where nobody reads any more; the library's own would end the thread that tells, or the run."""

    def on_broken_pipe(self) -> None:
        """Tell nothing from now on."""
        self.quiet = True


class Progress:
    """Tells on stderr what goes on: what runs and how long it may still take, or lines for a log.

    What is told comes from several threads and from signal handlers, and a further one draws: nobody holds a lock.
    """

    def __init__(self, *, verbose: bool, quiet: bool, left: TimeLeft | None = None) -> None:
        self._console = _Steady(stderr=True, highlight=False, soft_wrap=True)
        self._verbose, self._quiet, self._left = verbose, quiet, left
        self._began = time.monotonic()
        self._running: dict[str, str] = {}
        self._step = "beginning"
        self._spinner = Spinner("dots")
        self._live: Live | None = None

    def __enter__(self) -> Self:
        """Open the living lines where there is a terminal."""
        if drawable() and not (self._verbose or self._quiet):
            self._live = Live(
                get_renderable=self._drawn, console=self._console, refresh_per_second=A_SECOND, transient=True
            )
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close them; the terminal is as it was."""
        if self._live is not None:
            self._live.stop()

    def say(self, sentence: str) -> None:
        """Tell a step of the run as a whole."""
        self._step = sentence
        if self._live is None and not self._quiet:
            self._print(sentence)

    def heard(self, message: dict[str, Any]) -> None:
        """Tell what a kernel said; called from another thread."""
        requirement, event, text = (str(message.get(key, "")) for key in ("requirement", "event", "text"))
        if event == "result":
            self._running.pop(requirement, None)
            self._result(requirement, text, message.get("took"))
            return
        if event == "start":
            self._step = ""
            if self._left:
                self._left.begin(requirement)
        self._running[requirement] = "beginning" if event == "start" else text
        if self._verbose:
            self._print(f"{requirement}: {self._running[requirement]}")

    def _result(self, requirement: str, text: str, took: Any) -> None:
        if self._left:
            self._left.end(requirement, float(took) if isinstance(took, int | float) else 0.0)
        outcome, why, spent = told(text, took)
        if self._quiet or outcome is None:
            return
        colour = COLOURS.get(outcome, "dim")
        head = f"[{colour}]{mark(outcome)}[/] [bold]{escape(clean(requirement))}[/]"
        self._console.print(f"{self._clock()} {head} {escape(clean(why, SAID))}{spent}")

    def _print(self, sentence: str) -> None:
        self._console.print(f"{self._clock()} {escape(clean(sentence))}")

    def _clock(self) -> str:
        return escape(f"[{time.monotonic() - self._began:5.1f} s]")

    def _drawn(self) -> RenderableType:
        self._spinner.update(text=_line(self._step or self._counted()))
        running = sorted(list(self._running.items()))  # noqa: C414 - a copy at once: others write meanwhile
        return Group(self._spinner, *(_line(f"  {name}  ", what) for name, what in running))

    def _counted(self) -> str:
        if self._left is None:
            return "going on"
        ended, whole = self._left.counted
        return " · ".join(filter(None, (f"{ended} of {whole} checks", self._left.words())))


def drawable() -> bool:
    """Return whether lines can be drawn again: on a terminal that can, and not in CI, which keeps every drawing."""
    return (
        sys.stderr.isatty() and os.environ.get("TERM", "") not in {"", "dumb", "unknown"} and not os.environ.get("CI")
    )


def _line(name: str, text: str = "") -> Text:
    """Return one line, never more: the terminal would scroll and the drawing with it."""
    whole = Text(_plain(name), style="bold" if text else "", no_wrap=True, overflow="ellipsis")
    return whole.append(_plain(text), style="not bold")


def _plain(text: str) -> str:
    return clean(text).replace("\n", " ").replace("\t", " ")
