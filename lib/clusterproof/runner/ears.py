"""Hearing from the kernels what they are doing: a local socket that only its owner can write to."""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.notebook.bench import PROGRESS
from clusterproof.runner import orphans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST = 8192  # bytes of a message
PATIENCE = 5.0  # seconds for what was told last; the run's end does not wait for more
_END = b""


@contextmanager
def listening(heard: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """Have messages of kernels that are started meanwhile handed to ``heard``, in a thread of its own."""
    folder = orphans.folder()
    address = str(Path(folder) / "progress")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(address)
        listener = threading.Thread(target=_listen, args=(ear, heard), daemon=True)
        listener.start()
        os.environ[PROGRESS] = address
        try:
            yield
        finally:
            os.environ.pop(PROGRESS, None)
            with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mouth:
                mouth.settimeout(PATIENCE)
                mouth.sendto(_END, address)
            listener.join(PATIENCE)
            shutil.rmtree(folder, ignore_errors=True)


def _listen(ear: socket.socket, heard: Callable[[dict[str, Any]], None]) -> None:
    while (message := ear.recv(LONGEST)) != _END:
        try:
            data = json.loads(message)
        except ValueError:
            continue  # not from a notebook of ours
        if isinstance(data, dict):
            with suppress(Exception, SystemExit):  # whoever tells of progress must not deafen the run
                heard(data)
