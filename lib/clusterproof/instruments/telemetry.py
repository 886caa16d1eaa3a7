"""Finding the exporters of a cluster's accelerators, and asking all of them at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clusterproof.cluster.exporters import Exporter, announced, exporters
from clusterproof.cluster.reading import runs
from clusterproof.errors import ClusterError
from clusterproof.instruments.exposition import Device, Sample, devices, parse
from clusterproof.instruments.pods import Port, exchange
from clusterproof.instruments.traffic import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.cluster.advertised import Place

Item = dict[str, Any]
OK = 200
CLOSED = frozenset({401, 403})  # by itself, or by the API server on the way to it
SECURE = "HTTP request to an HTTPS server"  # what servers in Go say, with status 400
AT_ONCE = 16
EVERY_NODE = "*"
NOTHING = Exporter("")


class How(IntEnum):
    """How a source was found, the surest first."""

    NAMED = 0
    """In the parameters."""
    RECOGNISED = 1
    """By the labels of a row."""
    ANNOUNCED = 2
    """It says that it tells metrics, of whatever."""


@dataclass(frozen=True)
class Source:
    """Something that tells metrics."""

    where: str
    """For people: a pod or a URL."""
    node: str
    """Empty: of several nodes, which its labels tell apart."""
    candidates: dict[str, tuple[Exporter, ...]]
    """Vendor to the rows by which it may be read; a pod that no row recognises has those of all names."""
    how: How
    ask: Callable[[], Answer]


@dataclass(frozen=True)
class Look:
    """What all sources have told at one moment."""

    devices: dict[Place, dict[str, Device]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    """Source to why it could not be read."""
    closed: dict[str, str] = field(default_factory=dict)
    """Source to why it does not let us in: nothing is known of what it tells."""
    strangers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Source to names of metrics, where no row knows any of them."""

    def of(self, place: Place) -> dict[str, Device]:
        """Return the devices of a vendor on a node."""
        return self.devices.get(place, {})

    def each(self) -> Iterator[tuple[str, Device]]:
        """Yield every device with a name for people."""
        for place, told in self.devices.items():
            yield from ((label(place, name), device) for name, device in told.items())


def label(place: Place, device: str = "") -> str:
    """Return how a reader finds a node's devices of a vendor, or one of them."""
    return f"{place[0]}: {place[1]}" + (f" {device}" if device else "")


def find(bench: Bench, places: Iterable[Place]) -> list[Source]:
    """Return the exporters named in the parameters, else those that run on the nodes of the accelerators.

    A pod that no row recognises is one as well if it announces metrics: by what it tells it may be known.
    """
    rows: dict[str, dict[str, tuple[Exporter, ...]]] = {}
    for node, vendor in places:
        rows.setdefault(node, {})[vendor] = exporters(vendor)
    if bench.values.metrics_endpoints:
        return [_endpoint(node, url, rows) for node, url in sorted(bench.values.metrics_endpoints.items())]
    pods = bench.cluster.pages(bench.cluster.resource("v1", "Pod"))
    found = [source for pod in pods if runs(pod) for source in _in_pod(bench, pod, rows)]
    return sorted(found, key=lambda source: (source.how, source.where))


def look(sources: list[Source], places: Iterable[Place]) -> Look:
    """Ask all sources and sort what they tell by node, vendor and device."""
    seen = Look(devices={place: {} for place in places})
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(_answer, sources))
    for source, answer in zip(sources, answers, strict=True):
        _sort(seen, source, answer)
    return seen


def _sort(seen: Look, source: Source, answer: Answer) -> None:
    """Add what one source has told; of several that tell of the same devices the surest counts."""
    if answer.status in CLOSED or SECURE in answer.body:
        seen.closed[source.where] = f"HTTP {answer.status}"
        return
    try:
        if answer.status != OK:
            raise ValueError(answer.said)  # noqa: TRY301 - one way for all that cannot be read
        samples = parse(answer.body, answer.headers.get("content-type", ""))
    except ValueError as error:
        if source.how is not How.ANNOUNCED:
            seen.problems[source.where] = str(error)
        return
    told = _by_place(source, samples)
    for place, found in told.items():
        if not seen.devices.get(place, True):
            seen.devices[place].update(found)
    if not told and source.how is not How.RECOGNISED:
        seen.strangers[source.where] = tuple(sorted({sample.name for sample in samples}))


def _by_place(source: Source, samples: tuple[Sample, ...]) -> dict[Place, dict[str, Device]]:
    told: dict[Place, dict[str, Device]] = {}
    for vendor, candidates in source.candidates.items():
        for name, device in devices(samples, _row(samples, candidates)).items():
            told.setdefault((source.node or device.node, vendor), {})[name] = device
    return told


def _row(samples: tuple[Sample, ...], candidates: tuple[Exporter, ...]) -> Exporter:
    """Return the row whose names are told; where several are, the one that reads most, where none, an empty one."""
    names = {sample.name for sample in samples}
    known = [row for row in candidates if names.intersection(row.names())]
    return max(known, key=lambda row: sum(len(d.values) for d in devices(samples, row).values()), default=NOTHING)


def _answer(source: Source) -> Answer:
    try:
        return source.ask()
    except ClusterError as error:
        return Answer(0, problem=error.message)


def _in_pod(bench: Bench, pod: Item, rows: dict[str, dict[str, tuple[Exporter, ...]]]) -> Iterator[Source]:
    node, metadata = pod["spec"].get("nodeName", ""), pod["metadata"]
    vendors = rows.get(node, {})
    own = {vendor: tuple(row for row in known if row.runs_in(pod)) for vendor, known in vendors.items()}
    recognised = next((row for known in own.values() for row in known), None)
    if not vendors or not (recognised or announced(pod, "scrape") == "true"):
        return
    row = recognised or NOTHING
    number, path = row.port_of(pod), row.path_of(pod)
    if number:
        candidates = {vendor: own[vendor] or known for vendor, known in vendors.items()}
        port = Port(bench.cluster, pod, number)
        where = f"{metadata['namespace']}/{metadata['name']}"
        how = How.RECOGNISED if recognised else How.ANNOUNCED
        yield Source(where, node, candidates, how, lambda: port.send("GET", path))


def _endpoint(node: str, url: str, rows: dict[str, dict[str, tuple[Exporter, ...]]]) -> Source:
    parts = urlsplit(url)
    host, port, path = parts.hostname or "", parts.port or 80, parts.path or "/metrics"
    every = {vendor: known for vendors in rows.values() for vendor, known in vendors.items()}
    candidates = every if node == EVERY_NODE else rows.get(node, {})

    def ask() -> Answer:
        return exchange(host, port, "GET", path) or Answer(0, problem=f"nobody answers at {host}:{port}")

    return Source(url, "" if node == EVERY_NODE else node, candidates, How.NAMED, ask)
