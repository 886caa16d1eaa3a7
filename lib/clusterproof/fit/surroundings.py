"""What a job needs beside room for its workers: a network, a scheduler, an operator, a disk, its image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.bench.choice import AUTO, choose
from clusterproof.errors import ClusterError, Inconclusive
from clusterproof.fit.answers import Answer, Word
from clusterproof.fit.job import Interconnect
from clusterproof.fit.nodes import number
from clusterproof.fit.room import GIB, counted
from clusterproof.instruments import interfaces, plugged_interfaces
from clusterproof.manifest import backends

if TYPE_CHECKING:
    from clusterproof.cluster.client import Cluster
    from clusterproof.fit.job import Job
    from clusterproof.fit.nodes import Places
    from clusterproof.model import Facts

Item = dict[str, Any]
PROOF = "my_job"
"""The folder of manifests for the proof, whose backends are the ways to run a job of several workers."""
DEFAULT = "storageclass.kubernetes.io/is-default-class"
TOGETHER = "All workers start together, or none"


def network(job: Job, cluster: Cluster, places: Places) -> Answer | None:
    """Answer whether the workers find fast interfaces on the nodes that have room for them."""
    if job.interconnect is not Interconnect.FAST_NETWORK:
        return None
    question = "A fast network between the workers"
    claimed, plugged = backends("high_performance_networking")
    having = {each.node for each in interfaces.devices(cluster, claimed.settings["drivers"])}
    having |= {node for offer in plugged_interfaces.offers(cluster, plugged.settings) for node in offer.nodes}
    fits = sum(count for name, count in counted(job, places, now=False).items() if name in having)
    if fits >= job.workers:
        return Answer(
            question, Word.YES, f"{len(having)} nodes advertise interfaces; they have room for {fits} workers"
        )
    seen = (
        f"{len(having)} nodes advertise fast interfaces, with room for {fits} workers"
        if having
        else ("no node advertises an interface that the kit knows")
    )
    return Answer(question, Word.MISSING, seen, "Ask for any interconnect, or for a driver that advertises interfaces.")


def gang(job: Job, cluster: Cluster) -> Answer | None:
    """Answer whether a scheduler of the cluster's can hold back what cannot start whole."""
    if job.workers == 1:
        return None
    try:
        found = choose("gang_scheduling", AUTO, cluster.discovery)
    except Inconclusive:
        seen = "the API server serves none of the kinds by which the kit knows such schedulers"
        helps = "Without one two jobs that start in part can block each other for ever."
        return Answer(TOGETHER, Word.CARE, seen, helps)
    return Answer(TOGETHER, Word.YES, f"by {found.about}", "The check gang_scheduling proves it.")


def operator(job: Job, cluster: Cluster) -> Answer | None:
    """Answer whether there is an operator that tells the workers of each other."""
    if job.workers == 1:
        return None
    found = choose(PROOF, AUTO, cluster.discovery)
    question = "An operator for jobs of several workers"
    if "sdk" in found.settings:
        return Answer(question, Word.YES, found.about)
    seen = f"none that the kit knows; {found.about} can start them, and nobody tells them of each other"
    return Answer(question, Word.CARE, seen, "Ask an administrator for an operator for training jobs.")


def data(job: Job, cluster: Cluster, places: Places) -> Answer | None:
    """Answer whether there is a disk for the data: of a class of storage, else of each node."""
    if not job.bytes:
        return None
    question = f"Room for {job.dataset} of data"
    classes = _default_first(list(cluster.pages(cluster.resource("storage.k8s.io/v1", "StorageClass"))))
    if classes:
        return _volume(job, question, cluster, classes[0])
    best = max((place.disk for place in places.nodes.values()), default=0.0)
    seen = f"there is no StorageClass, and no node has more than {best / GIB:.4g} GiB of its own"
    if best >= job.bytes:
        return Answer(question, Word.YES, f"there is no StorageClass; a node's own disk has {best / GIB:.4g} GiB",
                      "Each node needs a copy of its own.")  # fmt: skip
    return Answer(question, Word.MISSING, seen, "Ask for a StorageClass, or read the data over the network.")


def _default_first(classes: list[Item]) -> list[Item]:
    def others(item: Item) -> bool:
        return (item["metadata"].get("annotations") or {}).get(DEFAULT) != "true"

    return sorted(classes, key=lambda item: (others(item), item["metadata"]["name"]))


def _volume(job: Job, question: str, cluster: Cluster, storage: Item) -> Answer:
    """Answer for a class of storage: it knows its capacity only where its driver tells."""
    name = storage["metadata"]["name"]
    told = cluster.pages(cluster.resource("storage.k8s.io/v1", "CSIStorageCapacity"))
    most = [
        number(each.get("maximumVolumeSize") or each.get("capacity"))
        for each in told
        if each.get("storageClassName") == name
    ]
    if not most:
        seen = f"the StorageClass {name} is there; how much it has left its driver does not tell"
        return Answer(question, Word.UNKNOWN, seen, "Claim a volume of that size before the job.")
    seen = f"the largest volume of the StorageClass {name} may have {max(most) / GIB:.4g} GiB"
    return Answer(question, Word.YES if max(most) >= job.bytes else Word.MISSING, seen)


def image(job: Job, facts: Facts) -> Answer | None:
    """Answer for the image: only a node that pulls it can tell."""
    if not job.image:
        return None
    seen = "nobody knows until a node pulls it"
    helps = "The proof below pulls it." if facts.nodes_simulated < facts.nodes else "Simulated nodes pull nothing."
    return Answer(f"The image {job.image}", Word.UNKNOWN, seen, helps)


def all_of(job: Job, cluster: Cluster, facts: Facts, places: Places) -> list[Answer | None]:
    """Return every answer of this module; what may not be read is not known."""
    asked = [
        ("A fast network between the workers", lambda: network(job, cluster, places)),
        (TOGETHER, lambda: gang(job, cluster)),
        ("An operator for jobs of several workers", lambda: operator(job, cluster)),
        ("Room for the data", lambda: data(job, cluster, places)),
        ("The image", lambda: image(job, facts)),
    ]
    return [_told(question, ask) for question, ask in asked]


def _told(question: str, ask: Any) -> Answer | None:
    try:
        found: Answer | None = ask()
    except ClusterError as error:
        return Answer(question, Word.UNKNOWN, f"the API server does not tell: {error.message}")
    return found
