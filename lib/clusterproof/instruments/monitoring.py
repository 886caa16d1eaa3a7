"""Asking what monitors the cluster: the query API of Prometheus, which others speak too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from clusterproof.errors import ClusterError
from clusterproof.instruments.pods import Port, exchange
from clusterproof.model import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.instruments.traffic import Answer

Item = dict[str, Any]
OK = 200


@dataclass(frozen=True)
class Monitoring:
    """A query API."""

    name: str
    _get: Callable[[str], Answer | None]

    def query(self, expression: str) -> dict[str, float]:
        """Return the value now of each series that an expression gives, by the pod it is about.

        Raises:
            ClusterError: it does not answer, or not with a result.
        """
        answer = self._get("/api/v1/query?" + urlencode({"query": expression}))
        try:
            found = json.loads(answer.body)["data"]["result"] if answer and answer.status == OK else None
            if found is not None:
                return {str(each["metric"].get("pod", "")): float(each["value"][1]) for each in found}
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise ClusterError(f"What {self.name} answers has not the form of a result.", status=OK) from error
        raise ClusterError(f"{self.name} did not answer a query: {answer.said if answer else 'nobody is there'}.")


def find(bench: Bench, marks: list[Item]) -> Monitoring:
    """Return the query API named in the parameters, else the first Service with known labels that answers.

    Raises:
        Inconclusive: SKIP, there is none.
    """
    tried = []
    for monitoring in _candidates(bench, marks):
        try:
            monitoring.query("vector(1)")
        except ClusterError as error:
            tried.append(f"{monitoring.name}: {error.message}")
        else:
            return monitoring
    said = f" Tried: {'; '.join(tried)}" if tried else ""
    return bench.skip(
        Reason.NOT_INSTALLED, f"No query API of a monitoring system answers; name one with -p monitoring_url.{said}"
    )


def _candidates(bench: Bench, marks: list[Item]) -> Iterator[Monitoring]:
    if bench.values.monitoring_url:
        url = urlsplit(bench.values.monitoring_url)
        host, port = url.hostname or "", url.port or 80
        yield Monitoring(bench.values.monitoring_url, lambda path: exchange(host, port, "GET", path))
        return
    services = bench.cluster.resource("v1", "Service")
    for mark in marks:
        for service in bench.cluster.pages(services, labels=mark["labels"]):
            yield from _ports(bench, service, mark["ports"])


def _ports(bench: Bench, service: Item, names: list[str | int]) -> Iterator[Monitoring]:
    name = f"{service['metadata']['namespace']}/{service['metadata']['name']}"
    for port in service["spec"].get("ports") or []:
        if port.get("name") in names or port["port"] in names:
            reached = Port(bench.cluster, service, port["port"])
            yield Monitoring(name, lambda path, reached=reached: reached.send("GET", path))  # type: ignore[misc]
