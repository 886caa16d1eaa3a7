"""The image that containers of a testbed run: this machine's Python, packed once; no registry is asked."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from clusterproof import paths
from clusterproof.errors import TestbedError
from clusterproof.testbed.programs import architecture

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "testbed.clusterproof.dev/probe"
TAG = "python"
IMAGE = f"{NAME}:{TAG}"
LEFT_OUT = {"test", "tests", "idlelib", "ensurepip", "site-packages", "lib2to3", "tkinter", "turtledemo", "__pycache__"}
PAUSES = "import signal; signal.pause()"  # so that the image serves for the sandboxes of pods as well
_LINKED = re.compile(r"(/\S+) \(0x")


def packed(umoci: Path) -> Path:
    """Return an archive with the image, made now unless it was before.

    Raises:
        TestbedError: it could not be packed.
    """
    folder = paths.cache() / "images"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{TAG}-{_key(umoci)}.tar"
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_file():
            _pack(umoci, target)
    return target


def _key(umoci: Path) -> str:
    mine = Path(__file__).read_bytes()
    return hashlib.sha256(mine + f"{sys.version}{_interpreter()}{umoci.name}".encode()).hexdigest()[:16]


def _interpreter() -> Path:
    return Path(sys.executable).resolve()


def _pack(umoci: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".pack-") as name:
        folder = Path(name)
        layer, image = folder / "layer.tar", f"{folder / 'layout'}:{TAG}"
        _write_layer(layer)
        _run(umoci, "init", "--layout", str(folder / "layout"))
        _run(umoci, "new", "--image", image)
        _run(umoci, "raw", "add-layer", "--image", image, str(layer))
        words = ["python3", "-I", "-S", "-c", PAUSES]
        entry = [word for each in words for word in ("--config.entrypoint", each)]
        _run(umoci, "config", "--image", image, "--os", "linux", "--architecture", architecture(), *entry,
             "--config.env", "PATH=/usr/bin")  # fmt: skip
        _run(umoci, "gc", "--layout", str(folder / "layout"))
        draft = folder / "image.tar"
        with tarfile.open(draft, "w") as archive:
            archive.add(folder / "layout", ".")
        draft.replace(target)


def _write_layer(layer: Path) -> None:
    """Write what Python needs: itself, its library, the libraries that these are linked with."""
    interpreter, linked = _interpreter(), set(_libraries(_interpreter()))
    with tarfile.open(layer, "w") as archive:
        for file in _standard_library():
            archive.add(file, str(file))
            if file.suffix == ".so":
                linked.update(_libraries(file))
        for name in sorted(linked):
            archive.add(os.path.realpath(name), name)
        archive.add(interpreter, str(interpreter))
        link = tarfile.TarInfo("usr/bin/python3")
        link.type, link.linkname = tarfile.SYMTYPE, str(interpreter)
        archive.addfile(link)
        scratch = tarfile.TarInfo("tmp")
        scratch.type, scratch.mode = tarfile.DIRTYPE, 0o1777
        archive.addfile(scratch)


def _standard_library() -> Iterator[Path]:
    for folder, inner, names in os.walk(sysconfig.get_path("stdlib")):
        inner[:] = [each for each in inner if each not in LEFT_OUT and not each.startswith("config-")]
        yield from (Path(folder) / name for name in sorted(names))


def _libraries(file: Path) -> list[str]:
    said = subprocess.run(["ldd", str(file)], capture_output=True, text=True, check=False).stdout
    return _LINKED.findall(said)


def _run(umoci: Path, *words: str) -> None:
    done = subprocess.run([str(umoci), *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise TestbedError(f"The image for the testbed's containers cannot be packed: {done.stderr.strip()[-300:]}.")
