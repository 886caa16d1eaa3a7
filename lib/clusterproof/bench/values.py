"""Values that every manifest template may use."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from clusterproof import paths
from clusterproof.manifest import fill, read_yaml

if TYPE_CHECKING:
    from clusterproof.parameters import Values


@lru_cache(maxsize=1)
def fragments() -> dict[str, Any]:
    """Return the parts that templates share, by name."""
    shared: dict[str, Any] = read_yaml(paths.manifests() / "fragments.yaml")
    return shared


def template_values(values: Values, own: dict[str, Any]) -> dict[str, Any]:
    """Return the names that templates use in ``${…}``: parameters, what the check adds, and the shared fragments."""
    names = {
        **values.images(),
        "pull_secrets": [{"name": values.image_pull_secret}] if values.image_pull_secret else None,
        "node_selector": values.node_selector or None,
        "affinity": None,
        "told": "{}",
        "resource": "",
        "looker": "",  # what a container runs to look around, and what it is told to look for
        "look": "",
        **own,
    }
    for fragment, tree in fragments().items():  # a later one may use the earlier ones
        names[fragment] = fill(tree, names)
    return names
