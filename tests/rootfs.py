"""A file system of its own with this machine's programs, as a base image is to a container: a chroot, read-only but for
what a test puts there. It takes Linux and root, which is given up for the command inside."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", sys.base_prefix)
PYTHON = "/base/bin"
PATH = f"{PYTHON}:/usr/local/bin:/usr/bin:/bin"
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "PIP_CERT", "REQUESTS_CA_BUNDLE")
UNSHARE = shutil.which("unshare") or ""
LONGEST = 500  # seconds


@dataclass(frozen=True)
class Root:
    """One such file system; what is written stays in `folder`."""

    folder: Path
    mounts: dict[str, Path] = field(default_factory=dict)
    """Folders of the host's that are seen inside, for writing."""
    hidden: tuple[str, ...] = ()
    """Folders that are empty and in memory only."""

    @classmethod
    def made(cls, folder, **more):
        """Return a new one, or skip where it cannot be had."""
        if os.getuid() != 0 or not UNSHARE:
            pytest.skip("NOT TESTED: a file system of one's own takes root and unshare")
        for name in (*SYSTEM, "/tmp", "/proc", "/dev", PYTHON):  # noqa: S108 - inside
            inside = folder / name.lstrip("/")
            inside.parent.mkdir(parents=True, exist_ok=True)
            if Path(name).is_symlink():
                inside.symlink_to(Path(name).readlink())
            elif Path(name).is_dir() or name == PYTHON:
                inside.mkdir(exist_ok=True)
        for name in ("python", "python3"):
            (folder / PYTHON.lstrip("/") / name).symlink_to(
                Path(sys.base_prefix) / "bin" / Path(sys._base_executable).name
            )
        (folder / "tmp").chmod(0o1777)
        folder.chmod(0o755)
        return cls(folder, **more)

    def run(self, command, *, user=0, env=None, cwd="/", read_only=False):
        """Run a command inside and return how it ended; nothing that it has started outlives it."""
        said = {"PATH": PATH, "HOME": "/tmp", "LANG": "C.UTF-8", **(env or {})}  # noqa: S108 - inside
        said |= {name: os.environ[name] for name in CERTIFICATES if name in os.environ}
        words = ["env", "-i", *(f"{name}={value}" for name, value in said.items())]
        words += ["/bin/sh", "-c", 'cd "$0" && exec "$@"', cwd, *map(str, command)]
        script = "\n".join([*self._mounted(read_only=read_only), shlex.join(["exec", *self._as(user), *words])])
        return subprocess.run(
            [UNSHARE, "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", script],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST, check=False,
        )  # fmt: skip

    def _as(self, user):
        """Return what becomes that user in there, with no way back to more rights."""
        within = ["chroot", str(self.folder)]
        if not user:
            return within
        away = ["--clear-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
        return [*within, "setpriv", f"--reuid={user}", f"--regid={user}", *away]

    def _mounted(self, *, read_only):
        folder = shlex.quote(str(self.folder))
        yield f"mount --make-rprivate / && mount --bind {folder} {folder}"
        for name in SYSTEM:
            if Path(name).is_dir() and not Path(name).is_symlink():
                yield f"mount -o bind,ro {name} {folder}{name}"
        yield f"mount --rbind /dev {folder}/dev && mount -t proc proc {folder}/proc"
        for name, outside in self.mounts.items():
            (self.folder / name.lstrip("/")).mkdir(parents=True, exist_ok=True)
            yield f"mount --bind {shlex.quote(str(outside))} {folder}{name}"
        for name in self.hidden:
            (self.folder / name.lstrip("/")).mkdir(parents=True, exist_ok=True)
            yield f"mount -t tmpfs -o mode=1777 tmpfs {folder}{name}"
        if read_only:
            yield f"mount -o remount,bind,ro {folder}"
