"""Reading, changing and removing single objects of a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from clusterproof.cluster.client import Cluster
    from clusterproof.cluster.discovery import Resource

Item = dict[str, Any]
GONE = 404  # also where the kind itself is no longer served


@dataclass(frozen=True)
class Objects:
    """Objects by what they say of themselves: apiVersion, kind, namespace, name."""

    cluster: Cluster

    def read(self, item: Item) -> Item | None:
        """Return an object as the server has it now; None if it is gone."""
        try:
            return self.cluster.get(*self._where(item))
        except ClusterError as error:
            if error.status == GONE:  # with its kind
                return None
            raise

    def change(self, item: Item, change: Item) -> Item:
        """Merge a change into an object and return it."""
        return self.cluster.patch(*self._where(item), change)

    def refused_change(self, item: Item, change: Item) -> ClusterError | None:
        """Try a change that should be refused; return the refusal, None if it was accepted."""
        try:
            self.change(item, change)
        except ClusterError as error:
            return error
        return None

    def delete(self, item: Item) -> None:
        """Delete an object; one that is gone already is as good as deleted."""
        try:
            self.cluster.delete(*self._where(item))
        except ClusterError as error:
            if error.status != GONE:
                raise

    def _where(self, item: Item) -> tuple[Resource, str, str]:
        metadata = item["metadata"]
        resource = self.cluster.resource(item["apiVersion"], item["kind"])
        return resource, metadata["name"], metadata.get("namespace", "")
