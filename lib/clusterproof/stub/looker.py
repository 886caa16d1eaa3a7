"""What one container sees of devices, told in one line of its log: ``python3 -c THIS_FILE TOLD [leaves]``.

``TOLD`` is JSON: ``mark`` begins the line, ``patterns`` are those of device files, ``known`` the devices that other
containers were given (path, major, minor), ``variables`` those of the environment that are worth telling.
"""

from __future__ import annotations

import errno
import glob
import json
import os
import signal
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

Item = dict[str, Any]
ABSENT, REFUSED, GUARDED, REACHED = "absent", "refused", "guarded", "reached"
WORDS = {
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR, errno.ELOOP), ABSENT),
    errno.EPERM: REFUSED,  # the kernel's list of devices for this container
    errno.EACCES: GUARDED,  # the file's owner and mode, which are looked at before that list
}
"""Every other error comes from behind that list: a driver's, or that there is none."""
ORDER = (REACHED, GUARDED, REFUSED, ABSENT)
WAYS = (os.O_RDWR, os.O_RDONLY, os.O_WRONLY)
PLACES = ("/dev", "/tmp", ".")  # noqa: S108 - where somebody may make a file; the first one that can is enough


def tried(path: str) -> str:
    """Return how far opening a device file gets."""
    return min((_opened(path, way) for way in WAYS), key=ORDER.index)


def _opened(path: str, way: int) -> str:
    try:
        os.close(os.open(path, way | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        return WORDS.get(error.errno or 0, REACHED)
    return REACHED


def made(major: int, minor: int) -> str:
    """Return how far a device file of one's own making gets."""
    return min((_made(f"{place}/clusterproof-{major}-{minor}", major, minor) for place in PLACES), key=ORDER.index)


def _made(path: str, major: int, minor: int) -> str:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(major, minor))
    except OSError:
        return REFUSED
    try:
        return tried(path)
    finally:
        with suppress(OSError):
            Path(path).unlink()


def devices(patterns: list[str]) -> list[Item]:
    """Return the character devices whose files fit."""
    found = []
    for path in sorted({path for pattern in patterns for path in glob.glob(pattern)}):  # noqa: PTH207 - from the root
        with suppress(OSError):
            seen = Path(path).stat()
            if stat.S_ISCHR(seen.st_mode):
                numbers = {"major": os.major(seen.st_rdev), "minor": os.minor(seen.st_rdev)}
                found.append({"path": path, **numbers, "how": tried(path)})
    return found


def look(told: Item) -> Item:
    """Return all that there is to tell."""
    return {
        "devices": devices(told["patterns"]),
        "others": [
            {**each, "path_is": tried(each["path"]), "made_is": made(each["major"], each["minor"])}
            for each in told["known"]
        ],
        "environment": {name: os.environ[name] for name in told["variables"] if name in os.environ},
    }


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    asked = json.loads(sys.argv[1])
    print(asked["mark"] + json.dumps(look(asked)), flush=True)  # noqa: T201 - the log is what is read
    if "leaves" not in sys.argv[2:]:
        while True:
            signal.pause()
