"""`clusterproof attest` and `clusterproof verify`: sign a run folder, and check that it is what was signed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clusterproof.errors import UsageError

if TYPE_CHECKING:
    from clusterproof.attest import Verified

PASSWORD = "CLUSTERPROOF_KEY_PASSWORD"  # noqa: S105 - the name of a variable
CHANGED = 1

Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]


def attest(  # noqa: PLR0913 - the options of a command
    folder: Run,
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="Private key, PEM: Ed25519 or ECDSA P-256.")],
    keyid: Annotated[str, typer.Option(metavar="ID", help="Name of the key for readers, instead of its digest.")] = "",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write here instead of into the folder.")] = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace an attestation that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Sign every file of a run folder: an in-toto statement in a DSSE envelope. Works offline.

    A protected key asks for its password, or takes it from the variable CLUSTERPROOF_KEY_PASSWORD.
    """
    from clusterproof import attest as attestation  # noqa: PLC0415 - keeps `--help` quick
    from clusterproof.attest.keys import load_private  # noqa: PLC0415
    from clusterproof.render import clean  # noqa: PLC0415

    if key.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"The key {key} lies in the run folder, which others are to see.", next_step="Move it away.")
    target = out or attestation.default_file(folder)
    private = load_private(key, _password)
    said = attestation.attest(folder, private, target, keyid=keyid, force=force)
    if as_json:
        _write(
            said.predicate,
            {"attestation": str(target), "files": len(said.digests), "keyid": keyid or private.public.keyid},
        )
        return
    about = f"Signed {len(said.digests)} files of run {said.predicate['runId']}: {_about(said.predicate)}."
    typer.echo(clean(about))
    typer.echo(f"Check it with: clusterproof verify {folder} --key PUBLIC_KEY" if out is None else f"Wrote {target}")


def verify(
    what: Annotated[Path, typer.Argument(metavar="RUN|FILE", help="A run folder, or the attestation of one.")],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="Public key of the signer, PEM.")],
    run: Annotated[
        Path | None, typer.Option("--run", metavar="RUN", help="Run folder, if FILE lies elsewhere.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Check that a run folder is what was signed, to the byte; names what was changed, added or removed. Offline."""
    from clusterproof import attest as attestation  # noqa: PLC0415
    from clusterproof.attest.keys import load_public  # noqa: PLC0415

    public = load_public(key)
    is_folder = what.is_dir()
    file = attestation.default_file(what) if is_folder else what
    folder = run or (what if is_folder else what.parent)
    verified = attestation.verify(folder, file, public)
    _show(verified, as_json=as_json)
    raise typer.Exit(0 if verified.ok else CHANGED)


def _show(verified: Verified, *, as_json: bool) -> None:
    from clusterproof.render import clean  # noqa: PLC0415

    if as_json:
        problems = [{"file": each.name, "problem": each.what} for each in verified.problems]
        _write(verified.predicate, {"verified": verified.ok, "files": verified.files, "keyid": verified.keyid,
                                    "problems": problems})  # fmt: skip
        return
    said = verified.predicate
    if verified.ok:
        typer.echo(clean(f"✓ Verified: all {verified.files} files of run {said['runId']} are what was signed."))
        typer.echo(clean(f"{_about(said)}. Key {verified.keyid}."))
        return
    for each in verified.problems:
        typer.echo(clean(f"✗ {each.name}: {each.what}" if each.name else f"✗ {each.what}"))
    typer.echo("Not verified: the folder is not what was signed.", err=True)


def _about(said: dict[str, Any]) -> str:
    simulated = ", SIMULATED: not certification evidence" if said.get("simulated") else ""
    kubernetes = f"Kubernetes {said.get('kubernetesVersion') or 'unknown'}"
    return f"{said.get('summary')} with checklist {said.get('checklist')}, {kubernetes}{simulated}"


def _write(said: dict[str, Any], more: dict[str, Any]) -> None:
    typer.echo(json.dumps({**more, "run": said}, indent=2))


def _password() -> str:
    """Return the password of a key, from the environment or a person; never from the command line, which others see."""
    if PASSWORD in os.environ:
        return os.environ[PASSWORD]
    if not sys.stdin.isatty():
        raise UsageError("The key is protected by a password.", next_step=f"Set {PASSWORD}, or run it on a terminal.")
    answer: str = typer.prompt("Password of the key", hide_input=True, err=True)
    return answer
