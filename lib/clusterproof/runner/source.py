"""What a notebook says of itself before it runs: its parameters, and the checks that it calls."""

from __future__ import annotations

import ast
import json
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clusterproof import paths
from clusterproof.checklist import ids
from clusterproof.errors import UsageError
from clusterproof.nearest import nearest

TAG = "parameters"
NEEDED = ("platform", "kubeconfig", "context", "run_id", "only", "values")
"""Parameters that the runner sets in every notebook."""


@dataclass(frozen=True)
class Source:
    """One notebook, not executed."""

    path: Path
    text: str
    parameters: dict[str, Any] = field(default_factory=dict)
    """Names of the cell tagged ``parameters`` with their default values."""
    requirements: tuple[str, ...] = ()
    """Ids of the checks that its code runs, in order."""

    @property
    def name(self) -> str:
        """Stem of the file, for instance ``10_training``."""
        return self.path.stem


def own_notebooks() -> tuple[Path, ...]:
    """Return the notebooks of the kit that a run executes, in their order; those from 90 on belong to no run."""
    return tuple(sorted(paths.notebooks().glob("[0-8]*.ipynb")))


def find(name: str) -> Path:
    """Return a notebook by its name, ``10_training`` or ``training``, or by the path of a file.

    Raises:
        UsageError: there is no such notebook.
    """
    path = Path(name)
    with suppress(RuntimeError):  # a home folder of nobody's: there is no such file
        path = path.expanduser()
    if path.suffix == ".ipynb" and _is_file(path):
        return path.resolve()
    stem = path.name.removesuffix(".ipynb")
    for own in own_notebooks():
        if stem in {own.stem, own.stem.split("_", 1)[-1]}:
            return own
    known = [own.stem for own in own_notebooks()]
    near = nearest(stem, known)
    raise UsageError(
        f"There is no notebook {name!r}" + (f"; did you mean {near!r}?" if near else "."),
        next_step=f"The kit has {', '.join(known)}; one of yours is named by its path.",
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def read(path: Path) -> Source:
    """Return what a notebook says of itself.

    Raises:
        UsageError: it is no notebook, or has no ``parameters`` cell with the names that a run sets.
    """
    try:
        text = path.read_text(encoding="utf-8")
        cells = json.loads(text)["cells"]
        code = [(cell, "".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is not a notebook that can be read: {type(error).__name__}.") from error
    tagged = [source for cell, source in code if TAG in (cell.get("metadata") or {}).get("tags", ())]
    parameters = _assigned(tagged[0]) if tagged else {}
    missing = [name for name in NEEDED if name not in parameters]
    if missing:
        raise UsageError(
            f"{path.name} has no cell tagged {TAG!r} that sets {', '.join(missing)}.",
            next_step="Start from a copy of one of the kit's notebooks: a run hands its parameters over in that cell.",
        )
    called = tuple(dict.fromkeys(name for _, source in code for name in _checks(source)))
    return Source(path, text, parameters, called)


def _assigned(source: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for node in _parse(source):
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                found[target.id] = _literal(node.value)
    return found


def _literal(node: ast.expr | None) -> Any:
    try:
        return ast.literal_eval(node) if node is not None else None
    except ValueError:
        return None


def _checks(source: str) -> list[str]:
    """Return the ids in calls of a method named ``run`` whose argument is an id of the checklist."""
    calls = (
        node
        for top in _parse(source)
        for node in ast.walk(top)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run"
    )
    words = (arg.value for call in calls for arg in call.args if isinstance(arg, ast.Constant))
    return [word for word in words if word in ids()]


def _parse(source: str) -> list[ast.stmt]:
    """Return the statements of a cell; lines that only IPython understands are left out."""
    plain = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
    try:
        return ast.parse(plain).body
    except SyntaxError:
        return []  # the kernel will say so where it can be read
