"""Ctrl-C, SIGTERM and SIGHUP take the same way out: once is a request, twice is an order."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from clusterproof.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopping:
    """Takes the signals of the main thread while it is entered; an inner one takes them from an outer one.

    Outside of ``instead`` a signal raises ``Interrupted``; inside it calls what was given there.
    """

    def __init__(self, say: Callable[[str], None] = lambda _sentence: None) -> None:
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


@contextmanager
def held() -> Iterator[None]:
    """Let signals wait until the end of the block, where the first of them is heard.

    For what must be known as a whole, such as a process that was just started: an exception in between would lose it.
    Python hears signals in the main thread only, so other threads are never disturbed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = {number: signal.getsignal(number) for number in SIGNALS}
    taken = [number for number, handler in before.items() if callable(handler)]  # others end us at once, or nobody
    for number in taken:
        signal.signal(number, lambda number, _frame: waiting.append(number))
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, before[number])
        if waiting:
            signal.raise_signal(waiting[0])
