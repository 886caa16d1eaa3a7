"""A thin layer over the official client: plain dicts in and out, one family of errors, limits on every call.

The client's models are not used: they drop fields that they do not know before the server could refuse them. Its pool
and its authentication are.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

from clusterproof.cluster.connection import client, decoded, pause, unreachable
from clusterproof.cluster.discovery import Discovery, Resource
from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE = 500  # objects; a page this size keeps the memory flat however large the cluster is
_TOO_BUSY = frozenset({429, 503})


@dataclass(frozen=True)
class Limits:
    """How long one call may take, in seconds."""

    connect: float = 3.0
    read: float = 15.0
    total: float = 30.0
    """Including retries after 429 and 503."""


class Cluster:
    """The connection to one API server."""

    def __init__(self, api: Any, limits: Limits = Limits()) -> None:
        self._api = api
        self._limits = limits
        self._discovery: Discovery | None = None

    @classmethod
    def connect(cls, kubeconfig: str = "", context: str = "", *, limits: Limits = Limits()) -> Self:
        """Return a connection from a kubeconfig, the environment, or the service account of the pod we run in.

        Raises:
            ClusterError: no usable configuration. Whether the server answers is seen at the first call.
        """
        return cls(client(kubeconfig, context), limits)

    @property
    def discovery(self) -> Discovery:
        """What the server serves, read once and again after a miss."""
        if self._discovery is None:
            self._discovery = Discovery(self.call)
        return self._discovery

    @property
    def configuration(self) -> Any:
        """The official client's configuration, for a client of an operator's that works on top of it."""
        return self._api.configuration

    def call(  # noqa: PLR0913 - the parts of an HTTP request
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content: str = "application/json",
        accept: str = "application/json",
    ) -> dict[str, Any]:
        """Send one request and return the decoded answer.

        429 and 503 are tried again as the server asks, also for POST, since the server says that it did nothing.

        Raises:
            ClusterError: with the server's own message, or status 0 where no answer came.
        """
        deadline, headers = time.monotonic() + self._limits.total, {"Content-Type": content, "Accept": accept}
        while True:
            answer = self._send(method, path, query, body, headers, within=deadline - time.monotonic())
            if answer.status not in _TOO_BUSY or time.monotonic() + pause(answer) > deadline:
                return decoded(answer, method, path)
            time.sleep(pause(answer))  # the server names the pause; there is nothing to watch

    def exchange(self, method: str, path: str, text: str) -> tuple[int, str]:
        """Send a text through the server's proxy and return what came back, whatever it is."""
        answer = self._send(method, path, None, text, {"Content-Type": "text/plain", "Accept": "*/*"})
        return answer.status, (answer.data or b"").decode(errors="replace")

    def date(self) -> str:
        """Return the time by the server's clock as its HTTP answers give it; empty where they give none."""
        return str(self._send("GET", "/version", None, None, {}).headers.get("Date") or "")

    def open_watch(self, path: str, query: Mapping[str, str], *, lasts: int) -> Any:
        """Return the open response of a watch; the caller reads lines from it and closes it."""
        response = self._send("GET", path, {**query, "watch": "1"}, None, {}, stream_for=lasts)
        if response.status != 200:  # noqa: PLR2004
            decoded(response, "WATCH", path)
        return response

    def create(self, item: Mapping[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
        """Create one object as it is; a field that the server does not know is refused."""
        query = {"fieldValidation": "Strict"} | ({"dryRun": "All"} if dry_run else {})
        resource = self.resource(item["apiVersion"], item["kind"])
        namespace = str(item.get("metadata", {}).get("namespace", ""))
        return self.call("POST", resource.path(namespace), query=query, body=item)

    def get(self, resource: Resource, name: str, namespace: str = "") -> dict[str, Any] | None:
        """Return one object, or None if it does not exist."""
        try:
            return self.call("GET", resource.path(namespace, name))
        except ClusterError as error:
            if error.status == 404:  # noqa: PLR2004
                return None
            raise

    def patch(self, resource: Resource, name: str, namespace: str, change: Any, *, sub: str = "") -> dict[str, Any]:
        """Merge a change into one object."""
        path = resource.path(namespace, name, sub)
        return self.call("PATCH", path, body=change, content="application/merge-patch+json")

    def delete(self, resource: Resource, name: str, namespace: str = "", *, propagation: str = "Background") -> None:
        """Delete one object; one that is gone already is as good as deleted."""
        try:
            self.call("DELETE", resource.path(namespace, name), body={"propagationPolicy": propagation})
        except ClusterError as error:
            if error.status != 404:  # noqa: PLR2004
                raise

    def lists(self, resource: Resource, namespace: str = "", *, labels: str = "") -> Iterator[dict[str, Any]]:
        """Yield a collection as lists of at most ``PAGE`` objects, all of one version."""
        path, query = resource.path(namespace), {"limit": str(PAGE)} | ({"labelSelector": labels} if labels else {})
        while True:
            page = self.call("GET", path, query=query)
            if not isinstance(page.get("metadata"), dict) or not isinstance(page.get("items") or [], list):
                raise ClusterError(f"GET {path}: the answer is no list.", status=200, reason="NoList")
            yield page
            token = page["metadata"].get("continue")
            if not token:
                return
            query["continue"] = token

    def pages(self, resource: Resource, namespace: str = "", *, labels: str = "") -> Iterator[dict[str, Any]]:
        """Yield the objects of a collection, page by page; the collection is never held as a whole."""
        for page in self.lists(resource, namespace, labels=labels):
            yield from page.get("items") or []

    def resource(self, api_version: str, kind: str) -> Resource:
        """Return where objects of that kind live.

        Raises:
            ClusterError: the server does not serve it (status 404).
        """
        return self.discovery.resource(api_version, kind)

    def allowed(self, verb: str, resource: Resource, namespace: str = "", *, sub: str = "") -> bool:
        """Ask the server whether the user of this connection may do that."""
        attributes = {"verb": verb, "group": resource.group, "resource": resource.plural, "namespace": namespace}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes | ({"subresource": sub} if sub else {})},
        }
        answer = self.call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body=review)
        return bool(answer.get("status", {}).get("allowed"))

    def _send(  # noqa: PLR0913
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Any,
        headers: dict[str, str],
        *,
        within: float = float("inf"),
        stream_for: int = 0,
    ) -> Any:
        import urllib3  # noqa: PLC0415

        api = self._api
        api.update_params_for_auth(headers, [], ["BearerToken"])
        limits = (self._limits.connect, stream_for or self._limits.read)
        connect, read = (max(min(limit, within), 0.001) for limit in limits)  # urllib3 refuses a limit of nothing
        try:
            return api.rest_client.pool_manager.request(
                method,
                api.configuration.host + path + (f"?{urlencode(query)}" if query else ""),
                body=body if body is None or isinstance(body, str) else json.dumps(body),
                headers=headers,
                timeout=urllib3.Timeout(connect=connect, read=read),
                preload_content=not stream_for,
                retries=False,
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise unreachable(api.configuration.host, error) from None  # some quote the address or the token
