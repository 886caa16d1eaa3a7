"""What several commands read from a command line, or write, in the same way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer  # noqa: TC002 - typer reads the hints of a callback

from clusterproof.errors import UsageError


def without_v(version: str) -> str:
    """Return a version of the checklist as the kit writes it, from v1.37 also."""
    return version.removeprefix("v")


def some_ids(context: typer.Context, text: str) -> str:
    """Refuse a list of requirements that was given and names none: it would mean all of them.

    Raises:
        UsageError: it is such a list.
    """
    given = getattr(context.get_parameter_source("only"), "name", "") == "COMMANDLINE"
    if given and not listed(text):
        raise UsageError("--only names no requirement.", next_step="List them with: clusterproof list")
    return text


def listed(text: str) -> tuple[str, ...]:
    """Return the words of a list with commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def as_json_text(data: Any, indent: int | None = 2) -> str:
    """Return JSON in which no string is a command of GitHub Actions' (``harmless``); it means what it meant."""
    return json.dumps(data, indent=indent).replace("##[", r"#\u0023[")


def cluster_named(kubeconfig: str, context: str, *, in_cluster: bool) -> str:
    """Return what to connect with: an absolute path, since the kernels work in another folder; empty if none is named.

    Raises:
        UsageError: two clusters are named.
    """
    if not in_cluster:
        return str(Path(kubeconfig).expanduser().absolute()) if kubeconfig else ""
    if kubeconfig or context:
        raise UsageError(
            "With --in-cluster the cluster is the one that this pod runs in; --kubeconfig and --context name another.",
            next_step="Leave out one of them.",
        )
    from clusterproof.cluster.connection import IN_CLUSTER  # noqa: PLC0415

    return IN_CLUSTER
