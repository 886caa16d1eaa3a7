"""Talking to a port of a pod or a Service: directly where it can be reached from here, else through the API server."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.errors import ClusterError
from clusterproof.instruments.traffic import Answer, body_of

if TYPE_CHECKING:
    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
DIRECTLY_WITHIN = 1.0  # seconds to connect; what can be reached directly is near
ANSWERS_WITHIN = 30.0  # seconds
LONGEST = 8_000_000  # bytes of an answer


@dataclass(frozen=True)
class Port:
    """One port of one pod or Service."""

    cluster: Cluster
    item: Item
    number: int

    def send(self, method: str, path: str, body: str = "") -> Answer:
        """Send one request and return what came back.

        Raises:
            ClusterError: the API server refused, or did not answer by itself either.
        """
        return exchange(self.address, self.number, method, path, body) or self._through_server(method, path, body)

    @property
    def address(self) -> str:
        """Where it is in the cluster's network; empty if nowhere."""
        spec, status = self.item.get("spec") or {}, self.item.get("status") or {}
        given = status.get("podIP") or spec.get("externalName") or spec.get("clusterIP") or ""
        return "" if given == "None" else str(given)

    def _through_server(self, method: str, path: str, body: str) -> Answer:
        metadata = self.item["metadata"]
        resource = self.cluster.resource("v1", "Pod" if "containers" in self.item["spec"] else "Service")
        own = resource.path(metadata["namespace"], f"http:{metadata['name']}:{self.number}", "proxy")
        try:
            return Answer(*self.cluster.exchange(method, own + path, body))
        except ClusterError as error:
            if error.status:
                raise
            self.cluster.call("GET", "/version")  # if this is answered, whoever is behind the proxy has not
            return Answer(0, problem=f"nothing came back of port {self.number} of {metadata['name']}")


def exchange(  # noqa: PLR0913, PLR0917 - the parts of an HTTP request
    address: str, port: int, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
) -> Answer | None:
    """Send one request directly; None where nobody can be reached."""
    if not address:
        return None
    connection = http.client.HTTPConnection(address, port, timeout=DIRECTLY_WITHIN)
    try:
        connection.connect()
    except OSError:
        return None
    try:
        if connection.sock:
            connection.sock.settimeout(ANSWERS_WITHIN)
        connection.request(method, path, body.encode(), {"Connection": "close", **(headers or {})})
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, body_of(response, LONGEST), told)
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, problem=f"{type(error).__name__}: {error}")
    finally:
        connection.close()
