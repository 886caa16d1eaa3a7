"""Talking to a port of a pod: directly where its address can be reached from here, else through the API server."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.instruments.traffic import Answer

if TYPE_CHECKING:
    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
DIRECTLY_WITHIN = 1.0  # seconds; what can be reached directly is near


@dataclass(frozen=True)
class Port:
    """One port of one pod."""

    cluster: Cluster
    pod: Item
    number: int

    def send(self, method: str, path: str, body: str = "") -> Answer:
        """Send one request and return what came back.

        Raises:
            ClusterError: neither the pod nor the API server answered.
        """
        return self._directly(method, path, body) or self._through_server(method, path, body)

    def _directly(self, method: str, path: str, body: str) -> Answer | None:
        address = str((self.pod.get("status") or {}).get("podIP") or "")
        connection = http.client.HTTPConnection(address, self.number, timeout=DIRECTLY_WITHIN)
        try:
            connection.connect()
        except OSError:
            return None
        try:
            if connection.sock:
                connection.sock.settimeout(DIRECTLY_WITHIN * 30)
            connection.request(method, path, body, {"Connection": "close"})
            response = connection.getresponse()
            return Answer(response.status, response.read(1_000_000).decode(errors="replace"))
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, problem=f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    def _through_server(self, method: str, path: str, body: str) -> Answer:
        metadata = self.pod["metadata"]
        pods = self.cluster.resource("v1", "Pod")
        own = pods.path(metadata["namespace"], f"http:{metadata['name']}:{self.number}", "proxy")
        status, text = self.cluster.exchange(method, own + path, body)
        return Answer(status, text)
