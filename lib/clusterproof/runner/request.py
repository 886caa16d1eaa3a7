"""What a run is asked for, checked before anything is created."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from clusterproof import parameters, redact
from clusterproof.bench.choice import AUTO, CHOSEN_BY
from clusterproof.bench.own_files import look_at_own_files
from clusterproof.checklist import check_template, ids, requirements, unknown_id
from clusterproof.cluster.connection import IN_CLUSTER
from clusterproof.cluster.labels import new_run_id
from clusterproof.errors import UsageError
from clusterproof.manifest import backend_names
from clusterproof.nearest import meant
from clusterproof.runner.source import NEEDED, Source, find, own_notebooks, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from clusterproof.parameters import Platform, Values

LONGEST = 80  # characters of a wrong value that a message quotes


@dataclass(frozen=True)
class Request:
    """One run."""

    platform: Platform
    values: Values
    notebooks: tuple[Source, ...]
    folder: Path
    """The run folder; empty or not there yet."""
    checklist: str = "1.37"
    kubeconfig: str = ""
    context: str = ""
    only: tuple[str, ...] = ()
    """Requirement ids; empty: all that the notebooks check."""
    changes: dict[str, Any] = field(default_factory=dict)
    """Values that differ from the platform's."""
    own: dict[str, Any] = field(default_factory=dict)
    """Parameters of the notebooks' own, which are no values of the kit's."""
    template: str | None = None
    """Text of the official checklist to fill."""
    run_id: str = field(default_factory=new_run_id)

    @classmethod
    def of(  # noqa: PLR0913 - the words of a command
        cls,
        *,
        folder: Path,
        platform: str,
        notebooks: Sequence[str] = (),
        only: Sequence[str] = (),
        changes: Mapping[str, Any] | None = None,
        checklist: str = "1.37",
        template: str | None = None,
        **more: str,
    ) -> Self:
        """Return a checked request; ``more`` are kubeconfig, context and run_id.

        Raises:
            UsageError: something is unknown, of the wrong type, or the folder holds something else.
        """
        requirements(checklist)  # refuses a version that the kit does not know
        chosen = parameters.load(platform)
        _refuse_nowhere(chosen, more)
        sources = _sources(notebooks, only)
        declared = {name for source in sources for name in source.parameters} - set(NEEDED)
        own = {name: value for name, value in (changes or {}).items() if name in declared}
        _refuse_reserved(changes or {})
        rest = {name: value for name, value in (changes or {}).items() if name not in own}
        values = parameters.merge(chosen, rest)
        look_at_own_files()
        _refuse_backends(values)
        if template is not None:
            check_template(template, checklist)
        _refuse_filled(folder)
        return cls(
            chosen, values, sources, folder, checklist, only=tuple(only), changes=parameters.parsed(rest),
            own=_typed(own, sources), template=template, **more,
        )  # fmt: skip

    @property
    def covered(self) -> tuple[str, ...]:
        """Ids that the chosen notebooks check and that were asked for."""
        called = dict.fromkeys(each for source in self.notebooks for each in source.requirements)
        return tuple(each for each in called if not self.only or each in self.only)

    def words(self) -> tuple[str, ...]:
        """Return the words that repeat this run, beside platform and checklist; paths are the user's own affair."""
        own = (source.name for source in self.notebooks if source.path not in own_notebooks())
        where = ["--kubeconfig", "FILE"] if self.kubeconfig else []
        where = ["--in-cluster"] if self.kubeconfig == IN_CLUSTER else where
        where += ["--context", self.context] if self.context else []
        only = ["--only", ",".join(self.only)] if self.only else []
        changed = {**self.changes, **self.own}.items()
        values = (word for name, value in changed for word in ("-p", f"{name}={redact.text(str(value))}"))
        template = ["--template", "FILE"] if self.template is not None else []
        return (*own, *where, *only, *values, *template)

    def handed_over(self, source: Source, kubeconfig: str) -> dict[str, Any]:
        """Return the parameters that a notebook gets."""
        own = {name: value for name, value in self.own.items() if name in source.parameters}
        platform = self.platform.reference
        return {
            "platform": platform, "kubeconfig": kubeconfig, "context": self.context, "run_id": self.run_id,
            "only": list(self.only), "values": self.changes, **own,
        }  # fmt: skip


def _refuse_nowhere(platform: Platform, more: Mapping[str, str]) -> None:
    """Refuse a run that names no cluster: whatever KUBECONFIG names may be production, and nobody has said so."""
    named = more.get("kubeconfig") or more.get("context")
    if platform.testbed is None and not named:
        raise UsageError(
            f"The platform {platform.name} describes no testbed, and no cluster is named.",
            next_step="Name one with --kubeconfig FILE or --context NAME, or a pod's own with --in-cluster; KUBECONFIG "
            "alone names none here.",
        )


def _sources(notebooks: Sequence[str], only: Sequence[str]) -> tuple[Source, ...]:
    for each in only:
        if each not in ids():
            raise unknown_id(each)
    sources = tuple(read(path) for path in dict.fromkeys([find(name) for name in notebooks] or own_notebooks()))
    names = [source.name for source in sources]
    if len(set(names)) < len(names):
        raise UsageError("Two of the notebooks have the same name, and one run folder cannot hold both.")
    if notebooks or not only:
        return sources
    return tuple(source for source in sources if set(only) & set(source.requirements))


def _refuse_backends(values: Values) -> None:
    for requirement, name in CHOSEN_BY.items():
        wanted = getattr(values, name)
        known = [AUTO, *backend_names(requirement)]
        if wanted not in known:
            said = f"There is no {name} {wanted[:LONGEST]!r}{meant(wanted, known)}"
            raise UsageError(said, next_step=f"Known are {', '.join(known)}.")


def _refuse_reserved(changes: Mapping[str, Any]) -> None:
    for name in changes:
        if name in NEEDED:
            raise UsageError(
                f"The parameter {name} is set by the run itself.", next_step=f"Use --{name.replace('_', '-')}."
            )


def _typed(own: Mapping[str, Any], sources: Sequence[Source]) -> dict[str, Any]:
    """Return the notebooks' own parameters as what their defaults are; papermill would pass on any text."""
    defaults = {name: value for source in sources for name, value in source.parameters.items()}
    return {name: _as(type(defaults[name]), name, value) for name, value in own.items()}


def _as(kind: type, name: str, value: Any) -> Any:
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - only a notebook with parameters of its own

    if kind is type(None) or not isinstance(value, str):
        return value
    read_value = value if kind is str else parameters.parse_value(name, value)
    try:
        return TypeAdapter(kind).validate_python(read_value)
    except ValidationError as error:
        shown = repr(value) if len(value) <= LONGEST else f"{value[:LONGEST]!r}…"
        raise UsageError(f"The notebook's parameter {name} is of type {kind.__name__}, and {shown} is not.") from error


def _refuse_filled(folder: Path) -> None:
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(
                f"{folder} is not empty, and a run must not mix with another one's files.",
                next_step="Name another folder with --out, or leave it out: each run gets one of its own.",
            )
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
            raise UsageError(f"{folder} cannot be written into.", next_step="Name another folder with --out.")
    except OSError as error:
        raise UsageError(f"{folder} cannot be used: {error.strerror}.") from error
