"""A stack that serves models in two phases: its pods, what they tell, who scales them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clusterproof.cluster.reading import condition_of
from clusterproof.errors import ClusterError
from clusterproof.instruments.completions import CHAT, said_in
from clusterproof.instruments.containers import marked_anyway
from clusterproof.instruments.exposition import parse
from clusterproof.instruments.pods import Port, exchange
from clusterproof.instruments.traffic import Answer
from clusterproof.model import Reason

if TYPE_CHECKING:
    from clusterproof.bench.bench import Bench

Item = dict[str, Any]
OK, HTTP = 200, 80
ID = "X-Request-Id"
MOST_WORDS = 32
LOG = "tailLines=2000"


@dataclass(frozen=True)
class Stack:
    """Where the two phases run and how they are asked."""

    bench: Bench
    row: Item

    @property
    def toy(self) -> bool:
        """True if there is no model behind it."""
        return bool(self.row.get("toy"))

    @property
    def evidence(self) -> bool:
        """False of a toy, unless its containers run where nobody takes what is seen for evidence of a platform."""
        pods = [pod for phase in ("prefill", "decode") for pod in self.pods(phase)]
        return not self.toy or marked_anyway(self.bench, {pod["spec"].get("nodeName", "") for pod in pods})

    def pods(self, phase: str) -> list[Item]:
        """Return the pods of a phase that are not being deleted."""
        pods = self.bench.cluster.pages(self.bench.cluster.resource("v1", "Pod"), labels=self.row[phase])
        return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]

    def names(self, phase: str) -> list[str]:
        """Return the names of these pods."""
        return sorted(f"{pod['metadata']['namespace']}/{pod['metadata']['name']}" for pod in self.pods(phase))

    def left(self, phase: str) -> int:
        """Return how many pods of a phase still exist, those being deleted too: they go on answering for a while."""
        return sum(
            1 for _ in self.bench.cluster.pages(self.bench.cluster.resource("v1", "Pod"), labels=self.row[phase])
        )

    def ready(self, phase: str) -> int:
        """Return how many of them are ready."""
        return sum(condition_of(pod.get("status") or {}, "Ready") == "True" for pod in self.pods(phase))

    def ask(self, request: str, prompt: str) -> Answer:
        """Send one request of a known id and return the answer, a stream."""
        values = self.bench.values
        messages = [{"role": "user", "content": prompt}]
        own = {"model": values.disaggregated_model, "max_tokens": MOST_WORDS, "request_id": request, "stream": True}
        body = json.dumps({**own, "messages": messages})
        headers = {ID: request, "Content-Type": "application/json"}
        url = urlsplit(values.disaggregated_url)
        if url.hostname:
            found = exchange(url.hostname, url.port or HTTP, "POST", CHAT, body, headers)
            return found or Answer(0, problem="nobody can be reached there", reachable=False)
        pods = self.pods("decode")
        return self._port(pods[0]).send("POST", CHAT, body) if pods else Answer(0, problem="there is no pod to ask")

    def counted(self, phase: str, meaning: str) -> float | None:
        """Return a counter of a phase, all its pods together; None where they tell none of the known names."""
        samples = [sample for pod in self.pods(phase) for sample in parse(self._get(pod, "/metrics"))]
        for each in self._settings()["counters"][meaning]:
            wanted = (each.get("labels") or {}).items()
            told = [one.value for one in samples if one.name == each["name"] and wanted <= dict(one.labels).items()]
            if told:
                return sum(told)
        return None

    def knows(self, phase: str, request: str) -> bool:
        """True if the log of some pod of a phase names a request."""
        return any(request in text for pod in self.pods(phase) for text in self._logs(pod))

    def _logs(self, pod: Item) -> list[str]:
        if "log" in self.row and not self.evidence:  # a simulated pod has no other one
            return [self._get(pod, self.row["log"])]
        cluster, metadata = self.bench.cluster, pod["metadata"]
        own = cluster.resource("v1", "Pod").path(metadata["namespace"], metadata["name"], "log")
        names = [each["name"] for each in pod["spec"]["containers"]]
        return [cluster.exchange("GET", f"{own}?container={name}&{LOG}", "")[1] for name in names]

    def _get(self, pod: Item, path: str) -> str:
        answer = self._port(pod).send("GET", path)
        if answer.status != OK:
            raise ClusterError(f"{pod['metadata']['name']} does not answer GET {path}: {answer.said}.")
        return answer.body

    def _port(self, pod: Item) -> Port:
        return Port(self.bench.cluster, pod, self.bench.values.disaggregated_port or self.row["port"])

    def _settings(self) -> Item:
        return (self.bench.backend or self.bench.use_backend()).settings


def words(body: str) -> str:
    """Return what an answer says; empty where it is no answer of the API or says nothing."""
    return said_in(body)[0]


def find(bench: Bench) -> Stack:
    """Return the stack that the parameters name, else the first one known that has pods.

    Raises:
        Inconclusive: SKIP, there is none, or it is not known where it takes requests.
    """
    values, settings = bench.values, bench.use_backend().settings
    named = {"prefill": values.prefill_selector, "decode": values.decode_selector}
    rows = [{**settings["named"], **named}] if all(named.values()) else settings["stacks"]
    stacks = [Stack(bench, row) for row in rows]
    found = next((each for each in stacks if each.pods("prefill") or each.pods("decode")), None)
    ways = "name its pods with -p prefill_selector and -p decode_selector"
    if found is None:
        known = ", ".join(each.row["name"] for each in stacks)
        bench.skip(Reason.NOT_INSTALLED, f"No pod belongs to {known}; install a stack, and {ways}.")
    if found.row.get("endpoint") == "named" and not values.disaggregated_url:
        bench.skip(Reason.NOT_REQUESTED, f"Name where {found.row['name']} takes requests with -p disaggregated_url.")
    return found
