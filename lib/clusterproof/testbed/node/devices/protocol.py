"""The kubelet's APIs for whoever offers devices, made from the ``.proto`` files beside this one."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
THREADS = 8


def load(name: str) -> tuple[Any, Any]:
    """Return the messages and the services of one API."""
    if str(HERE) not in sys.path:
        sys.path.append(str(HERE))  # where the compiler of these files looks for them
    messages, services = grpc.protos_and_services(f"{name}.proto")
    return messages, services


def serve(socket: Path, register: Callable[[Any, grpc.Server], None], servicer: Any) -> grpc.Server:
    """Answer on a socket until the server that is returned is stopped."""
    socket.parent.mkdir(parents=True, exist_ok=True)
    socket.unlink(missing_ok=True)
    server = grpc.server(ThreadPoolExecutor(THREADS))
    register(servicer, server)
    server.add_insecure_port(f"unix://{socket}")
    server.start()
    return server
