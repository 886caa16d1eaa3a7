"""What a check holds: a namespace of its own, objects from templates, two waiting verbs, and a record of it all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from clusterproof.bench.accelerators import chosen, countable
from clusterproof.bench.album import Album
from clusterproof.bench.choice import choose
from clusterproof.bench.excuses import Waits
from clusterproof.bench.objects import Objects
from clusterproof.bench.thing import Thing
from clusterproof.bench.turn import nobody_waits
from clusterproof.bench.values import template_values
from clusterproof.cluster import inventory
from clusterproof.cluster.allocation import AUTO
from clusterproof.cluster.places import only_on
from clusterproof.cluster.waiting import Patience, Seen, Waiter
from clusterproof.errors import ClusterError, Inconclusive
from clusterproof.model import Evidence, Facts, Kind, Observation, Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterproof.bench.ledger import Ledger
    from clusterproof.bench.turn import Turn
    from clusterproof.cluster.client import Cluster
    from clusterproof.cluster.discovery import Resource
    from clusterproof.manifest import Backend
    from clusterproof.parameters import Values

Item = dict[str, Any]


class Bench:
    """The workbench of one check in one run."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a check works with
        self,
        cluster: Cluster,
        requirement: str,
        values: Values,
        facts: Facts,
        ledger: Ledger,
        say: Callable[[str], None],
    ) -> None:
        self.cluster = cluster
        self.requirement = requirement
        self.values = values
        self.facts = facts
        self.ledger = ledger
        self.patience = Patience().scaled(values.timeout_scale, values.window)
        self.waits = Waits(ledger, self.patience.pull)
        self.objects = Objects(cluster)
        self.waiter: Waiter = ledger.waiter
        self.album = Album(ledger.waiter)
        self.backend: Backend | None = None
        self.take: Turn = nobody_waits
        self._say = say
        self._resource = ""

    def use_backend(self, wanted: str = "auto") -> Backend:
        """Choose the first backend whose kinds the server serves, or the one that was asked for.

        Raises:
            Inconclusive: SKIP, with what is missing for each backend.
        """
        self.backend = choose(self.requirement, wanted, self.cluster.discovery)
        return self.backend

    def accelerator(self) -> str:
        """Return the extended resource to ask for: the parameter, else that with most free; or raise Inconclusive."""
        self._resource = self._resource or chosen(self.values, self.facts)
        return self._resource

    def room(self) -> inventory.Capacity:
        """Take the accelerators and count them: allocatable per node, held by pods, taints to tolerate."""
        wanted, mode = self.accelerator(), self.values.allocation_mode
        self.take(wanted)
        self.ledger.neighbours.resource = wanted
        self.ledger.neighbours.settle(self.patience.gone)
        seen = inventory.capacity(self.cluster, wanted, mode)
        countable(seen, wanted, mode, self.facts)
        self.ledger.told["How the accelerators are given out"] = seen.told()
        own = self.values.tolerations
        self.ledger.defaults["tolerations"] = seen.tolerations() if own is None else own
        if mode != AUTO:  # on other nodes the same pods would get theirs in another way
            self.ledger.defaults["affinity"] = only_on(sorted(seen.allocatable))
        return seen

    def apply(self, template: str, *, name: str, place: str = "", sdk: Item | None = None, **values: Any) -> Thing:
        """Create the objects of a template and return them as one thing.

        ``place`` names a further namespace of this check; empty is its own. ``sdk`` names a client of the operator's
        to create them with, as its users do.
        """
        self._say(f"creating {name}")
        items = self._render(template, name, place, values)
        created = tuple(self.ledger.create(item, name=name, place=place, sdk=sdk) for item in items)
        return Thing(name, created, lambda kind: self.ledger.items(kind, place), self.objects.delete)

    def _render(self, template: str, name: str, place: str, values: Item) -> list[Item]:
        backend = self.backend or self.use_backend()
        where = self.ledger.namespace(place)
        own = {"run_id": self.ledger.run_id, "resource": self._resource, "name": name, "namespace": where}
        filled = template_values(self.values, {**backend.settings, **self.ledger.defaults, **own, **values})
        return backend.render(template, filled, self.cluster.discovery)

    def refused(self, template: str, *, name: str, dry_run: bool = False, **values: Any) -> ClusterError | None:
        """Try to create the objects of a template; return the refusal, None if all were accepted."""
        items = self._render(template, name, "", values)  # makes the namespace, whose refusal is another matter
        try:
            for item in items:
                self.ledger.create(item, name=name, dry_run=dry_run)
        except ClusterError as error:
            return error
        except Inconclusive as stop:
            if isinstance(stop.__cause__, ClusterError):
                return stop.__cause__
            raise
        return None

    def resource_of(self, kind: str) -> Resource:
        """Return where a kind of the backend's own API lives, in the version that the backend uses."""
        backend, discovery = self.backend or self.use_backend(), self.cluster.discovery
        groups = sorted({version.rpartition("/")[0] for version, _ in backend.kinds()})
        served = next(filter(None, (backend.api_version(f"{group}/auto", kind, discovery) for group in groups)))
        return self.cluster.resource(served, kind)

    def watch(self, kind: str, place: str = "") -> None:
        """Watch a kind that others create in the check's namespace."""
        self.ledger.namespace(place)
        self.ledger.watch(self.resource_of(kind), place)

    def eventually(  # noqa: PLR0913 - a claim, and how it is decided
        self,
        claim: str,
        probe: Callable[[], Any],
        *,
        equals: Any = None,
        accept: Callable[[Any], bool] | None = None,
        expected: Any = None,
        kind: Kind = Kind.POSITIVE,
        within: float | None = None,
        every: float | None = None,
    ) -> Observation:
        """Wait until a claim is true, and say whether it became so in time.

        ``equals`` is the awaited value, or ``accept`` decides and ``expected`` says it in words. ``within`` is in
        seconds (default: ``patience.start``). ``every`` is for probes that no watch can wake: seconds between tries.

        Raises:
            Inconclusive: the claim is not true because of something that is not the cluster's failing, such as a
                quota or an image that cannot be pulled.
            ClusterError: the API server did not answer at the end.
        """
        self._say(f"waiting: {claim}")
        decide = accept or (lambda value: bool(value == equals))
        limit = self.patience.start if within is None else within
        wait = self.waiter.eventually if kind is Kind.NEGATIVE else self.waits.until
        seen = wait(probe, decide, within=limit, every=every)
        return self.ledger.observation(claim, equals if expected is None else expected, seen, kind)

    def throughout(
        self,
        claim: str,
        probe: Callable[[], Any],
        *,
        equals: Any,
        kind: Kind = Kind.NEGATIVE,
        window: float | None = None,
    ) -> Observation:
        """Say whether a claim is true in every state of a whole window (seconds, default ``patience.window``)."""
        self._say(f"watching: {claim}")
        length = self.patience.window if window is None else window
        seen = self.waiter.throughout(probe, lambda value: bool(value == equals), window=length)
        return self.ledger.observation(claim, equals, seen, kind)

    def observe(  # noqa: PLR0913
        self,
        claim: str,
        *,
        expected: Any,
        actual: Any,
        holds: bool | None = None,
        kind: Kind = Kind.POSITIVE,
        evidence: tuple[Evidence, ...] = (),
    ) -> Observation:
        """Record what one look has shown; ``holds`` defaults to the two values being equal."""
        decided = bool(actual == expected) if holds is None else holds
        return self.ledger.observation(claim, expected, Seen(actual, decided, 0.0), kind, evidence)

    def skip(self, reason: Reason, message: str) -> NoReturn:
        """End the check: a precondition for measuring is absent."""
        raise Inconclusive(Outcome.SKIP, reason, message)

    def unknown(self, message: str) -> NoReturn:
        """End the check: the kit's tables do not know what is there."""
        raise Inconclusive(Outcome.UNKNOWN, Reason.UNKNOWN_DEVICE, message)
