"""What autoscaling is measured with: a workload with a metric that can be set, and what the metrics API tells of it."""

from __future__ import annotations

import json
import operator
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from clusterproof.cluster import labels
from clusterproof.cluster.inventory import held
from clusterproof.errors import ClusterError
from clusterproof.instruments.pods import Port
from clusterproof.model import Reason

if TYPE_CHECKING:
    from clusterproof.bench.album import Drawing
    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.manifest import Backend

Item = dict[str, Any]
PORT = 8000
EVERY = 0.2  # seconds between two tries to set it
SERVER = ("inference.py", "completion.py", "counted.py")  # with all that it imports
TOLERANCE = 0.1  # the autoscaler's own
SCALER = "HorizontalPodAutoscaler"
TOLD = "what all pods together tell"


def served_version(bench: Bench, backend: Backend) -> str:
    """Return the version of the metrics API to ask.

    Raises:
        Inconclusive: SKIP, nothing serves it.
    """
    group = backend.settings["metrics_group"]
    versions = bench.cluster.discovery.versions(group)
    if not versions:
        bench.skip(
            Reason.NOT_INSTALLED, f"Nothing serves {group}: install a metrics adapter for what monitors the cluster."
        )
    return str(versions[0])


def workload_values(names: dict[str, str]) -> Item:
    """Return what the template of a workload with metrics is filled with; ``names`` are those of its metrics."""
    stub = files("clusterproof.stub")
    server = {name: stub.joinpath(name).read_text(encoding="utf-8") for name in SERVER}
    return {"server": server, "told": json.dumps(names)}


def set_queue(bench: Bench, pod: Item, length: float) -> None:
    """Set the metric that a pod tells; one that has just begun to run may answer a little later, one that goes never.

    Raises:
        Inconclusive: SKIP, the pod cannot be reached from here, and not through the API server either.
    """
    probe = partial(_problem, bench, pod, length)
    problem = bench.waiter.eventually(probe, operator.not_, within=bench.patience.settle, every=EVERY).actual
    if problem:
        bench.skip(Reason.UNREACHABLE_FROM_HERE, f"The metric of {pod['metadata']['name']} cannot be set: {problem}.")


def _problem(bench: Bench, pod: Item, length: float) -> str:
    """Try to set the metric; say what was wrong, empty if nothing was."""
    try:
        answer = Port(bench.cluster, pod, PORT).send("PUT", "/queue", str(length))
    except ClusterError as error:
        problem = error.message
    else:
        problem = "" if answer.status == 200 else answer.said  # noqa: PLR2004
    return problem if _is_there(bench, pod) else ""


def _is_there(bench: Bench, pod: Item) -> bool:
    """Say whether a pod has not gone, or begun to go, since it was looked at: scaling goes on meanwhile."""
    here = (each["metadata"] for each in bench.ledger.items("Pod"))
    return any(each["uid"] == pod["metadata"]["uid"] and not each.get("deletionTimestamp") for each in here)


def set_queues(bench: Bench, workload: Thing, length: float) -> None:
    """Set the metric that each pod of a workload tells, and draw what they tell together."""
    pods = workload.pods()
    for pod in pods:
        set_queue(bench, pod, length)
    metric(bench).note(TOLD, length * len(pods))


def add_queue(bench: Bench, workload: Thing, first: Item, length: float) -> None:
    """Add to what the pods of a workload tell together, by one that tells nothing yet.

    Where there is none, the first and only one tells as much already, and is made to tell that much more.
    """
    other = next((pod for pod in workload.pods() if pod["metadata"]["uid"] != first["metadata"]["uid"]), None)
    set_queue(bench, other or first, length if other else 2 * length)


def told(bench: Bench, thing: Thing, metric: str) -> list[float]:
    """Return what the metrics API tells of the pods of a thing; nothing where it knows no such metric."""
    backend = bench.backend or bench.use_backend()
    version, namespace = served_version(bench, backend), bench.ledger.namespace()
    path = f"/apis/{backend.settings['metrics_group']}/{version}/namespaces/{namespace}/pods/*/{metric}"
    path += f"?labelSelector={quote(f'{labels.NAME}={thing.name}')}"
    try:
        items = bench.cluster.call("GET", path).get("items") or []
    except ClusterError as error:
        if error.status == 404:  # noqa: PLR2004
            return []
        raise
    return sorted(number(item["value"]) for item in items)


def draw_replicas(bench: Bench, workload: Thing) -> None:
    """Draw from now on how many replicas there are."""
    replicas = bench.album.begin("Replicas", "pods")
    replicas.follow("pods that exist", lambda: len(workload.pods()))
    replicas.follow("pods that run", workload.running)


def metric(bench: Bench) -> Drawing:
    """Return the picture of the metric."""
    return bench.album.begin("The metric that the replicas have to follow", "requests in the queue")


def draw_metric(bench: Bench, scaler: Thing, target: float) -> None:
    """Draw from now on what the autoscaler sees, and what it aims at."""
    drawing = metric(bench)
    drawing.follow("average per pod, as the autoscaler has last seen it", lambda: seen(scaler))
    drawing.note(TOLD, 0)
    drawing.shade("average that it aims at", target, target)


def seen(scaler: Thing) -> float | None:
    """Return the average that an autoscaler has last seen; None if it has seen none."""
    for metric in (scaler.now(SCALER).get("status") or {}).get("currentMetrics") or []:
        current = ((metric or {}).get("pods") or {}).get("current") or {}
        if current.get("averageValue"):
            return number(current["averageValue"])
    return None


def metrics(name: str, target: float) -> Item:
    """Return the change that has an autoscaler follow a metric of pods."""
    aimed_at = {"type": "AverageValue", "averageValue": str(target)}
    return {"spec": {"metrics": [{"type": "Pods", "pods": {"metric": {"name": name}, "target": aimed_at}}]}}


def near_any(values: list[float | None]) -> bool:
    """True if the first value is as near to one of the others as the autoscaler itself takes for equal."""
    value, *wanted = values
    return value is not None and any(abs(value - each) <= TOLERANCE * each for each in wanted if each is not None)


def wanted(scaler: Thing) -> int | None:
    """Return how many replicas an autoscaler wants; None before it has looked."""
    status = scaler.now(SCALER).get("status") or {}
    return status.get("desiredReplicas") if status.get("conditions") else None


def stand(scaler: Thing, workload: Thing) -> list[float | None]:
    """Return how many replicas an autoscaler wants, how many there are, and the average that it has last seen."""
    return [wanted(scaler), len(workload.pods()), seen(scaler)]


def stays(replicas: int, average: float, now: list[float | None]) -> bool:
    """Say whether there are so many replicas for what is told now, and not on the way to fewer."""
    return now[:2] == [replicas, replicas] and near_any([now[2], average])


def holding(workload: Thing, resource: str) -> int:
    """Return how many running pods of a workload ask for an accelerator."""
    return sum(1 for pod in workload.pods() if held(pod, resource) and pod.get("status", {}).get("phase") == "Running")


def number(quantity: str) -> float:
    """Return a quantity of Kubernetes' as a number."""
    from kubernetes.utils import parse_quantity  # noqa: PLC0415 - costs what the client costs

    return float(parse_quantity(quantity))
