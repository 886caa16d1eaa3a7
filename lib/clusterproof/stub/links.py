"""What one container sees of its network interfaces, and data between two of them: ``python3 -c THIS_FILE TOLD``.

``TOLD`` is JSON: ``mark`` begins every line that is meant for us, ``port`` is where it listens, ``peer`` the address of
another container like this one to send ``size`` bytes to (empty: none), ``word`` is what both know and nobody else.
"""

from __future__ import annotations

import array
import fcntl
import hashlib
import ipaddress
import json
import os
import signal
import socket
import struct
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

Item = dict[str, Any]
FLAGS, HARDWARE, CONFIGURED = 0x8913, 0x8927, 0x8912  # requests of ioctl(2), see netdevice(7)
UP = 1
ROW, ROWS = 40, 128
BLOCK = 65536
AGAIN = 0.5  # seconds
PATIENCE = 10.0
GO = b"!"


def interfaces() -> list[Item]:
    """Return all interfaces but loopback, with what they are and which addresses they have."""
    fourth, sixth = _fourth(), _sixth()
    names = sorted(name for _, name in socket.if_nameindex() if name != "lo")
    return [
        {"name": name, **_hardware(name), "addresses": [*fourth.get(name, []), *sixth.get(name, [])]} for name in names
    ]


def _hardware(name: str) -> Item:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        request = struct.pack("256s", name.encode()[:15])
        kind, told = struct.unpack_from("=H6s", fcntl.ioctl(asked, HARDWARE, request), 16)
        [flags] = struct.unpack_from("=H", fcntl.ioctl(asked, FLAGS, request), 16)
    file = Path("/sys/class/net", name, "address")  # the whole of it, where it is longer
    mac = file.read_text(encoding="ascii").strip() if file.is_file() else told.hex(":")
    return {"kind": kind, "mac": mac, "up": bool(flags & UP)}


def _fourth() -> dict[str, list[str]]:
    """Return the IPv4 addresses of interfaces that are up."""
    buffer = array.array("B", bytes(ROW * ROWS))  # the kernel writes into it
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        told = fcntl.ioctl(asked, CONFIGURED, struct.pack("iL", len(buffer), buffer.buffer_info()[0]))
    used, _ = struct.unpack("iL", told)
    found: dict[str, list[str]] = {}
    for at in range(0, used, ROW):
        row = buffer[at : at + ROW].tobytes()
        name = row[:16].split(b"\0")[0].decode().split(":")[0]
        found.setdefault(name, []).append(socket.inet_ntoa(row[20:24]))
    return found


def _sixth() -> dict[str, list[str]]:
    file, found = Path("/proc/net/if_inet6"), dict[str, list[str]]()
    for line in file.read_text(encoding="ascii").splitlines() if file.is_file() else ():
        digits, *_, name = line.split()
        found.setdefault(name, []).append(str(ipaddress.IPv6Address(int(digits, 16))))
    return found


def counted() -> dict[str, list[int]]:
    """Return the bytes that each interface has received and sent."""
    rows = (line.partition(":") for line in Path("/proc/net/dev").read_text(encoding="ascii").splitlines()[2:])
    return {name.strip(): [int(told.split()[0]), int(told.split()[8])] for name, _, told in rows}


def pieces(word: str, size: int) -> tuple[bytes, int]:
    """Return the block that is sent again and again, and how often."""
    return hashlib.sha256(word.encode()).digest() * (BLOCK // 32), size // BLOCK


def receive(told: Item) -> None:
    """Take what comes from those who know the word, and tell what it was."""
    try:
        server = socket.create_server(("::", told["port"]), family=socket.AF_INET6, dualstack_ipv6=True)
    except (OSError, ValueError):  # no IPv6 here
        server = socket.create_server(("", told["port"]))
    while True:
        connection, _ = server.accept()
        with connection:
            connection.settimeout(PATIENCE)
            try:
                _received(connection, told)
            except OSError as error:
                say(told, "failed", {"error": str(error)})


def _received(connection: socket.socket, told: Item) -> None:
    stream = connection.makefile("rb")
    word = str(told["word"]).encode()
    if stream.read(len(word)) != word:
        return
    before, digest = counted(), hashlib.sha256()
    connection.sendall(GO)
    while piece := stream.read(BLOCK):
        digest.update(piece)
    connection.sendall(digest.hexdigest().encode())
    say(told, "received", {"digest": digest.hexdigest(), "before": before, "after": counted()})


def send(told: Item) -> None:
    """Send, again and again until it has arrived, and tell how that went."""
    while True:
        try:
            say(told, "sent", _sent(told))
        except OSError as error:
            say(told, "failed", {"error": f"{told['peer']}: {error}"})
            time.sleep(AGAIN)
        else:
            return


def _sent(told: Item) -> Item:
    block, times = pieces(told["word"], told["size"])
    with socket.create_connection((told["peer"], told["port"]), timeout=PATIENCE) as connection:
        connection.sendall(told["word"].encode())
        if connection.recv(1) != GO:
            raise OSError("somebody else answers")
        before, began = counted(), time.monotonic()
        for _ in range(times):
            connection.sendall(block)
        connection.shutdown(socket.SHUT_WR)
        digest = connection.makefile("rb").read().decode()
        took = time.monotonic() - began
        return {"digest": digest, "before": before, "after": counted(), "seconds": took}


def say(told: Item, what: str, item: Item) -> None:
    """Write one line for us."""
    print(f"{told['mark']}{what} {json.dumps(item)}", flush=True)  # noqa: T201 - the log is what is read


def main() -> None:
    """Listen, send if there is somebody to send to, and tell of the interfaces whenever they change."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    told = json.loads(sys.argv[1])
    threading.Thread(target=receive, args=(told,), daemon=True).start()
    if told["peer"]:
        threading.Thread(target=send, args=(told,), daemon=True).start()
    last = None
    while True:
        with suppress(OSError):  # one has gone while it was looked at
            seen = {"interfaces": interfaces()}
            if seen != last:
                say(told, "sees", seen)
            last = seen
        time.sleep(AGAIN)


if __name__ == "__main__":
    main()
