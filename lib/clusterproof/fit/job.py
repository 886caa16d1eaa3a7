"""A job as somebody who wants to run it describes it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from kubernetes.utils.quantity import parse_quantity
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from clusterproof.errors import UsageError
from clusterproof.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping


MOST = 2**80  # bytes, or cores; no cluster has that, and infinity is more


class Interconnect(StrEnum):
    """How near to each other the workers have to be."""

    ANY = "any"
    ONE_NODE = "one-node"
    FAST_NETWORK = "fast-network"


def _quantity(text: str) -> str:
    try:
        good = not text or 0 <= parse_quantity(text) < MOST
    except (ValueError, ArithmeticError):
        good = False
    if not good:
        raise ValueError("a quantity as Kubernetes writes them, such as 16Gi or 500m, or nothing")
    return text


Quantity = Annotated[str, Field(strict=True), AfterValidator(_quantity)]
Count = Annotated[int, Field(strict=True, le=100_000)]


class Job(BaseModel):
    """What a job needs. Quantities are words of Kubernetes: ``16Gi``, ``500m``; empty: nothing in particular."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    workers: Annotated[Count, Field(ge=1)] = 2
    devices_per_worker: Annotated[Count, Field(ge=0)] = 1
    cpu: Quantity = ""
    """Cores of each worker."""
    memory: Quantity = ""
    """Main memory of each worker."""
    interconnect: Interconnect = Interconnect.ANY
    image: Annotated[str, Field(strict=True, max_length=1000)] = ""
    """What the workers run; empty: the kit's probe image, which says nothing of yours."""
    dataset: Quantity = ""
    """Room on disk for the data that the workers read together."""

    def needs(self) -> dict[str, float]:
        """Return what one worker takes of its node, devices aside: cores, and bytes."""
        wanted = {"cpu": self.cpu, "memory": self.memory}
        return {name: float(parse_quantity(text)) for name, text in wanted.items() if text}

    @property
    def bytes(self) -> float:
        """The size of the data, 0 if there is none to be stored."""
        return float(parse_quantity(self.dataset)) if self.dataset else 0.0


def described(words: Mapping[str, Any]) -> Job:
    """Return a job from the words of a notebook's parameters.

    Raises:
        UsageError: a word is unknown, or what it says makes no sense; names the first of them.
    """
    try:
        return Job(**words)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            near = nearest(name, list(Job.model_fields))
            hint = f"Did you mean {near!r}?" if near else f"There are {', '.join(Job.model_fields)}."
            raise UsageError(f"A job has no {name!r}.", next_step=hint) from error
        reason = first["msg"].removeprefix("Value error, ")
        raise UsageError(
            f"{name} = {first['input']!r} cannot be asked for: {reason}.", next_step="Change it in the first cell."
        ) from error
