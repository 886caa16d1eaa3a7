"""Building programs from the Go modules that the package pins."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from clusterproof import paths
from clusterproof.errors import TestbedError
from clusterproof.stopping import held
from clusterproof.testbed.programs import Program, main_module, module_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

GO_AT_LEAST = (1, 26)
TELL_EVERY = 15.0  # seconds
FLAGS = ("-trimpath", "-gcflags=all=-dwarf=false")  # without debugging data the linker is quicker by a third


def go() -> str:
    """Return the path of a Go that is new enough.

    Raises:
        TestbedError: there is none.
    """
    found = shutil.which("go")
    if not found:
        raise TestbedError("no `go` in PATH")
    said = subprocess.run([found, "version"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"go(\d+)\.(\d+)", said)
    if not number or (int(number[1]), int(number[2])) < GO_AT_LEAST:
        wanted = ".".join(map(str, GO_AT_LEAST))
        raise TestbedError(f"{found} is {said.strip() or 'not usable'}, and Go {wanted} or later is needed")
    return found


def build(programs: Sequence[Program], targets: Sequence[Path], *, progress: Callable[[str], None]) -> None:
    """Build programs of one module and move them to their places in the cache.

    Raises:
        TestbedError: no Go, or the build failed (with its last lines).
    """
    if not programs[0].module:
        distribution = programs[0].wheel.get("distribution", "?")
        raise TestbedError(f"it comes as a Python wheel: pip install {distribution}")
    names = ", ".join(program.name for program in programs)
    progress(f"building {names} {programs[0].version} from source (minutes, once)")
    targets[0].parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=targets[0].parent, prefix=".build-") as folder:
        for program, target in zip(programs, targets, strict=True):
            built = Path(folder) / program.name
            _run(program, built, progress)
            built.replace(target)


def _run(program: Program, built: Path, progress: Callable[[str], None]) -> None:
    flags = ["-tags", program.tags, "-ldflags", f"-s -w {program.ldflags}".strip()]
    flags += ["-modfile", str(_edited(program, built.parent))] if program.edits else []
    command = [go(), "build", *FLAGS, *flags, "-o", str(built), program.package]
    # GOGC: the compiler may use more memory and is a third quicker for it.
    speed = os.environ.get("GOGC", "800")
    environment = {**os.environ, "CGO_ENABLED": str(int(program.cgo)), "GOGC": speed, "GOFLAGS": "-buildvcs=false"}
    started = time.monotonic()
    code, output = _output(
        command,
        module_folder(program.module),
        environment,
        lambda spent: progress(f"still building {program.name}, {spent:.0f} s"),
    )
    if code:
        last = " / ".join(output.strip().splitlines()[-3:])
        raise TestbedError(f"go build of {program.package} failed: {last}")
    progress(f"built {program.name} in {time.monotonic() - started:.0f} s")


def _edited(program: Program, folder: Path) -> Path:
    """Write a changed copy of the module's source, and a go.mod that uses it instead; the module itself stays as it is.

    Raises:
        TestbedError: a text is not there as often as expected: the edit was made for another version.
    """
    path, copy = main_module(program.module), folder / "edited"
    shutil.copytree(module_dir(program.module), copy, copy_function=shutil.copyfile)
    for made in (copy, *copy.rglob("*")):
        made.chmod(0o700)  # the originals may not be written
    for edit in program.edits:
        file = copy / edit["file"]
        text = file.read_text(encoding="utf-8")
        if text.count(edit["replace"]) != edit["times"]:
            raise TestbedError(f"{edit['file']} of {program.name} has {edit['replace']!r} not {edit['times']} times")
        file.write_text(text.replace(edit["replace"], edit["by"]), encoding="utf-8")
    for name in ("go.mod", "go.sum"):
        shutil.copyfile(module_folder(program.module) / name, folder / name)
    with (folder / "go.mod").open("a", encoding="utf-8") as out:
        out.write(f"\nreplace {path} => {copy}\n")
    return folder / "go.mod"


def _output(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], tell: Callable[[float], None]
) -> tuple[int, str]:
    """Run a command and return its exit code and output; whoever interrupts us ends it with all of its children."""
    with ExitStack() as stack:
        with held():  # until we are bound to end it: a signal on the way would leave a compiler that nobody knows
            process = stack.enter_context(_popen(command, folder, environment))
            stack.push(lambda kind, *_: os.killpg(process.pid, signal.SIGKILL) if kind else None)
        output = _communicate(process, tell)
    return process.returncode, output


def _popen(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _communicate(process: subprocess.Popen[str], tell: Callable[[float], None]) -> str:
    started = time.monotonic()
    while True:
        try:
            return process.communicate(timeout=TELL_EVERY)[0]
        except subprocess.TimeoutExpired:
            tell(time.monotonic() - started)


def module_dir(module: str, path: str = "") -> Path:
    """Return the folder with the source of a pinned Go module, for the manifests in it.

    ``module`` is a folder under ``modules/``; ``path`` the Go module, by default the one the folder is there for.

    Raises:
        TestbedError: no Go, or the module cannot be had.
    """
    path = path or main_module(module)
    notes = paths.cache() / "modules.json"  # asking Go takes half a second
    known = _read(notes)
    key = f"{module}:{_digest(module)}:{path}"
    if Path(known.get(key, "/nonexistent")).is_dir():
        return Path(known[key])
    command = [go(), "mod", "download", "-json", path]
    said = subprocess.run(command, cwd=module_folder(module), capture_output=True, text=True, check=False)
    answer = json.loads(said.stdout or "{}")
    if said.returncode or "Dir" not in answer:
        raise TestbedError(f"The source of {path} cannot be had: {answer.get('Error') or said.stderr.strip()[-300:]}.")
    notes.parent.mkdir(parents=True, exist_ok=True)
    draft = notes.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    draft.write_text(json.dumps({**known, key: answer["Dir"]}), encoding="utf-8")
    draft.replace(notes)
    return Path(answer["Dir"])


def _read(notes: Path) -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads(notes.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none yet, or cut short: Go is asked again
        return {}
    return known


def _digest(module: str) -> str:
    return hashlib.sha256((module_folder(module) / "go.mod").read_bytes()).hexdigest()[:16]
