"""YAML that a user wrote: read without a traceback, and without quoting what may be a secret."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from clusterproof.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def read_user_yaml(path: Path) -> Any:
    """Return the content of a YAML file of a user's.

    Raises:
        UsageError: it cannot be read or is not YAML; the message names the line, never the text.
    """
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}.") from error
    except ValueError as error:
        raise UsageError(f"{path} is not readable YAML: {error}.") from error


def parse(text: str) -> Any:
    """Return what a YAML text says.

    Raises:
        ValueError: it is no YAML; the message names the line and the problem.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - 50 ms that `--help` need not wait for
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

    try:
        return YAML(typ="safe").load(io.StringIO(text))
    except (YAMLError, RecursionError) as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        where = f"line {mark.line + 1}: {error.problem}" if mark and isinstance(error, MarkedYAMLError) else "bad syntax"
        raise ValueError(where) from error
