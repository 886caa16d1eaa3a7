"""A page of evidence inside the panel, in a frame that runs no script and reaches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from pathlib import Path

_FRAME = Markup(
    '<iframe title="Evidence of {}" sandbox="" style="width:100%;height:36rem;border:1px solid #8884;border-radius:6px;'
    'background:Canvas" srcdoc="{}"></iframe>'
)
_TEXT = Markup('<pre style="white-space:pre-wrap;max-height:36rem;overflow:auto">{}</pre>')
_NONE = Markup("<p>{}</p>")


def page(folder: Path | None, requirement: str) -> Markup:
    """Return the page of evidence of a requirement from a run folder."""
    file = folder / "evidence" / f"{requirement}.html" if folder else None
    if file is None or not file.is_file():
        return _NONE.format(f"There is no evidence of {requirement} yet; it comes when its run has ended.")
    return _FRAME.format(requirement, file.read_text(encoding="utf-8"))


def checklist(folder: Path | None) -> Markup:
    """Return the checklist as a run has filled it."""
    file = folder / "PRODUCT.yaml" if folder else None
    if file is None or not file.is_file():
        return _NONE.format("Run checks first: the checklist is filled from what they have seen.")
    return _TEXT.format(file.read_text(encoding="utf-8"))
