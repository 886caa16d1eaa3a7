"""What can be the name of an accelerator in a pod's requests, and which one somebody may have meant."""

from __future__ import annotations

import re

from clusterproof import paths
from clusterproof.manifest import read_yaml
from clusterproof.nearest import nearest

BY_CLASS = "deviceclass.resource.kubernetes.io/"
"""Beginning of the extended resources by which every DeviceClass can be asked for, followed by its name."""
_RESERVED = "kubernetes.io/"  # wherever it stands, as Kubernetes itself decides
_QUOTA = "requests."
_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_QUALIFIED = re.compile(rf"(?=[^/]{{1,253}}/){_LABEL}(\.{_LABEL})*/[A-Za-z0-9]([-\w.]{{0,61}}[A-Za-z0-9])?", re.ASCII)
_OF_CLASS = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")


def extended_resource(name: str) -> str:
    """Return a name that may be an extended resource's, or an empty text.

    Everything without a domain (cpu, memory, hugepages-2Mi, pods) and everything of kubernetes.io is Kubernetes' own
    and no accelerator; only the names of DeviceClasses are the exception.

    Raises:
        ValueError: it is none, with the nearest one that the table of accelerators knows.
    """
    if not name or is_extended(name):
        return name
    near = nearest(name.removeprefix(_QUOTA), _known())
    hint = f"did you mean {near!r}?" if near else "a device plugin's has the form DOMAIN/NAME."
    raise ValueError(f"it is no extended resource, so no accelerator; {hint}")


def is_extended(name: str) -> bool:
    """True if devices can be asked for by this name."""
    if name.startswith(BY_CLASS):
        return bool(_OF_CLASS.fullmatch(name.removeprefix(BY_CLASS)))
    return bool(_QUALIFIED.fullmatch(name)) and _RESERVED not in name and not name.startswith(_QUOTA)


def _known() -> list[str]:
    """Return the names in the table that are no patterns."""
    rows = read_yaml(paths.PACKAGE / "cluster" / "accelerators.yaml")["vendors"]
    return [name for row in rows for name in row["resources"] if not set(name) & set("*?[")]
