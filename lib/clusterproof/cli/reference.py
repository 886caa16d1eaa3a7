"""`clusterproof reference`: what there is to say of every command, parameter, check and reason, read from the code."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

BREAKS = str.maketrans({"|": r"\|", "\n": " ", "<": "&lt;"})
EXIT = {
    "0": "evaluated, and no MUST failed",
    "1": "a MUST failed, with `--strict` also one without an answer; a proof, a lint or a signature did not hold",
    "2": "a word of yours was wrong, and nothing was created",
    "3": "the kit, a notebook or the connection broke",
}


def reference(context: typer.Context) -> None:
    """Write the reference as Markdown: commands, parameters, checks, reasons and exit codes."""
    typer.echo("\n".join(_page(context.find_root().command)))


def _page(program: Any) -> Iterator[str]:
    yield f"# Reference\n\nMade from the code by `{program.name} reference`.\n\n## Commands\n"
    yield from _commands(program, str(program.name))
    yield "## Parameters\n\nUnder `values` in a platform file and in a notebook, `-p NAME VALUE` in a terminal.\n"
    yield from _table(("Name", "Usual", "What it means"), _parameters())
    yield "## Checks\n"
    yield from _table(("Requirement", "Check", "What it does", "Rights beyond reading"), _checks())
    yield "## Reasons\n"
    yield from _table(("Reason", "What it means"), _reasons())
    yield "## Exit codes\n"
    yield from _table(("Code", "What it means"), EXIT.items())


def _commands(command: Any, name: str) -> Iterator[str]:
    own = [each for each in command.params if not getattr(each, "hidden", False)]
    usage = " ".join(str(each.metavar or each.name).upper() for each in own if each.param_type_name == "argument")
    yield f"### {f'{name} {usage}'.strip()}\n\n{_plain(command.help)}\n"
    options = [each for each in own if each.param_type_name == "option"]
    if options:
        yield from _table(
            ("Option", "What it means"), ((_words(each), _plain(getattr(each, "help", ""))) for each in options)
        )
    for sub, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, f"{name} {sub}")


def _words(option: Any) -> str:
    return " ".join(f"`{word}`" for word in (*option.opts, *option.secondary_opts))


def _parameters() -> Iterator[tuple[str, ...]]:
    from clusterproof.parameters import Values  # noqa: PLC0415 - keeps `--help` quick

    said = _docstrings(Values)
    for name, field in Values.model_fields.items():
        yield f"`{name}`", f"`{field.get_default(call_default_factory=True)!r}`", said.get(name, "")


def _docstrings(kind: type) -> dict[str, str]:
    """Return the texts under a class's fields."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    pairs = zip(body.body, body.body[1:], strict=False) if isinstance(body, ast.ClassDef) else ()
    return {
        before.target.id: inspect.cleandoc(str(after.value.value))
        for before, after in pairs
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name)
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
    }


def _checks() -> Iterator[tuple[str, ...]]:
    from clusterproof import registry  # noqa: PLC0415

    for check in registry.declared():
        yield f"`{check.requirement}`", f"`{check.name}`", check.about, ", ".join(check.needs)


def _reasons() -> Iterator[tuple[str, ...]]:
    from clusterproof.render import REASONS  # noqa: PLC0415

    for reason, words in REASONS.items():
        yield f"`{reason.value}`", words


def _table(head: tuple[str, ...], rows: Any) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(str(cell).translate(BREAKS) for cell in row)} |"
    yield ""


def _plain(text: str | None) -> str:
    return " ".join((text or "").split())
