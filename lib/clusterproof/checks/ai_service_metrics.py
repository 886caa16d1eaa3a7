"""KAR-61: what an inference server tells of itself is found, collected, and can be asked for."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from clusterproof.instruments import autoscaling as by
from clusterproof.instruments import monitoring
from clusterproof.instruments.collected import Asked, requests, tokens, usage
from clusterproof.instruments.completions import CHAT, question
from clusterproof.instruments.pods import Port
from clusterproof.model import Kind, Observation
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

FAST, SLOW, FAILING = 12, 5, 3  # requests
SLOWLY = 0.6  # seconds; longer than the bound by which they are told apart
QUEUE = 7
AT_ONCE = 8


@check(
    "ai_service_metrics",
    probe="KAR-61",
    needs=("create namespaces", "create configmaps", "create deployments.apps", "watch pods", "list services"),
)
def metrics_are_collected(bench: Bench) -> Iterator[Observation]:
    """Send requests to a server of known metrics, and ask the monitoring system what it has collected of them."""
    backend = bench.use_backend()
    names, found = backend.settings["metrics"], monitoring.find(bench, backend.settings["query"])
    values = by.workload_values(names)
    served = bench.apply("server", name="served", collected="true", **values)
    if "monitor" in backend.templates:
        bench.apply("monitor", name="served", monitor_labels=bench.values.monitor_labels)
    silent = bench.apply("server", name="silent", collected="false", **values)
    yield bench.eventually(
        "Both servers run", lambda: [served.running(), silent.running()], equals=[1, 1], kind=Kind.CONTROL
    )
    asked = Asked(bench, found, names)
    yield asked.until("The server's count of requests is collected before the first one", "answered", [0.0])
    yield from _traffic(bench, asked, served)
    yield from _only_who_asks(bench, asked, silent, names["answered"])
    yield from _replicas(bench, asked, served)


def _traffic(bench: Bench, asked: Asked, served: Thing) -> Iterator[Observation]:
    """Every number has to be exactly that of the requests: nothing else sends any."""
    [pod] = served.pods()
    ways = [CHAT] * FAST + [f"{CHAT}?seconds={SLOWLY}"] * SLOW + [f"{CHAT}?fail=1"] * FAILING
    to = Port(bench.cluster, pod, by.PORT)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda way: to.send("POST", way, question().body.decode()), ways))
    yield bench.observe(
        "The server answers as it was asked to",
        expected={200: FAST + SLOW, 500: FAILING},
        actual=dict(sorted(Counter(answer.status for answer in answers).items())),
        kind=Kind.CONTROL,
    )
    yield from requests(asked, good=FAST + SLOW, slow=SLOW, every=len(ways))
    yield from tokens(asked, good=FAST + SLOW, told=usage(answers))
    by.set_queue(bench, pod, QUEUE)
    yield asked.until("The length of the queue is collected", "queue", [float(QUEUE)])


def _only_who_asks(bench: Bench, asked: Asked, silent: Thing, name: str) -> Iterator[Observation]:
    """The twin tells the same metrics and does not ask to be collected from."""
    [pod] = silent.pods()
    told = Port(bench.cluster, pod, by.PORT).send("GET", "/metrics").body
    yield bench.observe(
        "The server that does not ask to be collected from tells its metrics too",
        expected=f"a line of {name}",
        actual=_line(told, name),
        holds=bool(_line(told, name)),
        kind=Kind.CONTROL,
    )
    yield bench.observe(
        "Nothing is collected from a server that does not ask for it",
        expected=[],
        actual=asked.values("queue", of=silent.name),
        kind=Kind.NEGATIVE,
    )


def _line(told: str, name: str) -> str:
    return next((line for line in told.splitlines() if line.startswith(name)), "")


def _replicas(bench: Bench, asked: Asked, served: Thing) -> Iterator[Observation]:
    deployment = next(item for item in served.objects if item["kind"] == "Deployment")
    bench.objects.change(deployment, {"spec": {"replicas": 2}})
    yield asked.until("A second replica is found and collected from by itself", "queue", [0.0, float(QUEUE)])
    served.delete()
    yield asked.until("A server that is gone is not told of any more", "queue", [])
