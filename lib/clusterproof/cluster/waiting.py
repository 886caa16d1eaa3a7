"""The two waiting verbs: something happens in time, or something holds for a whole window.

Both are woken by watches; the end state is decided by a fresh list. Neither can end in a verdict while the API server
does not answer: that is an error of the measurement.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterproof.cluster.watch import Watch

GRACE = 15.0  # seconds; an API server that was killed and started again answers within 4 s
AGAIN = 1.0  # seconds between two tries to reach it


@dataclass(frozen=True)
class Patience:
    """How long each kind of step may take, in seconds."""

    start: float = 120.0
    """From create to bound or running, without image pulls."""
    together: float = 30.0
    """Between the first and the last pod of a gang getting a node."""
    settle: float = 60.0
    """For a controller to react to a change."""
    traffic: float = 60.0
    """For a route to reach the data plane."""
    gone: float = 120.0
    """For objects to be deleted."""
    pull: float = 30.0
    """For a registry that does not answer: kubelets try again after 10 and after 20 seconds."""
    grow: float = 1200.0
    """For a node to come: a machine starts and gets its drivers."""
    shrink: float = 1800.0
    """For a node that nobody needs to go: ten minutes are usual until an autoscaler takes it for that."""
    window: float = 60.0
    """How long a negative must hold; never scaled, because a short window proves less."""

    def scaled(self, factor: float, window: float) -> Patience:
        """Return limits multiplied by a factor, and the window as given."""
        limits = {each.name: getattr(self, each.name) * factor for each in fields(self) if each.name != "window"}
        return Patience(**limits, window=window)


@dataclass(frozen=True)
class Seen:
    """How a wait ended."""

    actual: Any
    holds: bool
    took: float


@dataclass
class Waiter:
    """Evaluates a probe whenever a watch of the bench has news."""

    pulse: threading.Condition = field(default_factory=threading.Condition)
    watches: list[Watch] = field(default_factory=list)
    waited: float = 0.0
    """Seconds spent waiting for the cluster so far: up to the awaited events, not to their confirmation."""
    changed: float = 0.0
    """Monotonic time of the last change."""
    _monitors: list[Callable[[], None]] = field(default_factory=list)

    def on_change(self) -> None:
        """Let every running window look at this very state; called by the watches with the pulse held."""
        self.changed = time.monotonic()
        for monitor in self._monitors:
            monitor()

    def listen(self, monitor: Callable[[], None]) -> None:
        """Call somebody at every change from now on, in the thread of the watch and with the pulse held."""
        with self.pulse:
            self._monitors.append(monitor)

    def refresh(self) -> None:
        """List everything anew; raises ClusterError if the server does not answer."""
        for watch in list(self.watches):
            watch.refresh()

    def eventually(
        self, probe: Callable[[], Any], accept: Callable[[Any], bool], *, within: float, every: float | None = None
    ) -> Seen:
        """Wait until the probe's value is accepted and a fresh list confirms it, at most ``within`` seconds.

        ``every`` is for what no watch can tell, such as an answer over HTTP: the pause between two tries.
        """
        started = time.monotonic()
        deadline = started + within
        while True:
            reached = self._news(probe, accept, deadline) if every is None else 0.0
            if every is None:
                self._confirm(deadline)
            actual, now = probe(), time.monotonic()
            holds = accept(actual)
            if holds or now >= deadline:
                if every is not None and not holds:
                    self._confirm(now)  # what failed may have been out of reach together with the server
                self.waited += max(0.0, (reached or now) - started)  # it may have happened before anybody asked
                return Seen(actual, holds, took=now - started)
            if every is not None:
                self._pause(min(every, deadline - now))

    def _news(self, probe: Callable[[], Any], accept: Callable[[Any], bool], deadline: float) -> float:
        """Wait until what the watches hold is accepted; return the moment of that change, 0 at the deadline."""
        with self.pulse:
            while not accept(probe()):
                left = deadline - time.monotonic()
                if left <= 0:
                    return 0.0
                self.pulse.wait(left)
            return self.changed

    def _confirm(self, deadline: float) -> None:
        """Let a GET decide: watches may be stale. A server that is away gets until the deadline and a grace."""
        while True:
            try:
                return self.refresh()
            except ClusterError as error:
                if error.status or time.monotonic() > deadline + GRACE:
                    raise
                self._pause(AGAIN)

    def _pause(self, seconds: float) -> None:
        with self.pulse:
            self.pulse.wait(max(0.0, seconds))

    def throughout(self, probe: Callable[[], Any], accept: Callable[[Any], bool], *, window: float) -> Seen:
        """Look at every state during a window; end at the first that is not accepted."""
        started = time.monotonic()
        looker = _Looker(probe, accept)
        with self.pulse:
            self._monitors.append(looker.look)
            looker.look()
            while not looker.done and (left := started + window - time.monotonic()) > 0:
                self.pulse.wait(left)
        self.waited += time.monotonic() - started
        try:
            self._confirm(started + window)
        finally:
            with self.pulse:
                looker.look()
                self._monitors.remove(looker.look)
        actual, holds = looker.seen()
        return Seen(actual, holds, took=time.monotonic() - started)


@dataclass
class _Looker:
    """What a window has seen: the first state that was not accepted, else the last one."""

    probe: Callable[[], Any]
    accept: Callable[[Any], bool]
    done: bool = False
    _actual: Any = None
    _broke: Exception | None = None

    def look(self) -> None:
        """Look at the state now; a probe that breaks must not break the thread of a watch."""
        if self.done:
            return
        try:
            self._actual = self.probe()
            self.done = not self.accept(self._actual)
        except Exception as error:  # noqa: BLE001 - raised again where the window is waited for
            self._broke, self.done = error, True

    def seen(self) -> tuple[Any, bool]:
        """Return the value and whether it was accepted, or raise what the probe has raised."""
        if self._broke:
            raise self._broke
        return self._actual, not self.done
