"""`clusterproof lab`: JupyterLab with the kit's own interpreter as its kernel, opened at the first notebook."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from clusterproof import paths
from clusterproof.errors import UsageError

FIRST = "00_start_here.ipynb"
QUIET = (  # it asks nobody on the network for news
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
)


def lab(
    folder: Annotated[
        Path | None,
        typer.Option(help="Folder for the notebooks where the kit is not a checkout; they are copied there."),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on this machine; another one if it is taken.")
    ] = 8888,
    *,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
) -> None:
    """Open the notebooks in JupyterLab: on this machine only, behind JupyterLab's own token."""
    root, first = _place(folder)
    words = [
        sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}", "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}", f"--LabApp.default_url=/lab/tree/{first}", *QUIET,
    ]  # fmt: skip
    words += [] if browser else ["--no-browser"]
    words += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    # The kernel named python3 is the one of this interpreter, also where the user has registered another one.
    environment = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1", "JUPYTER_CONFIG_PATH": _config_path()}
    os.execve(sys.executable, words, environment)  # noqa: S606 - Ctrl-C and the exit code are JupyterLab's own


def _config_path() -> str:
    """Return where JupyterLab looks for settings: also in the kit, by which it does not ask whether to fetch news."""
    own = str(Path(__file__).with_name("jupyter"))
    return os.pathsep.join(filter(None, (os.environ.get("JUPYTER_CONFIG_PATH"), own)))


def _place(folder: Path | None) -> tuple[Path, str]:
    """Return JupyterLab's root, and the first notebook in it; an installed kit's own files must not be written to."""
    own = paths.notebooks()
    if folder is None and own.parent == paths.reports().parent:
        return own.parent, f"{own.name}/{FIRST}"
    target = (folder or Path("clusterproof-notebooks")).expanduser().absolute()
    try:
        target.mkdir(parents=True, exist_ok=True)
        for notebook in sorted(own.glob("*.ipynb")):
            if not (target / notebook.name).exists():
                shutil.copyfile(notebook, target / notebook.name)
    except OSError as error:
        raise UsageError(f"The notebooks cannot be put into {target}: {error.strerror}.") from error
    return target, FIRST
