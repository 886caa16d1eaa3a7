"""`clusterproof list`: what the kit knows, without importing or running anything of it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from clusterproof import checklist as lists
from clusterproof import registry
from clusterproof.cli.run import Checklist  # noqa: TC001 - typer reads it

HEAD = ("LEVEL", "REQUIREMENT", "CHECKED AFTER")
NOTE = """KAR-n: requirement n of kubernetes-sigs/ai-conformance, which says how it is to be tested.
BEYOND: the kit can check it, and this version of the checklist does not ask for it."""


def show(
    checklist: Checklist = "1.37", *, as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False
) -> None:
    """List the requirements of a checklist, and which of them the kit can check."""
    rows = [*_rows(checklist)]
    if as_json:
        typer.echo(json.dumps({"checklist": checklist, "requirements": rows}, indent=2))
        return
    width = max(len(row["id"]) for row in rows)
    told = [(row["level"], row["id"], row["probe"] or row["check"] or "no check yet") for row in rows]
    for level, requirement, how in [HEAD, *told]:
        typer.echo(f"{level:6}  {requirement:{width}}  {how}")
    typer.echo(f"\n{NOTE}")


def _rows(version: str) -> list[dict[str, Any]]:
    checks = {check.requirement: check for check in registry.declared()}
    items = list(lists.requirements(version))
    others = set(checks) & set(lists.ids()) - {item.id for item in items}  # an id that no version knows cannot be run
    more = [lists.beyond(version, name) for name in sorted(others)]
    return [
        {
            "id": item.id, "level": item.level.value, "category": item.category, "title": item.title,
            "check": checks[item.id].name if item.id in checks else "",
            "probe": checks[item.id].probe if item.id in checks else "",
            "about": checks[item.id].about if item.id in checks else "",
        }
        for item in items + more
    ]  # fmt: skip
