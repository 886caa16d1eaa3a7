"""A pool of model servers behind a Gateway: who serves it, what is said of it, which of its pods get the requests."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.reading import condition_of
from clusterproof.errors import ClusterError
from clusterproof.instruments import gateway as gw
from clusterproof.instruments.autoscaling import PORT, set_queue
from clusterproof.instruments.completions import CHAT
from clusterproof.instruments.exposition import parse
from clusterproof.instruments.pods import Port, exchange
from clusterproof.model import Reason

if TYPE_CHECKING:
    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.instruments.traffic import Target

Item = dict[str, Any]
AT_ONCE = 4
OK = 200


@dataclass(frozen=True)
class Chosen:
    """The class to test."""

    name: str
    port: int
    says_so: bool
    """True if the class or the user says that it serves pools; else nobody knows before it is tried."""
    toy: bool


def choose(bench: Bench) -> Chosen:
    """Return the class that serves pools: the one named, else one that says so, else any accepted one.

    Raises:
        Inconclusive: SKIP, no controller has accepted a class.
    """
    settings, wanted = (bench.backend or bench.use_backend()).settings, bench.values.inference_gateway_class
    classes = bench.cluster.pages(bench.cluster.resource("gateway.networking.k8s.io/v1", settings["class_kind"]))
    usable = [item for item in classes if condition_of(item.get("status") or {}, "Accepted") == "True"]
    usable = [item for item in usable if wanted in {"", item["metadata"]["name"]}]
    saying = [item for item in usable if _features(item) & set(settings["features"])]
    if not usable:
        bench.skip(
            Reason.NOT_INSTALLED, f"No controller has accepted a GatewayClass{f' named {wanted}' * bool(wanted)}."
        )
    best = (saying or usable)[0]
    marks = best["metadata"].get("annotations") or {}
    port = int(marks.get(settings["port_annotation"], gw.HTTP))
    return Chosen(best["metadata"]["name"], port, bool(saying or wanted), settings["toy_annotation"] in marks)


def _features(item: Item) -> set[str]:
    told = (item.get("status") or {}).get("supportedFeatures") or []
    return {each["name"] if isinstance(each, dict) else each for each in told}


def condition(bench: Bench, pool: Thing, name: str) -> str:
    """Return the status of a condition that the Gateway's controller has set on a pool; empty if none."""
    where = (bench.backend or bench.use_backend()).settings["parents"]
    parents = (pool.now("InferencePool").get("status") or {}).get(where) or []
    return next((condition_of(each, name) for each in parents if each["parentRef"]["name"] == "gateway"), "")


def send(target: Target, count: int) -> Counter[str]:
    """Send some requests and count the answers by their status.

    No prompt begins like another one: who has seen its beginning might be preferred, whatever its queue.
    """

    def one(_number: int) -> str:
        messages = [{"role": "user", "content": f"{secrets.token_hex(8)}, and what comes next?"}]
        body = json.dumps({"model": "stub", "messages": messages})
        headers = {"Host": target.host, "Content-Type": "application/json"}
        answer = exchange(target.address, target.port, "POST", CHAT, body, headers)
        return str(answer.status) if answer else "unreachable"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(one, range(count)))


@dataclass(frozen=True)
class Servers:
    """The model servers of a pool, each with a queue that we set and a count of what it has answered."""

    bench: Bench
    pods: list[Item]

    def queues(self, lengths: list[float]) -> None:
        """Set the queues, in the order of the pods."""
        for pod, length in zip(self.pods, lengths, strict=True):
            set_queue(self.bench, pod, length)

    def share(self, target: Target, count: int) -> list[int]:
        """Send some requests and return how many each server has answered."""
        before = self._answered()
        send(target, count)
        return [after - old for after, old in zip(self._answered(), before, strict=True)]

    def _answered(self) -> list[int]:
        name = (self.bench.backend or self.bench.use_backend()).settings["metrics"]["answered"]
        found = []
        for pod in self.pods:
            answer = Port(self.bench.cluster, pod, PORT).send("GET", "/metrics")
            if answer.status != OK:
                raise ClusterError(f"{pod['metadata']['name']} does not tell its metrics: {answer.said}.")
            found.append(round(sum(each.value for each in parse(answer.body) if each.name == name)))
        return found
