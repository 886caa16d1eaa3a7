"""Whoever is told of progress can break or go away: the run goes on, hears to the end, and does not hang."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress

import pytest

from clusterproof.cli.progress import Progress
from clusterproof.notebook.bench import PROGRESS
from clusterproof.runner import ears


def tell(**message):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.settimeout(10)
        out.sendto(json.dumps(message).encode(), os.environ[PROGRESS])


@pytest.mark.parametrize("breaks", [BrokenPipeError, ValueError, SystemExit])
def test_a_listener_that_breaks_hears_the_rest(breaks):
    heard = []

    def hear(message):
        heard.append(message["n"])
        raise breaks

    with ears.listening(hear):
        for n in range(300):  # more than a socket holds
            tell(n=n)
    assert heard == list(range(300))


def test_progress_goes_silent_where_nobody_reads_any_more(monkeypatch):
    read, write = os.pipe()
    os.close(read)
    gone = os.fdopen(write, "w", buffering=1)
    try:
        monkeypatch.setattr("sys.stderr", gone)
        with Progress(verbose=True, quiet=False) as progress:
            for _ in range(3):
                progress.say("a step")
                progress.heard({"requirement": "gang_scheduling", "event": "result", "text": "PASS fine", "took": 1.0})
    finally:
        monkeypatch.undo()
        with suppress(BrokenPipeError):
            gone.close()
