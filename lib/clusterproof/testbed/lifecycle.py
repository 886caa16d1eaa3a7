"""Starting, finding and removing testbeds."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clusterproof.errors import TestbedError, UsageError
from clusterproof.testbed import processes
from clusterproof.testbed.room import refuse_unless_possible
from clusterproof.testbed.spec import DEFAULT, Spec, differences
from clusterproof.testbed.start import install_addons, programs_for, start
from clusterproof.testbed.state import Testbed, home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Progress = Callable[[str], None]

TRIES = 2
PASSING = {  # what a component's last words hold, and why another try may go better
    "address already in use": "another process has taken a port, trying once more with others",
    "certificate lacks the address": "this machine's addresses changed meanwhile, trying once more",
    "failed to wait for apiserver being healthy": "this machine is too busy to start it in time, trying once more",
}
ROUNDS = 8  # of looking for processes that were started while others were being ended
QUIET = 3  # rounds that find none, of a start that was killed: a process that is just being started has no words yet
PAUSE = 0.05  # seconds


def up(spec: Spec, *, progress: Progress, mirror: str = "") -> Testbed:
    """Start a testbed and return it once it can be used; one of that name and description that runs is returned.

    ``progress`` gets a line now and then; ``mirror`` is a base URL for the programs, see ``binaries``.
    Whatever goes wrong, a half-started testbed is removed again.

    Raises:
        UsageError: one of that name runs and is another one, or an add-on is unknown.
        TestbedError: it could not be started; holds the last lines of what died.
    """
    _know_addons(spec)
    refuse_unless_possible(spec.tier)
    with _alone(spec.name):
        bed = Testbed(spec.name, home() / spec.name)
        if bed.ready:
            return _same(bed, spec)
        _remove(bed)  # left over from a run that was killed, or from before a reboot
        programs = programs_for(spec, progress, mirror)
        progress(f"starting the testbed {spec.name}")
        for left in reversed(range(TRIES)):
            try:
                return _start(bed, spec, programs, progress)
            except TestbedError as error:
                why = next((PASSING[words] for words in PASSING if words in error.message), "")
                if not left or not why:
                    raise
                progress(why)
        raise AssertionError  # the last try has returned or raised


def fetch(spec: Spec, *, progress: Progress, mirror: str = "") -> dict[str, Path]:
    """Get every program of a testbed, and what its add-ons are made from, and start nothing; return the programs.

    A testbed like it starts without network from then on.

    Raises:
        UsageError: an add-on is unknown.
        TestbedError: one of them cannot be had.
    """
    _know_addons(spec)
    programs = programs_for(spec, progress, mirror)
    if spec.addons:
        from clusterproof.testbed import addons  # noqa: PLC0415 - most testbeds have none

        addons.fetch_sources(spec.addons)
    return programs


def down(name: str = DEFAULT) -> bool:
    """Remove a testbed with all its processes and files; return whether there was anything to remove."""
    Spec(name)  # refuses names that would lead out of the folder
    with _alone(name, last=True):
        bed = Testbed(name, home() / name)
        existed = bed.folder.exists()
        _remove(bed)
    return existed


def find(name: str = DEFAULT) -> Testbed:
    """Return a running testbed.

    Raises:
        TestbedError: none of that name runs.
    """
    bed = Testbed(Spec(name).name, home() / name)
    if not bed.ready:
        others = ", ".join(other.name for other in statuses() if other.ready)
        message = f"No testbed named {name!r} runs" + (f"; running are {others}." if others else ".")
        raise TestbedError(message, next_step=f"Start it: clusterproof testbed up --name {name}")
    return bed


def statuses() -> tuple[Testbed, ...]:
    """Return every testbed that has left a folder, running or not."""
    folder = home()
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return tuple(Testbed(each.name, each) for each in found if each.is_dir())


def _know_addons(spec: Spec) -> None:
    if not spec.addons:
        return
    from clusterproof.testbed import addons  # noqa: PLC0415 - most testbeds have none

    for name in spec.addons:
        if name not in addons.names():
            known = ", ".join(addons.names()) or "none"
            raise UsageError(f"There is no add-on {name!r}.", next_step=f"Known are: {known}.")
        for other in addons.needs(name):
            if other not in spec.addons:
                raise UsageError(f"The add-on {name} needs {other}.", next_step=f"Ask for both: {other},{name}.")


def _start(bed: Testbed, spec: Spec, programs: Mapping[str, Path], progress: Progress) -> Testbed:
    began = time.monotonic()
    bed.folder.mkdir(parents=True, mode=0o700)
    # Written first: whatever happens from here on, `down` knows what to look for.
    (bed.folder / "spec.json").write_text(json.dumps(spec.to_mapping()), encoding="utf-8")
    try:
        start(bed, spec, programs)
        install_addons(bed, spec, progress)
    except BaseException:
        _remove(bed)
        raise
    (bed.folder / "ready").write_text(f"{time.monotonic() - began:.3f}", encoding="utf-8")
    return bed


def _same(bed: Testbed, spec: Spec) -> Testbed:
    if bed.spec != spec:
        message = f"A testbed named {spec.name!r} runs already, and it is another one than was asked for"
        message += f": {'; '.join(differences(bed.spec, spec))}."
        raise UsageError(message, next_step=f"clusterproof testbed down --name {spec.name}, or choose another --name.")
    return bed


def _remove(bed: Testbed) -> None:
    """End what is recorded, then what was started and not recorded because we were killed in between."""
    quiet = 1 if bed.ready else QUIET
    processes.stop(bed.folder)
    for _ in range(ROUNDS):
        strays = list(bed.strays())
        processes.kill([*strays, *(child for stray in strays for child in processes.children(stray))])
        quiet -= not strays
        if not quiet:
            break
        time.sleep(PAUSE)
    if (bed.folder / "network.json").exists():
        from clusterproof.testbed import node  # noqa: PLC0415 - most testbeds have no real nodes

        node.remove(bed.folder)
    shutil.rmtree(bed.folder, ignore_errors=True)
    if bed.folder.exists():
        raise TestbedError(
            f"{bed.folder} could not be removed.", next_step="Look for a process that still writes there."
        )


@contextmanager
def _alone(name: str, *, last: bool = False) -> Iterator[None]:
    """Let one process at a time start or stop the testbed of that name; the ``last`` one leaves no lock behind."""
    home().mkdir(parents=True, exist_ok=True, mode=0o700)
    path = home() / f".{name}.lock"
    while True:
        with path.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _is_still(path, lock.fileno()):
                continue  # removed while we waited: whoever comes next would lock another file
            try:
                yield
            finally:
                if last:
                    path.unlink(missing_ok=True)
            return


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
