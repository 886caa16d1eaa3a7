"""Where things are: the one place that knows a checkout from an installed wheel."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from clusterproof.errors import UsageError

PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = PACKAGE.parents[1]


def _shipped(name: str) -> Path:
    """Prefer the checkout's folder: an editable install also has a copy, and that one goes stale."""
    checkout = _CHECKOUT / name
    in_checkout = (_CHECKOUT / "pyproject.toml").is_file() and checkout.is_dir()
    return checkout if in_checkout else PACKAGE / "_shipped" / name


def notebooks() -> Path:
    """Return the folder of the notebooks."""
    return _shipped("notebooks")


def parameters() -> Path:
    """Return the folder of the platform files."""
    return _shipped("parameters")


def manifests() -> Path:
    """Return the folder of manifest templates, one sub-folder per requirement id."""
    return PACKAGE / "manifests"


def own_manifests() -> Path | None:
    """Return the user's own folder of templates, laid out as the kit's (``CLUSTERPROOF_MANIFESTS``); None if unset."""
    chosen = os.environ.get("CLUSTERPROOF_MANIFESTS")
    if chosen and not Path(chosen).is_dir():
        raise UsageError(f"CLUSTERPROOF_MANIFESTS names {chosen}, and that is no folder.")
    return Path(chosen) if chosen else None


def mutants() -> Path:
    """Return the folder of mutants, one sub-folder per requirement id."""
    return PACKAGE / "mutants"


def reports() -> Path:
    """Return the default folder for run folders: ``reports/`` of the checkout, else of the working directory."""
    in_checkout = (_CHECKOUT / "pyproject.toml").is_file()
    return (_CHECKOUT if in_checkout else Path.cwd()) / "reports"


def cache() -> Path:
    """Return the user's cache folder (``CLUSTERPROOF_CACHE`` overrides it)."""
    chosen = os.environ.get("CLUSTERPROOF_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("clusterproof", appauthor=False))


def state() -> Path:
    """Return the folder for running testbeds (``CLUSTERPROOF_STATE`` overrides it)."""
    chosen = os.environ.get("CLUSTERPROOF_STATE")
    return Path(chosen) if chosen else Path(platformdirs.user_state_dir("clusterproof", appauthor=False))
