"""What a testbed should be: its name, its add-ons, and what is broken about it on purpose."""

from __future__ import annotations

import difflib
import re
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Self

from clusterproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = "default"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?")
SIMULATED = "sim"
TIERS = (SIMULATED, "node")
_TEXTS = {"addon_options", "component_args"}


@dataclass(frozen=True)
class Spec:
    """One testbed, as it should be started. Everything beyond name and add-ons is what mutants change."""

    name: str = DEFAULT
    tier: str = SIMULATED
    """``sim`` for simulated nodes only, ``node`` for real ones beside them, where containers run."""
    addons: tuple[str, ...] = ()
    addon_options: dict[str, dict[str, str]] = field(default_factory=dict)
    """Add-on to switches that make it misbehave."""
    component_args: dict[str, dict[str, str]] = field(default_factory=dict)
    """Component to flags, without dashes, beyond or instead of the usual ones."""
    feature_gates: dict[str, bool] = field(default_factory=dict)
    """Kubernetes' feature gates, beyond or instead of the usual ones."""
    runtime_config: dict[str, bool] = field(default_factory=dict)
    """API groups and versions to serve or not, beyond or instead of the usual ones."""
    scheduler_config: dict[str, Any] | None = None
    """A KubeSchedulerConfiguration document."""
    node_options: dict[str, str] = field(default_factory=dict)
    """Switches that make real nodes misbehave, see ``node/node.yaml``."""
    nodes: tuple[dict[str, Any], ...] | None = None
    """Node groups, in the form of ``testbed.yaml``, instead of the usual ones."""

    def __post_init__(self) -> None:
        """Refuse a name that could not be a folder and part of object names, and a tier that is none."""
        if self.tier not in TIERS:
            raise UsageError(f"There is no tier {self.tier!r} of testbeds.", next_step=f"Known are {', '.join(TIERS)}.")
        if not _NAME.fullmatch(self.name):
            message = f"{self.name!r} cannot be the name of a testbed."
            raise UsageError(message, next_step="Use up to 40 lower-case letters, digits and dashes.")

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> Self:
        """Return the testbed that a mapping describes.

        Raises:
            UsageError: a key is unknown (the nearest one is named) or a value has the wrong type.
        """
        known = [each.name for each in fields(cls)]
        for key in data:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, 1)
                hint = f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(known)}."
                raise UsageError(f"A testbed has no {key!r}.", next_step=hint)
        return cls(**{key: _value(key, value) for key, value in data.items()})

    def to_mapping(self) -> dict[str, Any]:
        """Return the same as plain JSON values."""
        nodes = None if self.nodes is None else list(self.nodes)
        return {**asdict(self), "addons": list(self.addons), "nodes": nodes}


def differences(there: Spec, wanted: Spec) -> list[str]:
    """Return in words where one testbed is another one than was asked for."""
    has, asks = there.to_mapping(), wanted.to_mapping()
    return [f"{name} {_said(has[name])} (asked for: {_said(asks[name])})" for name in has if has[name] != asks[name]]


def _said(value: Any) -> str:
    return "none" if not value else ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _value(key: str, value: Any) -> Any:
    """Return a value in the type that its field has; lists come from YAML where the field is a tuple."""
    if key in {"name", "tier"}:
        return str(value)
    if key in {"nodes", "scheduler_config"} and value is None:
        return None
    if key in {"addons", "nodes"}:
        return tuple(_list(key, value))
    mapping = _mapping(key, value)
    if key in _TEXTS:
        return {
            str(name): {str(flag): _text(item) for flag, item in _mapping(f"{key}.{name}", flags).items()}
            for name, flags in mapping.items()
        }
    return mapping


def _text(item: Any) -> str:
    """Return a flag's value as a command line has it."""
    return str(item).lower() if isinstance(item, bool) else str(item)


def _list(key: str, value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise UsageError(f"{key} of a testbed is a list, not {value!r}.")
    return list(value)


def _mapping(key: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(f"{key} of a testbed is a mapping, not {value!r}.")
    return dict(value)
