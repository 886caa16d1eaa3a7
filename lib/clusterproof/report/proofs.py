"""Proofs that lie in a run folder: what `clusterproof prove` has seen of the checks, read back for the pages."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from clusterproof import serial

if TYPE_CHECKING:
    from pathlib import Path

    from clusterproof.prove.mutant import Mutant

FILE = "prove.json"
_LARGEST = 32 << 20  # bytes; the proof of every check has two million


@dataclass(frozen=True)
class Trial:
    """One check on one testbed, as the file tells of it; what else it tells is not read."""

    requirement: str
    testbed: str
    """Name of the mutant, or of the testbed that is not broken."""
    expected: str
    """The claim that had to turn false; empty on the good testbed."""
    seen: str
    ok: bool


@dataclass(frozen=True)
class Proof:
    """What one file says, or why it says nothing."""

    kit_version: str = ""
    started: str = ""
    tier: str = ""
    trials: tuple[Trial, ...] = ()
    file: str = ""
    """Where it lies in the run folder."""
    problem: str = ""
    """Why it could not be read; empty if it was."""

    def trial(self, mutant: Mutant) -> Trial | None:
        """Return what was seen on a mutant, unless another claim than its own had to turn false there."""
        return self._by_name.get((mutant.requirement, mutant.name, mutant.caught_by))

    @cached_property
    def _by_name(self) -> dict[tuple[str, str, str], Trial]:
        return {(each.requirement, each.testbed, each.expected): each for each in self.trials}


def proofs_in(folder: Path) -> tuple[Proof, ...]:
    """Return the proofs of a run folder, also of folders in it; one that cannot be read says so."""
    files = sorted({*folder.glob(FILE), *folder.glob(f"*/{FILE}")})
    return tuple(_read(file, file.relative_to(folder).as_posix()) for file in files)


def _read(file: Path, name: str) -> Proof:
    from pydantic import ValidationError  # noqa: PLC0415 - only reading needs it

    try:
        if file.stat().st_size > _LARGEST:
            return Proof(file=name, problem="it is larger than any proof")
        return replace(serial.load(Proof, json.loads(file.read_text("utf-8"))), file=name, problem="")
    except OSError as error:
        return Proof(file=name, problem=error.strerror or "it cannot be read")
    except ValidationError:
        return Proof(file=name, problem="it is not what clusterproof prove writes")
    except (ValueError, RecursionError):
        return Proof(file=name, problem="it is not JSON")
