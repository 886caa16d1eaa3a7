"""Sign a run folder that still is what the run wrote."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from clusterproof.attest import envelope, files, statement
from clusterproof.errors import UsageError, unwritable
from clusterproof.report import load_report
from clusterproof.report.digests import digests as written_digests
from clusterproof.report.store import ATTESTATION, MANIFEST, PASSING
from clusterproof.report.vouched import refuse_of_a_run

if TYPE_CHECKING:
    from pathlib import Path

    from clusterproof.attest.keys import Private

_SHOWN = 10  # names in one sentence


def default_file(folder: Path) -> Path:
    """Return where the attestation of a run folder lies unless another place is named."""
    return folder / ATTESTATION


def attest(folder: Path, key: Private, target: Path, *, keyid: str = "", force: bool = False) -> statement.Statement:
    """Write a signed statement over every file of a run folder, and return what it says.

    Args:
        folder: the run folder.
        key: what to sign with.
        target: the file to write; it is not part of what is attested, wherever it lies.
        keyid: a hint for readers which key it was; the key's own digest unless given.
        force: True where a file that is there may be replaced.

    Raises:
        UsageError: there is no run in the folder, it is not what the run wrote, or the target is there already, or is
            part of a run.
        KitError: something cannot be read or written.
    """
    if (target.exists() or target.is_symlink()) and not force:
        raise UsageError(
            f"{target} is there already.", next_step="Replace it with --force, or name another with --out."
        )
    folder = folder.resolve()
    own = target.parent.resolve() / target.name
    if own != default_file(folder):
        refuse_of_a_run([target])
    report = load_report(folder)
    found = files.find(folder, attestation=own)
    _refuse_strange(found)
    _refuse_changed(folder, found.digests)
    payload = statement.dump(found.digests, report)
    _write(target, envelope.dump(envelope.seal(payload, key, keyid or key.public.keyid)))
    return statement.load(payload)


def _refuse_strange(found: files.Found) -> None:
    if found.strange:
        told = [f"{name}: {why}" for name, why in found.strange.items()]
        raise UsageError(
            f"The folder holds what cannot be signed. {_some(told, '; ')}.",
            next_step="Remove it, or write the folder anew: clusterproof judge RUN.",
        )


def _refuse_changed(folder: Path, digests: dict[str, str]) -> None:
    """Refuse to sign what somebody has changed since the run: a signature must not make it look like the run's own."""
    written = {name: digest for name, digest in written_digests(folder).items() if name != ATTESTATION}
    now = {name: digest for name, digest in digests.items() if name not in {MANIFEST, ATTESTATION}}
    wrong = [f"{name} was changed" for name in written if name in now and now[name] != written[name]]
    wrong += [f"{name} is missing" for name in written if name not in now]
    wrong += [f"{name} was added" for name in now if name not in written]
    if wrong:
        raise UsageError(
            f"The folder is not what the run wrote, so it is not signed: {_some(wrong, ', ')}.",
            next_step=f"{MANIFEST} holds what the run wrote. Bring the files back or remove what was added.",
        )


def _write(target: Path, data: bytes) -> None:
    """Write under a passing name first: a reader finds the whole of it, or the one before."""
    passing = target.with_name(f".{target.name}{PASSING}")
    try:
        with passing.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        passing.replace(target)
    except OSError as error:
        with suppress(OSError):
            passing.unlink(missing_ok=True)
        raise unwritable(target, error) from error


def _some(names: list[str], between: str) -> str:
    rest = len(names) - _SHOWN
    return between.join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
