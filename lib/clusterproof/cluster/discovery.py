"""What an API server serves: groups, versions and resources, read in two requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable

_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"


@dataclass(frozen=True)
class Resource:
    """Where the objects of one kind live."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        """As in a manifest: ``v1`` or ``group/version``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "", sub: str = "") -> str:
        """Return the URL's path of the collection, of one object or of its subresource."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        inside = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return "/".join(part for part in (f"{root}{inside}/{self.plural}", name, sub) if part)


class Discovery:
    """The resources of one server; read again when something is asked for that was not there before."""

    def __init__(self, call: Callable[..., dict[str, Any]]) -> None:
        self._call = call
        self._resources: dict[tuple[str, str], Resource] = {}
        self._groups: dict[str, tuple[str, ...]] = {}

    def refresh(self) -> None:
        """Read everything again."""
        found: dict[tuple[str, str], Resource] = {}
        groups: dict[str, tuple[str, ...]] = {}
        for path in ("/api", "/apis"):
            try:
                for item in self._call("GET", path, accept=_AGGREGATED).get("items") or []:
                    group, versions = item.get("metadata", {}).get("name", ""), item.get("versions") or []
                    groups[group] = tuple(version["version"] for version in versions)
                    for version in versions:
                        found |= _resources_of(group, version)
            except (KeyError, TypeError, AttributeError) as error:
                message = f"GET {path}: the answer does not say what the server serves ({type(error).__name__})."
                raise ClusterError(message, status=200, reason="NoDiscovery") from error
        self._resources, self._groups = found, groups

    def resource(self, api_version: str, kind: str) -> Resource:
        """Return where objects of that kind live, or raise a ClusterError with status 404."""
        if (api_version, kind) not in self._resources:
            self.refresh()  # a CRD may have come since
        try:
            return self._resources[(api_version, kind)]
        except KeyError:
            message = f"The server does not serve {kind} in {api_version}."
            raise ClusterError(message, status=404, reason="NotServed") from None

    def serves(self, api_version: str, kind: str = "") -> bool:
        """True if the group and version are served (and that kind in it, if one is named)."""
        self._ensure()
        if kind:
            return (api_version, kind) in self._resources
        group, _, version = api_version.rpartition("/")
        return version in self._groups.get(group, ())

    def versions(self, group: str) -> tuple[str, ...]:
        """Return the served versions of a group, the preferred one first; empty if it is not served."""
        self._ensure()
        return self._groups.get(group, ())

    def group_versions(self) -> tuple[str, ...]:
        """Return everything served as ``group/version``, sorted."""
        self._ensure()
        return tuple(sorted({resource.api_version for resource in self._resources.values()}))

    def everything(self) -> tuple[Resource, ...]:
        """Return every resource, each in the most preferred of the versions that have it."""
        self.refresh()
        best: dict[tuple[str, str], Resource] = {}
        for each in sorted(self._resources.values(), key=lambda r: self._groups[r.group].index(r.version)):
            best.setdefault((each.group, each.plural), each)
        return tuple(best[key] for key in sorted(best))

    def kinds(self, api_version: str) -> tuple[str, ...]:
        """Return the kinds served in one group and version, sorted."""
        self._ensure()
        return tuple(sorted(kind for version, kind in self._resources if version == api_version))

    def _ensure(self) -> None:
        if not self._resources:
            self.refresh()


def _resources_of(group: str, version: dict[str, Any]) -> dict[tuple[str, str], Resource]:
    name = version["version"]
    api_version = f"{group}/{name}" if group else name
    return {
        (api_version, item["responseKind"]["kind"]): Resource(
            group=group,
            version=name,
            kind=item["responseKind"]["kind"],
            plural=item["resource"],
            namespaced=item.get("scope") == "Namespaced",
            verbs=tuple(item.get("verbs", ())),
        )
        for item in version.get("resources") or []
        if item.get("responseKind", {}).get("kind")
    }
