"""Which checks there are. Listing parses files; only running a check imports it.

Checks live in packages named by the entry point group ``clusterproof.checks``, one module per requirement id, so a
vendor can ship a package with checks of its own.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.errors import KitError
from clusterproof.model import Check, Observation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clusterproof.bench.bench import Bench

    Body = Callable[[Bench], Iterator[Observation]]

GROUP = "clusterproof.checks"
UNREADABLE = "unreadable"
"""Name of what stands in a file that cannot be parsed: it is listed, and an ERROR when it is run."""


@dataclass(frozen=True)
class Registered:
    """A check that can be run."""

    check: Check
    body: Body


def check(  # noqa: PLR0913 - all that can be known of a check without importing it
    requirement: str,
    *,
    needs: tuple[str, ...] = (),
    probe: str = "",
    disruptive: bool = False,
    exclusive: bool = False,
    by_resource: bool = False,
) -> Callable[[Body], Body]:
    """Declare that a generator of observations checks a requirement.

    ``needs`` are verbs and resources beyond reading, ``"create jobs.batch"``; ``probe`` names the procedure followed;
    ``disruptive`` checks run only when the parameters allow it, ``exclusive`` ones one at a time in a cluster. With
    ``by_resource`` the body begins by looking, and calls ``bench.room()`` or ``bench.take()`` before it changes
    anything; only checks that take the same accelerators wait for each other then.
    """

    def mark(body: Body) -> Body:
        about = (body.__doc__ or "").strip().split("\n", 1)[0]
        declared = Check(
            requirement, body.__name__, about, needs, probe, disruptive, exclusive, by_resource, body.__module__
        )
        body.__clusterproof__ = declared  # type: ignore[attr-defined]
        return body

    return mark


def declared() -> tuple[Check, ...]:
    """Return every check, found by parsing the files of the registered packages."""
    found = (each for _, folder in _packages() for file in sorted(folder.glob("*.py")) for each in _parse(file))
    return tuple(sorted(found, key=lambda each: (each.requirement, each.name)))


def load(requirement: str) -> tuple[Registered, ...]:
    """Import and return the checks of one requirement; empty if there are none.

    Raises:
        KitError: a module of that name declares no check for it.
    """
    loaded: list[Registered] = []
    for package, folder in _packages():
        if not (folder / f"{requirement}.py").is_file():
            continue
        module = importlib.import_module(f"{package}.{requirement}")
        marked = [body for body in vars(module).values() if _is_check(body, module.__name__)]
        loaded += [Registered(body.__clusterproof__, body) for body in marked]
        if not marked:
            raise KitError(f"{module.__name__} declares no check with @check({requirement!r}).")
    return tuple(loaded)


def _is_check(body: Any, module: str) -> bool:
    return hasattr(body, "__clusterproof__") and getattr(body, "__module__", "") == module


def _packages() -> Iterator[tuple[str, Path]]:
    """Yield the registered packages and their folders; none is imported, nor the packages that they lie in."""
    for point in entry_points(group=GROUP):
        top, *inner = point.value.split(".")
        spec = importlib.util.find_spec(top)
        for location in (spec.submodule_search_locations or []) if spec else []:
            yield point.value, Path(location, *inner)


def _parse(file: Path) -> list[Check]:
    """Return the checks of a file; one that is broken must not hide those of the other files."""
    try:
        functions = [node for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
        return [
            _declared(node, call, file)
            for node in functions
            for call in node.decorator_list
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "check"
        ]
    except (OSError, SyntaxError, ValueError, TypeError, IndexError, RecursionError, MemoryError) as error:
        return [Check(file.stem, UNREADABLE, f"{type(error).__name__}: {error}", source=str(file))]


def _declared(node: ast.FunctionDef, call: ast.Call, file: Path) -> Check:
    options = {word.arg: ast.literal_eval(word.value) for word in call.keywords if word.arg}
    about = (ast.get_docstring(node) or "").split("\n", 1)[0]
    return Check(ast.literal_eval(call.args[0]), node.name, about, source=str(file), **options)
