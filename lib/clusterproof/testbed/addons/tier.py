"""What differs for an add-on where a testbed has real nodes: containers run there, and nobody stands in for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path


def tier_values(folder: Path, server: str) -> dict[str, Any]:
    """Return what the table's holes and its ``if`` are filled with; what is not there is empty.

    ``stand_ins``: local processes answer in place of pods; ``real``: pods answer themselves; ``probe``: the image that
    real nodes have; ``door``: where their pods reach the API server, which listens on loopback itself.
    """
    if not (folder / "network.json").exists():
        return {"stand_ins": True, "real": "", "probe": "", "door": ""}
    from clusterproof.testbed.node.images import IMAGE  # noqa: PLC0415 - most testbeds have no real nodes
    from clusterproof.testbed.node.network import Plan  # noqa: PLC0415
    from clusterproof.testbed.node.remove import plan_file  # noqa: PLC0415

    network = Plan.load(plan_file(folder))
    door = f"https://{network.gateway}:{urlsplit(server).port}" if network else ""
    return {"stand_ins": "", "real": True, "probe": IMAGE, "door": door}
