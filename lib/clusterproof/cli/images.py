"""`clusterproof images`: what a run would have the cluster pull, for those who have to bring it there themselves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from clusterproof.cli.plan import planned
from clusterproof.cli.run import Context, InCluster, Kubeconfig, Only, Parameters, PlatformName  # noqa: TC001 - typer reads them
from clusterproof.cli.words import cluster_named

if TYPE_CHECKING:
    from clusterproof.parameters import Values
    from clusterproof.plan import Item

MIRROR = (
    "To mirror them, copy each one, for all architectures of your nodes, to your registry under the last part of its "
    "name with its tag, and run with -p image_registry_prefix REGISTRY/PATH."
)


@dataclass(frozen=True)
class _Row:
    image: str
    """As the cluster has to pull it."""
    published_as: str
    """Where it comes from."""
    checks: tuple[str, ...]


def images(  # noqa: PLR0913 - the options of a command
    platform: PlatformName = "",
    kubeconfig: Kubeconfig = "",
    context: Context = "",
    only: Only = "",
    parameter: Parameters = None,
    *,
    in_cluster: InCluster = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """List the images that a run would have the cluster pull; nothing is created or pulled."""
    values, items = planned(
        platform, cluster_named(kubeconfig, context, in_cluster=in_cluster), context, only, parameter
    )
    rows = _rows(values, items)
    if as_json:
        typer.echo(json.dumps({"images": [vars(row) for row in rows]}, indent=2))
        return
    for row in rows:
        typer.echo(row.image)
    if rows:
        typer.echo(_hint(values, rows), err=True)


def _rows(values: Values, items: tuple[Item, ...]) -> list[_Row]:
    known = values.images()
    makers = {known[name]: original for name, original in values.originals().items()}
    found = sorted({image for item in items for image in item.images})
    return [
        _Row(image, makers.get(image, image), tuple(item.requirement for item in items if image in item.images))
        for image in found
    ]


def _hint(values: Values, rows: list[_Row]) -> str:
    if not values.image_registry_prefix:
        return MIRROR
    copies = "\n".join(f"  {row.published_as} as {row.image}" for row in rows if row.image != row.published_as)
    return f"To mirror them, copy, for all architectures of your nodes:\n{copies}" if copies else ""
