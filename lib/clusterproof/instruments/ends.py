"""The two ends of a connection over interfaces that pods are given: where they are, and what is said of them."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.inventory import capacity
from clusterproof.cluster.places import only_on
from clusterproof.instruments import attachment as ask
from clusterproof.instruments import interfaces as net
from clusterproof.instruments import plugged_interfaces as plugged
from clusterproof.instruments.devices import claims
from clusterproof.instruments.links import Link, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.instruments.interfaces import Device
    from clusterproof.instruments.plugged_interfaces import Offer

Item = dict[str, Any]


@dataclass(frozen=True)
class End:
    """One interface that a pod can ask for."""

    node: str
    mac: str
    """Its hardware's address, by which it is known in a pod whatever it is called there; empty if nobody tells it."""
    values: Item
    """What a template asks for it with."""


def claimed_ends(bench: Bench, free: Sequence[Device], settings: Item) -> list[End]:
    """Return the interfaces of claims to test: two of two nodes, or the only one."""
    return [_claimed(bench, each, settings["hardware"]) for each in pair(free, settings["names"])]


def _claimed(bench: Bench, device: Device, hardware: Sequence[str]) -> End:
    wanted = ask.request(bench, ask.INTERFACES, net.expression(device.attributes, device.driver))
    values = {"requests": [wanted], "affinity": only_on([device.node])}
    return End(device.node, next(iter(macs([device], hardware)), ""), values)


def counted_ends(bench: Bench, offers: Sequence[Offer], settings: Item) -> list[End]:
    """Return the same of the first resource that a definition of a network puts into pods; empty if none does."""
    defined = plugged.definitions(bench.cluster, settings)
    chosen = next((each.resource for each in offers if each.resource in defined), "")
    left = capacity(bench.cluster, chosen).free() if chosen else {}
    networks = {settings["definitions"]["networks"]: min(defined[chosen])} if chosen else {}
    asked = {"resource": chosen, "amount": 1, "annotations": networks}
    nodes = sorted(node for node, count in left.items() if count)[:2]
    return [End(node, "", {**asked, "affinity": only_on([node])}) for node in nodes]


def pair(free: Sequence[Device], names: Sequence[str]) -> list[Device]:
    """Return two interfaces of two nodes that are as much alike as there are; one of them if one node has them all."""

    def alike(two: Sequence[Device]) -> tuple[bool, bool, bool]:
        one, other = two
        return one.driver == other.driver, one.tells(names) == other.tells(names), one.name == other.name

    apart = [[one, other] for one, other in permutations(free, 2) if one.node != other.node]
    return max(apart, key=alike) if apart else list(free[:1])


def macs(devices: Iterable[Device], hardware: Sequence[str]) -> list[str]:
    """Return the addresses of hardware that are advertised."""
    found = (each.attributes.items() for each in devices)
    return [str(value) for told in found for key, value in told if key.rpartition("/")[2] in hardware]


def reported(bench: Bench, thing: Thing) -> Item:
    """Return what is said of the interface of a pod, in its claim's status or in an annotation; empty if nothing is."""
    settings = (bench.backend or bench.use_backend()).settings
    statuses = (claim.get("status") or {} for claim in claims(bench, thing))
    data = [each.get("networkData") or {} for status in statuses for each in status.get("devices") or []]
    annotation = settings.get("definitions", {}).get("status", "")
    return described([*data, *(row for pod in thing.pods() for row in _annotated(pod, annotation))])


def _annotated(pod: Item, annotation: str) -> list[Item]:
    rows = json.loads((pod["metadata"].get("annotations") or {}).get(annotation) or "[]")
    return [
        {"interfaceName": row.get("interface"), "hardwareAddress": row.get("mac"), "ips": row.get("ips")}
        for row in rows
        if not row.get("default")
    ]


def described(data: Iterable[Item]) -> Item:
    """Return the first description of an interface; what it does not say is left out."""
    for each in data:
        ips = sorted(str(ipaddress.ip_interface(ip).ip) for ip in each.get("ips") or [])
        told = {"name": each.get("interfaceName"), "mac": same(each.get("hardwareAddress") or ""), "addresses": ips}
        return {key: value for key, value in told.items() if value}
    return {}


def fits(told: Item, link: Link) -> bool:
    """True if an interface is what was told of it; it may have further addresses, such as those of its link."""
    named = told.get("name", link.name) == link.name and told.get("mac", same(link.mac)) == same(link.mac)
    return named and set(told.get("addresses") or ()) <= set(link.addresses)
