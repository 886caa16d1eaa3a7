"""Finding a gateway to test: its class, its listener's port, the address to send to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clusterproof.cluster.reading import condition_of
from clusterproof.instruments.traffic import Target
from clusterproof.model import Reason

if TYPE_CHECKING:
    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

HTTP = 80


@dataclass(frozen=True)
class GatewayClass:
    """A class that a controller has accepted, and the port that its listeners can have."""

    name: str
    controller: str
    port: int


def choose_class(bench: Bench) -> GatewayClass:
    """Return the class named in the parameters, else the first accepted one.

    Raises:
        Inconclusive: SKIP, there is none.
    """
    backend = bench.backend or bench.use_backend()
    kind = backend.settings["class_kind"]
    group = next(version for version, used in backend.kinds() if used == "Gateway").rpartition("/")[0]
    api_version = backend.api_version(f"{group}/auto", kind, bench.cluster.discovery)
    classes = list(bench.cluster.pages(bench.cluster.resource(api_version, kind)))
    wanted = bench.values.gateway_class
    usable = [item for item in classes if _is_accepted(item) and wanted in {"", item["metadata"]["name"]}]
    if not usable:
        named = f" named {wanted}" if wanted else ""
        bench.skip(Reason.NOT_INSTALLED, f"No controller has accepted a {kind}{named}.")
    chosen = usable[0]
    marks = chosen["metadata"].get("annotations") or {}
    port = int(marks.get(backend.settings["port_annotation"], HTTP))
    return GatewayClass(chosen["metadata"]["name"], chosen["spec"]["controllerName"], port)


def _is_accepted(item: dict[str, Any]) -> bool:
    return condition_of(item.get("status") or {}, "Accepted") == "True"


def target(bench: Bench, gateway: Thing, host: str, port: int) -> Target:
    """Return where requests for a host go: the parameter ``gateway_url``, else the Gateway's first address."""
    if bench.values.gateway_url:
        url = urlsplit(bench.values.gateway_url)
        return Target(url.hostname or "", url.port or HTTP, host)
    return Target(address(gateway), port, host)


def skip_where_unreachable(bench: Bench, to: Target) -> None:
    """End the check where no packet comes back: then nothing is known of the gateway.

    Raises:
        Inconclusive: SKIP, with the ways out.
    """
    answer = to.send()
    if not answer.reachable:
        bench.skip(
            Reason.UNREACHABLE_FROM_HERE,
            f"No packet comes back from the Gateway ({answer.problem}); run the "
            "notebook where clients are, or name another way in with -p gateway_url.",
        )


def address(gateway: Thing) -> str:
    """Return the first address in the Gateway's status; empty if it has none yet."""
    addresses = (gateway.now("Gateway").get("status") or {}).get("addresses") or [{}]
    return str(addresses[0].get("value", ""))
