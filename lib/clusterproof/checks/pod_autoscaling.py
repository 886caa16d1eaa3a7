"""KAR-57: pods that hold accelerators become more and fewer as a metric of their own rises and falls."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from clusterproof.instruments import autoscaling as by
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

TARGET = 4  # requests in the queue of each pod
MOST, FEWEST = 3, 2  # replicas
EVERY = 0.5  # seconds between two questions to the metrics API, which cannot be watched
NOBODY = "clusterproof_told_by_nobody"


@check(
    "pod_autoscaling",
    probe="KAR-57",
    exclusive=True,
    needs=(
        "create namespaces",
        "create configmaps",
        "create deployments.apps",
        "create horizontalpodautoscalers.autoscaling",
        "watch horizontalpodautoscalers.autoscaling",
        "watch pods",
        "get *.custom.metrics.k8s.io",
        "list nodes",
    ),
)
def replicas_follow_the_metric(bench: Bench) -> Iterator[Observation]:
    """Keep the metric low, raise it, lower it, and take it away; the autoscaler's settings stay as they are."""
    backend = bench.use_backend()
    by.served_version(bench, backend)
    most = min(MOST, sum(bench.room().free().values()))
    if most < FEWEST:
        bench.skip(Reason.NOT_ENOUGH_ACCELERATORS, f"Scaling needs {FEWEST} free accelerators, there are {most}.")
    metric = bench.values.autoscaling_metric
    workload = bench.apply("workload", name="workload", **by.workload_values({"queue": metric}))
    by.draw_replicas(bench, workload)
    yield bench.eventually("The first pod of the workload runs", workload.running, equals=1, kind=Kind.CONTROL)
    yield bench.eventually(
        "The metrics API tells the metric of that pod",
        partial(by.told, bench, backend, metric),
        equals=[0.0],
        every=EVERY,
    )
    scaler = bench.apply("scaler", name="scaler", workload=workload.name, most=most, metric=metric, target=str(TARGET))
    by.draw_metric(bench, scaler, TARGET)
    yield from _low(bench, scaler, workload)
    yield from _high(bench, scaler, workload, most)
    yield from _low_again(bench, workload)
    yield from _without_metric(bench, scaler, workload, metric)


def _low(bench: Bench, scaler: Thing, workload: Thing) -> Iterator[Observation]:
    active = partial(scaler.condition, "HorizontalPodAutoscaler", "ScalingActive")
    yield bench.eventually("The autoscaler says that it can read the metric", active, equals="True")
    yield bench.throughout(
        "One replica stays while the metric is low", lambda: len(workload.pods()), equals=1, kind=Kind.CONTROL
    )


def _high(bench: Bench, scaler: Thing, workload: Thing, most: int) -> Iterator[Observation]:
    by.set_queue(bench, workload.pods()[0], TARGET * most)
    by.metric(bench).note(by.TOLD, TARGET * most)
    yield bench.eventually(f"{most} replicas run after the metric has risen", workload.running, equals=most)
    yield bench.observe(
        "Each of them has an accelerator", expected=most, actual=by.holding(workload, bench.accelerator())
    )
    yield bench.eventually(
        "The autoscaler has seen the value that the pods tell",
        lambda: by.seen(scaler.now("HorizontalPodAutoscaler")),
        accept=partial(by.near, TARGET),
        expected=f"about {TARGET} for each pod",
    )


def _low_again(bench: Bench, workload: Thing) -> Iterator[Observation]:
    for pod in workload.pods():
        by.set_queue(bench, pod, 0)
    by.metric(bench).note(by.TOLD, 0)
    yield bench.eventually("One replica is left after the metric has fallen", lambda: len(workload.pods()), equals=1)


def _without_metric(bench: Bench, scaler: Thing, workload: Thing, metric: str) -> Iterator[Observation]:
    """An autoscaler that knows nothing has to leave things as they are; scaling to the least would stop a service."""
    [hpa] = scaler.objects
    deployment = next(item for item in workload.objects if item["kind"] == "Deployment")
    bench.objects.change(hpa, _metric(NOBODY))
    active = partial(scaler.condition, "HorizontalPodAutoscaler", "ScalingActive")
    yield bench.eventually(
        "An autoscaler says so when its metric does not exist", active, equals="False", kind=Kind.NEGATIVE
    )
    bench.objects.change(deployment, {"spec": {"replicas": FEWEST}})
    running = workload.running
    yield bench.eventually("A second replica runs by hand", running, equals=FEWEST, kind=Kind.CONTROL)
    yield bench.throughout("Nothing is scaled without a metric", lambda: len(workload.pods()), equals=FEWEST)
    bench.objects.change(hpa, _metric(metric))
    yield bench.eventually(
        "The same autoscaler goes on when it has its metric again", lambda: len(workload.pods()), equals=1
    )


def _metric(name: str) -> dict[str, Any]:
    target = {"type": "AverageValue", "averageValue": str(TARGET)}
    return {"spec": {"metrics": [{"type": "Pods", "pods": {"metric": {"name": name}, "target": target}}]}}
