"""The command line. Answers go to stdout, progress and errors to stderr; the exit codes are in ``errors`` and below.

0 evaluated, no MUST failed · 1 a MUST failed (with --strict also one that was asked for and has no answer) ·
2 usage · 3 something broke
"""

from __future__ import annotations

import os
import re
import sys
import traceback
from contextlib import nullcontext, suppress
from typing import Annotated

import typer

from clusterproof import __version__
from clusterproof.cli import attest as cli_attest
from clusterproof.cli import catalog as cli_catalog
from clusterproof.cli import checklist as cli_checklist
from clusterproof.cli import diff as cli_diff
from clusterproof.cli import fill as cli_fill
from clusterproof.cli import gap as cli_gap
from clusterproof.cli import github, harmless
from clusterproof.cli import images as cli_images
from clusterproof.cli import import_suite as cli_import
from clusterproof.cli import lab as cli_lab
from clusterproof.cli import list as cli_list
from clusterproof.cli import plan as cli_plan
from clusterproof.cli import prove as cli_prove
from clusterproof.cli import reference as cli_reference
from clusterproof.cli import renew as cli_renew
from clusterproof.cli import run as cli_run
from clusterproof.cli import sweep as cli_sweep
from clusterproof.cli import testbed as cli_testbed
from clusterproof.cli.heard import UnheardError, listening
from clusterproof.errors import KitError, UsageError, unwritable
from clusterproof.stopping import Stopping

BROKE = 3
SHORT, LONGEST = 600, 20_000  # characters of a message that quotes a user's word, or a program's last lines
DEBUG = "CLUSTERPROOF_DEBUG"
_PAIR = re.compile(r"\w+=.*", re.DOTALL)

app = typer.Typer(
    name="clusterproof",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Prove on a live cluster that Kubernetes can run AI workloads, and leave evidence.",
)
app.command(no_args_is_help=False)(cli_run.run)
app.command("list")(cli_list.show)
app.command()(cli_plan.plan)
app.command()(cli_images.images)
app.command()(cli_run.judge)
app.command()(cli_prove.prove)
app.command()(cli_lab.lab)
app.command()(cli_sweep.sweep)
app.command()(cli_fill.fill)
app.command()(cli_gap.gap)
app.command()(cli_renew.renew)
app.command()(cli_diff.diff)
app.command("import")(cli_import.take_in)
app.command()(cli_attest.attest)
app.command()(cli_attest.verify)
app.command()(cli_catalog.catalog)
app.command()(cli_reference.reference)
app.add_typer(cli_checklist.app, name="checklist")
app.add_typer(cli_testbed.app, name="testbed")


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"clusterproof {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    """Nothing but the version: everything else is a command."""


about.__doc__ = None  # the app's own help stands above the commands


def main(argv: list[str] | None = None) -> None:
    """Run a command and exit with its code."""
    words = paired(sys.argv[1:] if argv is None else argv)
    try:
        with listening(), harmless.guarded():
            _run(words, own_signals=argv is None)
    except UnheardError as error:
        if not isinstance(error.cause, BrokenPipeError):  # `clusterproof list | head`: the reader has seen enough
            _tell(unwritable("Standard output", error.cause).message)
        sys.exit(BROKE)


def _run(words: list[str], *, own_signals: bool) -> None:
    try:
        # Typer would turn a KeyboardInterrupt into a code of its own, and SIGTERM would leave what was begun.
        with Stopping() if own_signals else nullcontext():
            app(words, prog_name="clusterproof")
    except KitError as error:
        for line in error.diagnostics():
            _tell(line, SHORT if isinstance(error, UsageError) else LONGEST)
        github.tell_broken(error, summed_up=words[:1] == ["run"])
        sys.exit(error.exit_code)
    except UnheardError:
        raise
    except Exception as error:  # noqa: BLE001 - the last one: a bug is said in a sentence, and the trace is at hand
        _say_broken(error)
        sys.exit(BROKE)


def paired(words: list[str]) -> list[str]:
    """Return a command line in which ``-p NAME VALUE`` is ``-p NAME=VALUE``, since options here take one word."""
    found, rest = [], list(words)
    while rest:
        word = rest.pop(0)
        found.append(word)
        if word in {"-p", "--parameter"} and len(rest) > 1 and not _PAIR.fullmatch(rest[0]):
            found.append(f"{rest.pop(0)}={rest.pop(0)}")
    return found


def _say_broken(error: Exception) -> None:
    if os.environ.get(DEBUG):
        _tell("".join(traceback.format_exception(error)))
    _tell(f"The kit itself broke: {type(error).__name__}: {error}\nPlease report it with what {DEBUG}=1 prints.")


def _tell(text: str, limit: int = LONGEST) -> None:
    """Write to stderr without credentials and terminal codes, which a server's or user's words may hold."""
    from clusterproof import redact, render  # noqa: PLC0415 - only now

    with suppress(OSError):  # nobody can be told; the exit code still says it
        typer.echo(render.clean(redact.text(text), limit), err=True)


if __name__ == "__main__":
    main()
