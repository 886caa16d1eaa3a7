"""KAR-57: pods that hold accelerators become more and fewer as a metric of their own rises and falls."""

from __future__ import annotations

import operator
from functools import partial
from typing import TYPE_CHECKING

from clusterproof.instruments import autoscaling as by
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

TARGET = 4  # requests in the queue of each pod
MOST, FEWEST = 3, 2  # replicas
LOW, HIGH = TARGET / 2, TARGET * 3  # requests in the queue: one replica is enough; the most are not
ELSEWHERE = 100  # requests in the queue of a pod that is none of the workload's
EVERY = 0.5  # seconds between two questions to the metrics API, which cannot be watched
NOBODY = "clusterproof_told_by_nobody"


@check(
    "pod_autoscaling",
    probe="KAR-57",
    exclusive=True,
    by_resource=True,
    needs=(
        "create namespaces",
        "create configmaps",
        "create pods",
        "create deployments.apps",
        "create horizontalpodautoscalers.autoscaling",
        "watch horizontalpodautoscalers.autoscaling",
        "watch pods",
        "get *.custom.metrics.k8s.io",
        "list nodes",
    ),
)
def replicas_follow_the_metric(bench: Bench) -> Iterator[Observation]:
    """Keep the metric low, raise it twice, lower it, and take it away; the autoscaler's settings stay as they are."""
    backend = bench.use_backend()
    by.served_version(bench, backend)
    most = min(MOST, sum(bench.room().free().values()))
    if most < FEWEST:
        bench.skip(Reason.NOT_ENOUGH_ACCELERATORS, f"Scaling needs {FEWEST} free accelerators, there are {most}.")
    metric = bench.values.autoscaling_metric
    values = by.workload_values({"queue": metric})
    workload = bench.apply("workload", name="workload", **values)
    neighbour = bench.apply("neighbour", name="neighbour", **values)
    by.draw_replicas(bench, workload)
    yield from _told(bench, workload, neighbour, metric)
    scaler = bench.apply("scaler", name="scaler", workload=workload.name, most=most, metric=metric, target=str(TARGET))
    by.draw_metric(bench, scaler, TARGET)
    yield from _low(bench, scaler, workload)
    yield from _between(bench, scaler, workload, most)
    yield from _high(bench, workload, most)
    yield from _low_again(bench, scaler, workload, most)
    yield from _without_metric(bench, scaler, workload, metric)


def _told(bench: Bench, workload: Thing, neighbour: Thing, metric: str) -> Iterator[Observation]:
    """A metric that is not zero, so that a factor is seen, beside a pod whose metric must move nothing."""
    things = (workload, neighbour)
    claim = "The first pod of the workload runs, and another one beside it"
    yield bench.eventually(claim, lambda: [each.running() for each in things], equals=[1, 1], kind=Kind.CONTROL)
    for thing, length in zip(things, (LOW, ELSEWHERE), strict=True):
        by.set_queue(bench, thing.pods()[0], length)
    yield bench.eventually(
        "The metrics API tells the metric of each of these pods, and of no other one in its place",
        lambda: [by.told(bench, thing, metric) for thing in things],
        equals=[[LOW], [float(ELSEWHERE)]],
        every=EVERY,
    )


def _low(bench: Bench, scaler: Thing, workload: Thing) -> Iterator[Observation]:
    active = partial(scaler.condition, "HorizontalPodAutoscaler", "ScalingActive")
    yield bench.eventually("The autoscaler says that it can read the metric", active, equals="True")
    yield bench.eventually(
        "The autoscaler wants one replica while the metric is low",
        lambda: [by.wanted(scaler), len(workload.pods())],
        equals=[1, 1],
        kind=Kind.CONTROL,
    )


def _between(bench: Bench, scaler: Thing, workload: Thing, most: int) -> Iterator[Observation]:
    """Raise the metric to what one replica less than the most is right for: whoever does not count runs past it.

    What the pods tell together only rises on the way, so that no moment of it asks for more than is meant.
    """
    right, first = most - 1, workload.pods()[0]
    by.set_queue(bench, first, (right - 0.5) * TARGET)
    claim = f"{right} of {most} replicas run once the metric asks for them"
    yield bench.eventually(claim, workload.running, accept=partial(operator.le, right), expected=right)
    by.add_queue(bench, workload, first, TARGET / 2)
    by.metric(bench).note(by.TOLD, right * TARGET)
    yield bench.eventually(
        "The autoscaler has seen the value that the pods tell",
        lambda: [by.seen(scaler), TARGET, right * TARGET / max(1, len(workload.pods()))],
        accept=by.near_any,  # also what it saw before a replica too many came: that one is the next claim's matter
        expected=f"about {TARGET} for each pod",
    )
    claim = "No replica comes that the metric does not ask for"
    yield bench.throughout(claim, lambda: len(workload.pods()), equals=right)


def _high(bench: Bench, workload: Thing, most: int) -> Iterator[Observation]:
    by.set_queues(bench, workload, HIGH)
    claim = f"{most} replicas run after the metric has risen further"
    yield bench.eventually(claim, workload.running, accept=partial(operator.le, most), expected=most)
    claim = "No replica comes beyond the most that was set, however high the metric is"
    yield bench.throughout(claim, lambda: len(workload.pods()), equals=most)
    holding = by.holding(workload, bench.accelerator())
    yield bench.observe("Each of them has an accelerator", expected=most, actual=holding)


def _low_again(bench: Bench, scaler: Thing, workload: Thing, most: int) -> Iterator[Observation]:
    """Let the metric fall in two steps; whichever pod goes, those that are left tell enough to stay, and no more."""
    right = most - 1
    by.set_queues(bench, workload, each := 0.9 * right / most * TARGET)
    claim = f"{right} of {most} replicas are left when the metric has fallen to what they are right for"
    yield bench.eventually(
        claim, partial(by.stand, scaler, workload), accept=partial(by.stays, right, each), expected=[right, right, each]
    )
    by.set_queues(bench, workload, 0)
    yield bench.eventually("One replica is left after the metric has fallen", lambda: len(workload.pods()), equals=1)


def _without_metric(bench: Bench, scaler: Thing, workload: Thing, metric: str) -> Iterator[Observation]:
    """An autoscaler that knows nothing has to leave things as they are; scaling to the least would stop a service."""
    [hpa] = scaler.objects
    deployment = next(item for item in workload.objects if item["kind"] == "Deployment")
    bench.objects.change(hpa, by.metrics(NOBODY, TARGET))
    active = partial(scaler.condition, "HorizontalPodAutoscaler", "ScalingActive")
    yield bench.eventually(
        "An autoscaler says so when its metric does not exist", active, equals="False", kind=Kind.NEGATIVE
    )
    bench.objects.change(deployment, {"spec": {"replicas": FEWEST}})
    yield bench.eventually("A second replica runs by hand", workload.running, equals=FEWEST, kind=Kind.CONTROL)
    yield bench.throughout("Nothing is scaled without a metric", lambda: len(workload.pods()), equals=FEWEST)
    bench.objects.change(hpa, by.metrics(metric, TARGET))
    yield bench.eventually(
        "The same autoscaler goes on when it has its metric again", lambda: len(workload.pods()), equals=1
    )
