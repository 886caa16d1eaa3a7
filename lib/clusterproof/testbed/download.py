"""Official releases, checked against the SHA-256 that their publisher gives; nothing unverified is ever executed."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tempfile
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from clusterproof.errors import TestbedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterproof.testbed.programs import Program

CONNECT_WITHIN = 4.0  # seconds; a closed network must not hold up the build that follows


def download(program: Program, target: Path, *, progress: Callable[[str], None], mirror: str = "") -> None:
    """Fetch a program's release, check it, and move it to its place in the cache.

    Raises:
        TestbedError: no release, no answer, or the checksum differs; the cache is as it was.
    """
    release = _of_mirror(program, mirror) if mirror else program.release
    if not release:
        raise TestbedError("its publisher gives no release with a checksum")
    progress(f"looking for {program.name} {program.version} at {release['url']}")
    expected = _expected(_fetch(release["sums"]).decode(errors="replace"), release["url"])
    content = _fetch(release["url"])
    seen = hashlib.sha256(content).hexdigest()
    if seen != expected:
        raise TestbedError(f"the checksum of {release['url']} differs: expected {expected}, got {seen}")
    _store(_member(content, release), target)


def _of_mirror(program: Program, mirror: str) -> dict[str, str]:
    base = f"{mirror.rstrip('/')}/{program.name}"
    return {"url": base, "sums": f"{base}.sha256"}


def _fetch(url: str) -> bytes:
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost", "file://")):
        raise TestbedError(f"{url} is not https")
    try:
        with urllib.request.urlopen(url, timeout=CONNECT_WITHIN) as answer:  # noqa: S310 - the scheme is checked above
            content: bytes = answer.read()
    except (OSError, ValueError) as error:
        raise TestbedError(f"{url}: {getattr(error, 'reason', None) or error}") from error
    return content


def _expected(sums: str, url: str) -> str:
    """Read a checksum: the only word of a file, or the first word of the line that names the file."""
    name = url.rsplit("/", 1)[-1]
    lines = [line.split() for line in sums.splitlines() if line.strip()]
    named = [words[0] for words in lines if words[-1].lstrip("*") == name]
    if not named and len(lines) == 1:
        named = [lines[0][0]]
    if not named:
        raise TestbedError(f"no checksum is published for {name}")
    return named[0].lower()


def _member(content: bytes, release: dict[str, str]) -> bytes:
    if "member" not in release:
        return content
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        file = archive.extractfile(release["member"])
        if file is None:
            raise TestbedError(f"{release['url']} does not hold {release['member']}")
        return file.read()


def _store(content: bytes, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=".download-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(0o755)
        Path(draft).replace(target)
    except OSError as error:
        Path(draft).unlink(missing_ok=True)
        raise TestbedError(f"{target} cannot be written: {error}") from error
