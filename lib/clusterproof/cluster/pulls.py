"""Images that nodes cannot pull: which one, why, and whether it makes sense to wait for it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from clusterproof.cluster.obstacles import Found

Item = dict[str, Any]
FINAL = frozenset({"InvalidImageName", "ErrImageNeverPull"})
FAILED = FINAL | {
    "ErrImagePull",
    "ImagePullBackOff",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
}
"""What a kubelet gives as the reason for a container that waits for its image."""
PREPARING = frozenset({"ContainerCreating", "PodInitializing"})
PULLING, PULLED = "Pulling", "Pulled"
LONGEST = 300  # characters of a node's words
MIRROR = "`clusterproof images` lists what nodes have to be able to pull, -p image_registry_prefix names a mirror."
_ANSWERED = re.compile(
    r"not ?found|(?:manifest|name) unknown|unauthorized|denied|forbidden|authorization failed|no basic auth"
    r"|no match for platform|invalid reference|signature",
    re.IGNORECASE,
)
"""A registry has said no, or what it has cannot be used: another try ends in the same way."""


@dataclass(frozen=True)
class _Waiting:
    """One container that waits for something to do with images."""

    pod: Item
    status: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, str]:
        return str(self.pod.get("metadata", {}).get("uid") or ""), str(self.status.get("name") or "")

    @property
    def reason(self) -> str:
        return str(self._state.get("reason") or "")

    @property
    def words(self) -> str:
        return str(self._state.get("message") or "")

    @property
    def _state(self) -> Mapping[str, Any]:
        return (self.status.get("state") or {}).get("waiting") or {}

    def found(self) -> Found:
        """Return it as what stands in a check's way."""
        said = f": {self.words[:LONGEST].rstrip('. ')}" if self.words else ""
        sentence = f"The image {self.status.get('image')} cannot be pulled: {self.reason}{said}. {MIRROR}"
        return Reason.IMAGE_UNAVAILABLE, sentence


def unpullable(pods: Iterable[Item]) -> Found | None:
    """Return the first image that a node has failed to pull, and why."""
    return next((each.found() for each in _waiting(pods) if each.reason in FAILED), None)


def still_pulled(pods: Iterable[Item], events: Iterable[Mapping[str, Any]]) -> Found | None:
    """Return the first image that is on its way to a node, as the events of the pods tell."""
    begun: dict[str, set[tuple[str, str]]] = {PULLING: set(), PULLED: set()}
    for event in events:
        about = event.get("involvedObject") or {}
        if event.get("reason") in begun:
            begun[str(event["reason"])].add((str(about.get("uid")), _container(str(about.get("fieldPath")))))
    for each in _waiting(pods):
        if each.reason in PREPARING and each.key in begun[PULLING] - begun[PULLED]:
            sentence = f"The image {each.status.get('image')} was still being pulled when the time was up: "
            return Reason.IMAGE_UNAVAILABLE, f"{sentence}run again, or with a larger -p timeout_scale."
    return None


@dataclass
class Pulls:
    """Follows pods over a check and says when nothing is to be expected of an image any more."""

    retry: float
    """Seconds in which a registry that does not answer may come back."""
    _since: dict[tuple[str, str], float] = field(default_factory=dict)

    def hopeless(self, pods: Iterable[Item]) -> Found | None:
        """Return the first image that cannot be pulled, and that it makes no sense to wait for."""
        for each in _waiting(pods):
            if each.reason not in FAILED or each.pod["metadata"].get("deletionTimestamp"):
                continue
            since = self._since.setdefault(each.key, time.monotonic())
            if each.reason in FINAL or _ANSWERED.search(each.words) or time.monotonic() - since >= self.retry:
                return each.found()
        return None


def _container(path: str) -> str:
    """Return the name in ``spec.containers{name}``."""
    return path.partition("{")[2].rstrip("}")


def _waiting(pods: Iterable[Item]) -> Iterator[_Waiting]:
    for pod in pods:
        status = pod.get("status") or {}
        for each in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
            yield _Waiting(pod, each)
