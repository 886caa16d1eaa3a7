"""Submitting an object through the Python client that users of an operator use, named in the manifest as data."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.errors import ClusterError, KitError

if TYPE_CHECKING:
    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]


@dataclass(frozen=True)
class _Body:
    """What the client's own decoder reads an object from."""

    data: str


def submit(cluster: Cluster, settings: Item, item: Item) -> None:
    """Create one object with the client that ``settings`` name.

    ``settings``: ``client`` as ``module:Class``, ``model`` and ``kind``, words of that client.

    Raises:
        KitError: the client is not installed, or does not know the model.
        ClusterError: the server refused, with its message.
    """
    namespace = item["metadata"]["namespace"]
    try:
        module, _, name = settings["client"].partition(":")
        client = getattr(importlib.import_module(module), name)(
            client_configuration=cluster.configuration, namespace=namespace, job_kind=settings["kind"]
        )
        model = client.api_client.deserialize(_Body(json.dumps(item)), settings["model"])
    except (ImportError, AttributeError, ValueError) as error:
        message = f"The client {settings['client']} cannot be used: {error}."
        raise KitError(message, next_step="Install the kit with its dependencies: make evaluate.") from error
    try:
        client.create_job(model, namespace=namespace)
    except (RuntimeError, TimeoutError) as error:
        cause = error.__cause__
        status = int(getattr(cause, "status", 0) or 0)
        raise ClusterError(_said(cause) or str(error), status=status) from error


def _said(cause: BaseException | None) -> str:
    """Return the server's own message, which the client's error has somewhere inside a longer text."""
    try:
        return str(json.loads(getattr(cause, "body", None) or "{}")["message"])
    except (ValueError, KeyError, TypeError):
        return ""
