"""What ``inference.py`` counts of the requests that it serves, as inference servers tell it to Prometheus."""

from __future__ import annotations

import threading
import time
from collections import Counter

from clusterproof.stub.completion import MODEL

BUCKETS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0)  # seconds
LABELS = f'model_name="{MODEL}"'
REASONS = ("stop", "length", "abort", "error")
HISTOGRAMS = ("latency", "first_word", "next_word")


class Histogram:
    """Seconds, as Prometheus counts them."""

    def __init__(self) -> None:
        self.seen: list[int] = [0] * len(BUCKETS)
        self.sum, self.count = 0.0, 0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.sum, self.count = self.sum + seconds, self.count + 1
        self.seen = [seen + (seconds <= bound) for seen, bound in zip(self.seen, BUCKETS, strict=True)]

    def lines(self, name: str) -> list[str]:
        """Return its samples."""
        told = [
            f'{name}_bucket{{{LABELS},le="{le}"}} {n}'
            for le, n in zip((*BUCKETS, "+Inf"), (*self.seen, self.count), strict=True)
        ]
        return [*told, f"{name}_sum{{{LABELS}}} {self.sum}", f"{name}_count{{{LABELS}}} {self.count}"]


class Counts:
    """All that is counted."""

    def __init__(self, names: dict[str, str]) -> None:
        self.queue = 0.0
        self.answered: Counter[str] = Counter()
        self._names = names
        self._lock = threading.Lock()
        self._numbers = Counter(running=0, prompt=0, generated=0)
        self._took = {name: Histogram() for name in HISTOGRAMS}

    def add(self, took: str = "", seconds: float = 0.0, reason: str = "", **numbers: int) -> None:
        """Count how long something took, why an answer ended, and words or requests."""
        with self._lock:
            self._numbers.update(numbers)
            self.answered.update([reason] if reason else [])
            if took:
                self._took[took].add(seconds)

    def lines(self) -> list[str]:
        """Return all samples that have a name."""
        with self._lock:
            numbers = {**self._numbers, "queue": self.queue, "cache": 0.0}
            told = {key: [f"%s{{{LABELS}}} {number}"] for key, number in numbers.items()}
            told["answered"] = [f'%s{{{LABELS},finished_reason="{why}"}} {self.answered[why]}' for why in REASONS]
            lines = [line % name for key, name in self._names.items() for line in told.get(key, ())]
            took = {self._names[key]: each for key, each in self._took.items() if key in self._names}
            return lines + [line for name, each in took.items() for line in each.lines(name)]


class Account:
    """One request as the metrics count it."""

    def __init__(self, counts: Counts, prompt: int) -> None:
        self._counts, self._prompt, self._told, self._ended = counts, prompt, 0, False
        self._began = self._last = time.monotonic()
        counts.add(running=1)

    def word(self) -> None:
        """Count a word that is told now; with the first one the prompt has been taken in."""
        since, self._last = self._last, time.monotonic()
        first, self._told = not self._told, self._told + 1
        name, prompt = ("first_word", self._prompt) if first else ("next_word", 0)
        self._counts.add(name, self._last - since, prompt=prompt, generated=1)

    def end(self, reason: str) -> None:
        """Count the request, once."""
        if not self._ended:
            self._counts.add("latency", time.monotonic() - self._began, reason, running=-1)
        self._ended = True
