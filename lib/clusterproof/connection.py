"""From a kubeconfig to a client, and from an answer to a dict or an error: the edges of the official client."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote

from clusterproof.errors import ClusterError

def client(kubeconfig: str, context: str) -> Any:
    """Return an API client; see Cluster.connect.

    Raises:
        ClusterError: no usable configuration.
    """
    from kubernetes import client as api
    from kubernetes import config  # noqa: PLC0415 - 0.4 s that `list` and `--help` need not wait for

    settings = api.Configuration()
    settings.connection_pool_maxsize = 32  # one connection per running watch, and some for calls
    try:
        if not kubeconfig and not os.environ.get("KUBECONFIG") and "KUBERNETES_SERVICE_HOST" in os.environ:
            config.load_incluster_config(client_configuration=settings)
        else:
            config.load_kube_config(kubeconfig or None, context or None, client_configuration=settings)
    except Exception as error:  # the loader lets parser, type and file errors through as they are
        where = kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
        raise ClusterError(
            f"The kubeconfig {where} cannot be used: {_first_line(error)}",
            next_step="Name a readable file with --kubeconfig and one of its contexts with --context, or give neither "
            "and use the testbed: clusterproof run --platform testbed.",
        ) from error
    return api.ApiClient(settings)


def _first_line(error: BaseException) -> str:
    # Only the kind of a parser's error: its text quotes the file, and the file holds secrets.
    if type(error).__module__.startswith("yaml"):
        return "it is not valid YAML."
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def unreachable(host: str, error: Exception) -> ClusterError:
    """Return the error for a server that did not answer."""
    return ClusterError(
        f"The API server at {quote(host, safe=':/.[]-')} did not answer: {type(error).__name__}.",
        reason="Unreachable",
        next_step="See whether `kubectl get --raw /readyz` answers from here with the same kubeconfig and context.",
    )


_ADVICE = {
    401: "The credentials were refused: log in again, or renew the token in the kubeconfig.",
    403: "Ask the cluster's administrator for this verb on this resource.",
}


def decoded(answer: Any, method: str, path: str) -> dict[str, Any]:
    """Return the body of an answer as a dict.

    Raises:
        ClusterError: the status says that it was refused.
    """
    text = (answer.data if answer.data is not None else b"").decode(errors="replace")
    try:
        data = json.loads(text) if text else {}
    except json.JSONDecodeError:
        data = {"message": text[:300]}
    if not isinstance(data, dict):
        data = {"message": text[:300]}
    if answer.status < 400:  # noqa: PLR2004
        return data
    raise ClusterError(
        str(data.get("message") or f"{method} {path}: HTTP {answer.status}"),
        status=answer.status,
        reason=str(data.get("reason", "")),
        next_step=_ADVICE.get(answer.status, ""),
    )
