"""What kind of evidence an entry is, by its form alone. The rules are data: ``evidence.yaml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from clusterproof.catalog.model import Evidence, Strength
from clusterproof.manifest import read_yaml
from clusterproof.model import Outcome
from clusterproof.submission.addresses import without_secrets
from clusterproof.submission.hollow import hollow
from clusterproof.submission.own_pages import NOT_MEASURED, own_page

_SHOWS = {"run": Strength.RUN, "documents": Strength.DOCUMENTS, "none": Strength.BLANK}
_UNPROVED = NOT_MEASURED | {Outcome.FAIL.value}
_LONGEST = 2000  # characters of an entry that are looked at
_FILE = re.compile(r"[^\s:]+\.\w{1,8}")


@dataclass(frozen=True)
class _Rule:
    place: str
    host: re.Pattern[str] | None
    path: re.Pattern[str] | None
    kind: str
    strength: Strength


def evidence(text: str, folder: Path, claimed: str = "") -> Evidence:
    """Return an entry with its kind; a path counts only where the file lies in the submission's own folder.

    ``claimed`` is the requirement that it is to show: a page of the kit's may say of it that it does not.
    """
    place, host, path = _parts(text.strip())
    shown = without_secrets(text)
    simulated = False
    if place == "file":
        file = _found(path, folder)
        nothing = hollow(file).partition(" ")[2] if file else "file that is not there"
        if nothing:
            return Evidence(shown, nothing, Strength.BLANK)
        page = own_page(file) if file and claimed else None
        simulated = page is not None and page.simulated
        said = page.said.get(claimed) if page else None
        if said and said.outcome in _UNPROVED:
            return Evidence(shown, f"page of the kit's that says: {said.outcome}", Strength.BLANK, simulated)
    for rule in _rules():
        if rule.place == place and _fits(rule, host, path):
            return Evidence(shown, rule.kind, rule.strength, simulated)
    return Evidence(shown, "of no known kind", Strength.BLANK, simulated)


def _parts(text: str) -> tuple[str, str, str]:
    """Return where an entry leads, the host and the path."""
    head = text[:_LONGEST]
    if re.match(r"https?://", head, re.IGNORECASE):
        try:
            parts = urlsplit(head)
            host = parts.hostname or ""
        except ValueError:
            return "words", "", ""
        return ("web", host, parts.path) if host else ("words", "", "")
    path = head.removeprefix("file://").partition("#")[0]
    return ("file", "", path) if _FILE.fullmatch(path) else ("words", "", "")


def _fits(rule: _Rule, host: str, path: str) -> bool:
    return (rule.host is None or bool(rule.host.fullmatch(host))) and (
        rule.path is None or bool(rule.path.search(path))
    )


def _found(path: str, folder: Path) -> Path | None:
    """Return the file in the folder that a path names, without following a link out of it; None if there is none."""
    own = f"{folder.parent.name}/{folder.name}/"
    inside = path.removeprefix(own).removeprefix("./")
    if inside.startswith("/") or ".." in inside.split("/") or "\0" in inside:
        return None
    try:
        file = (folder / inside).resolve()
        return file if file.is_relative_to(folder.resolve()) and file.is_file() else None
    except OSError:  # a name that is too long
        return None


@cache
def _rules() -> tuple[_Rule, ...]:
    rows = read_yaml(Path(__file__).with_name("evidence.yaml"))["kinds"]
    return tuple(
        _Rule(row["in"], _expression(row.get("host")), _expression(row.get("path")), row["kind"], _SHOWS[row["shows"]])
        for row in rows
    )


def _expression(text: str | None) -> re.Pattern[str] | None:
    return None if text is None else re.compile(text, re.IGNORECASE)
