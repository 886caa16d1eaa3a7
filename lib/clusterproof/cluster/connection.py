"""From a kubeconfig to a client, and from an answer to a dict or an error: the edges of the official client."""

from __future__ import annotations

import json
import os
import re
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from clusterproof import redact
from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_CLUSTER = "in-cluster"
"""In the place of a kubeconfig's path: the service account of the pod that we run in, whatever KUBECONFIG says."""
HOST = "KUBERNETES_SERVICE_HOST"
SOONEST, USUAL = 0.1, 1.0  # seconds until the next try, whatever the server says, and where it says nothing


def client(kubeconfig: str, context: str) -> Any:
    """Return an API client; see Cluster.connect.

    Raises:
        ClusterError: no usable configuration.
    """
    from kubernetes import client as api  # noqa: PLC0415 - 0.4 s that `list` and `--help` need not wait for
    from kubernetes import config  # noqa: PLC0415

    settings = api.Configuration()
    settings.connection_pool_maxsize = 32  # one connection per running watch, and some for calls
    try:
        if _in_cluster(kubeconfig):
            config.load_incluster_config(client_configuration=settings)
        else:
            if kubeconfig:  # the loader says of a file that is not there that it is invalid
                Path(kubeconfig).open("rb").close()
            config.load_kube_config(kubeconfig or None, context or None, client_configuration=settings)
        return api.ApiClient(settings)
    except Exception as error:  # noqa: BLE001 - the loader lets parser, type and file errors through as they are
        raise _unusable(kubeconfig, error) from None  # a traceback would quote the file, and the file holds secrets


def _in_cluster(kubeconfig: str) -> bool:
    unnamed = not kubeconfig and not os.environ.get("KUBECONFIG") and HOST in os.environ
    return kubeconfig == IN_CLUSTER or unnamed


def _unusable(kubeconfig: str, error: Exception) -> ClusterError:
    if kubeconfig == IN_CLUSTER:
        return ClusterError(
            f"The service account of this pod cannot be used: {_why(error)}",
            next_step="Give the pod a serviceAccountName, and do not set automountServiceAccountToken to false; where "
            "this is no pod, name a file with --kubeconfig.",
        )
    where = kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
    return ClusterError(
        f"The kubeconfig {where} cannot be used: {_why(error)}",
        next_step="Name a readable file with --kubeconfig and one of its contexts with --context, or give neither "
        "and use the testbed: clusterproof run --platform testbed.",
    )


def _why(error: Exception) -> str:
    """Say what is wrong with a kubeconfig without a word of its content."""
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__}."
    if type(error).__module__.startswith("yaml"):
        return "it is not valid YAML."
    if type(error).__module__.startswith("kubernetes"):  # whose messages may end in a whole entry of the file
        first = (str(error).splitlines() or [""])[0]
        said = redact.text(re.split(r" in \S*[{/]|[{\[]", first)[0])[:200].rstrip(". ")
        return f"{said}."
    return f"it has not the form of a kubeconfig ({type(error).__name__})."


def unreachable(host: str, error: Exception) -> ClusterError:
    """Return the error for a server that did not answer."""
    return ClusterError(
        f"The API server at {quote(redact.text(str(host)), safe=':/.[]-@')} did not answer: {type(error).__name__}.",
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
        ClusterError: the status says that it was refused, or the body is no JSON object.
    """
    text = (answer.data if answer.data is not None else b"").decode(errors="replace")
    data = _object(text) if text else {}
    where = f"{method} {path}: HTTP {answer.status}"
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        if data is None:
            raise ClusterError(
                f"{where}, and no JSON object but {_glimpse(text)!r}.",
                status=answer.status,
                reason="NoObject",
                next_step="Something else than an API server answers there: look at the server of the kubeconfig.",
            )
        return data
    refused = data or {}
    raise ClusterError(
        str(refused.get("message") or (where if data is not None else f"{where}: {_glimpse(text)}")),
        status=answer.status,
        reason=str(refused.get("reason") or ""),
        next_step=_ADVICE.get(answer.status, ""),
    )


def _object(text: str) -> dict[str, Any] | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _glimpse(text: str) -> str:
    """Return the first words of a text, which may be the HTML page of a proxy."""
    return " ".join(re.sub(r"<[^>]*>", " ", text[:2000]).split())[:200]


def pause(answer: Any) -> float:
    """Return the seconds until the next try that a busy server asks for."""
    said = str(answer.headers.get("Retry-After") or "")
    return max(SOONEST, float(said)) if said.isdecimal() else USUAL  # a date is allowed too, and nobody sends one


def lines(response: Any) -> Iterator[bytes]:
    """Yield the whole lines of a stream until it ends, for whatever reason; half a line at its end is dropped."""
    import urllib3  # noqa: PLC0415

    rest = b""
    try:
        for chunk in response.stream(65536):
            *whole, rest = (rest + chunk).split(b"\n")
            yield from (line for line in whole if line.strip())
    except (urllib3.exceptions.HTTPError, OSError, AttributeError, TypeError):
        return  # AttributeError, TypeError: what urllib3 says when another thread took its socket away
