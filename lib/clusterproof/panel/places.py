"""Where checks can be run: the contexts of a kubeconfig, and the testbed, which the page can start and stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof import parameters, testbed
from clusterproof.errors import ClusterError, TestbedError
from clusterproof.notebook import bench

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterproof.panel.choice import Choice


def contexts(kubeconfig: str) -> tuple[list[str], str]:
    """Return the contexts of a kubeconfig, the usual one if empty, and which of them is the current one.

    Raises:
        ClusterError: it cannot be used; says nothing of its content.
    """
    from kubernetes import config  # noqa: PLC0415 - half a second that the page need not wait for

    try:
        every, current = config.list_kube_config_contexts(kubeconfig or None)
    except Exception as error:  # noqa: BLE001 - the loader lets parser, type and file errors through as they are
        raise ClusterError(
            f"The kubeconfig {kubeconfig or '~/.kube/config'} cannot be used ({type(error).__name__}).",
            next_step="Name a readable one, or use the testbed.",
        ) from None
    return [str(each["name"]) for each in every], str(current["name"])


def running_testbed() -> str:
    """Return the kubeconfig of the testbed that runs; empty if none does."""
    try:
        return str(testbed.find().kubeconfig)
    except TestbedError:
        return ""


def start_testbed(choice: Choice, say: Callable[[str], None]) -> str:
    """Start the testbed of the choice's platform, or take the one that runs, and return its kubeconfig.

    Raises:
        KitError: it could not be started; nothing is left of it.
    """
    platform = parameters.load(choice.platform)
    return str(bench.start_testbed(platform, parameters.merge(platform, choice.values), say).kubeconfig)


def stop_testbed() -> None:
    """Remove the testbed."""
    testbed.down()
