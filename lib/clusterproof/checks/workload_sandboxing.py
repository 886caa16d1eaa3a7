"""KAR-20: code that nobody trusts can be run in a sandbox, apart from the kernel of its node."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from clusterproof.cluster.places import only_on
from clusterproof.instruments import kernels, sandboxes
from clusterproof.instruments.containers import without_kubelet
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

FORBIDDEN = 403
EVERY = 0.5  # seconds between two looks at a log, which is not watched
NOBODY = "clusterproof-nobody-offers-this"


@check(
    "workload_sandboxing",
    probe="KAR-20",
    needs=(
        "create namespaces",
        "create pods",
        "watch pods",
        "get pods/log",
        "list nodes",
        "create runtimeclasses.node.k8s.io",
    ),
)
def untrusted_code_is_kept_apart(bench: Bench) -> Iterator[Observation]:
    """Run a pod in a sandbox, where its class says; then one whose sandbox would need more than any node has."""
    settings = bench.use_backend().settings
    found = sandboxes.classes(bench.cluster, settings["sandboxes"], bench.values.runtime_class)
    if not found:
        named = bench.values.runtime_class or f"any of {', '.join(settings['sandboxes'])} in its handler or name"
        bench.skip(Reason.NOT_INSTALLED, f"No RuntimeClass has {named}; name another one with -p runtime_class.")
    chosen = found[0]
    yield bench.observe(
        "No RuntimeClass that is called a sandbox has an ordinary runtime behind it",
        expected=[],
        actual=[f"{each.name}: {each.handler}" for each in found if each.handler in settings["ordinary"]],
        kind=Kind.NEGATIVE,
    )
    refused = bench.refused("pod", name="nobody", dry_run=True, runtime_class=NOBODY)
    yield bench.observe(
        "A pod that asks for a RuntimeClass that does not exist is refused",
        expected=FORBIDDEN,
        actual=refused.status if refused else "accepted",
        kind=Kind.NEGATIVE,
    )
    sandboxed = bench.apply("pod", name="sandboxed", runtime_class=chosen.name)
    yield bench.observe(
        "A pod in the sandbox carries the overhead and the constraints of its class",
        expected=chosen.asks(),
        actual=chosen.carried_by(sandboxed.objects[0]),
    )
    yield _bound(bench, chosen, sandboxed, "The pod in the sandbox is bound to a node that its class allows")
    if bench.values.allow_cluster_scoped:
        yield from _counted(bench, chosen)
    if without_kubelet(bench):
        bench.skip(
            Reason.NEEDS_KUBELET,
            "What the API server and the scheduler decide holds; whose kernel a sandbox sees can only be told where a "
            "kubelet runs it.",
        )
    yield from _apart(bench, chosen)


def _bound(bench: Bench, chosen: sandboxes.RuntimeClass, pod: Thing, claim: str) -> Observation:
    allowed = sandboxes.nodes_for(bench.cluster, chosen.selector)
    return bench.eventually(
        claim,
        lambda: "".join(each["spec"].get("nodeName", "") for each in pod.pods()),
        accept=lambda node: node in allowed,
        expected=f"one of {len(allowed)} nodes" if len(allowed) > 1 else "".join(allowed),
    )


def _counted(bench: Bench, chosen: sandboxes.RuntimeClass) -> Iterator[Observation]:
    """A pod has to wait that fits by itself and not with its sandbox; the next one shows that pods are still bound."""
    [heavy] = bench.apply("heavy", name="heavy", handler=chosen.handler, scheduling=chosen.scheduling or None).objects
    waits = bench.apply("pod", name="waits", runtime_class=heavy["metadata"]["name"])
    yield bench.throughout("No pod is bound whose sandbox needs more than any node has", waits.bound, equals=0)
    waits.delete()
    light = bench.apply("pod", name="light", runtime_class=chosen.name)
    yield _bound(bench, chosen, light, "A pod whose sandbox needs less is bound")


def _apart(bench: Bench, chosen: sandboxes.RuntimeClass) -> Iterator[Observation]:
    """Ask two containers of one node for their kernel, one in the sandbox and one as usual."""
    inside = bench.apply("witness", name="inside", runtime_class=chosen.name)
    yield bench.eventually("A pod in the sandbox runs", inside.running, equals=1)
    bench.ledger.defaults["affinity"] = only_on([inside.pods()[0]["spec"]["nodeName"]])
    bench.ledger.defaults["tolerations"] = inside.objects[0]["spec"].get("tolerations") or []
    outside = bench.apply("witness", name="outside", runtime_class=None)
    seen = [partial(kernels.told, bench, thing) for thing in (inside, outside)]
    yield bench.eventually(
        "A pod in the sandbox and one beside it on the same node tell their kernels",
        lambda: [each() for each in seen],
        accept=all,
        expected="what each of them sees",
        kind=Kind.CONTROL,
        every=EVERY,
    )
    sandbox, node = (each() for each in seen)
    yield bench.observe(
        "The kernel of the sandbox is another one than that of its node",
        expected=f"not {node}",
        actual=sandbox,
        holds=kernels.differ(sandbox, node),
    )
