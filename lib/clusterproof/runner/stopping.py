"""Ctrl-C, SIGTERM and SIGHUP take the same way out: once is a request, twice is an order."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from clusterproof.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopping:
    """Takes the signals of the main thread while it is entered.

    Outside of ``instead`` the first signal raises ``Interrupted``; inside it calls what was given there.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.asked = 0
        """How often the run was asked to stop."""
        self._say = say
        self._before: dict[signal.Signals, Any] = {}
        self._answer: Callable[[int], None] | None = None

    def __enter__(self) -> Self:
        """Take over; a signal that is ignored, as under nohup, stays ignored."""
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        """Give back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def instead(self, answer: Callable[[int], None]) -> Iterator[None]:
        """Answer signals by a call with their number so far, and raise nothing."""
        before, self._answer = self._answer, answer
        try:
            yield
        finally:
            self._answer = before

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        self.asked += 1
        name = signal.Signals(number).name
        if self._answer is None:
            raise Interrupted(f"Stopped by {name}.")
        self._say(f"{name}: stopping" if self.asked == 1 else f"{name} again: stopping now")
        self._answer(self.asked)
