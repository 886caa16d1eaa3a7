"""The proof as a page that anybody can open, and as data."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from clusterproof import __version__, render
from clusterproof.report.pages import style

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import Environment

    from clusterproof.prove.proof import Proof, Trial


def as_data(proof: Proof) -> dict[str, Any]:
    """Return the proof as plain JSON values."""
    plain: dict[str, Any] = {
        "schema": 1,
        "kit_version": __version__,
        "started": proof.started,
        "took": proof.took,
        "ok": proof.ok,
        "simulated": True,
        "tier": proof.tier,
        "testbeds": {"started": proof.beds.started, "not_used_again": list(proof.beds.thrown)},
        "trials": [_trial(trial) for trial in proof.trials],
        "gaps": list(proof.gaps()),
        "unproved": proof.unproved(),
        "left_to_other_tiers": proof.left_to_others(),
    }
    return plain


def _trial(trial: Trial) -> dict[str, Any]:
    seen = trial.result.observations if trial.result else ()
    return {
        "requirement": trial.requirement, "testbed": trial.mutant, "about": trial.about, "expected": trial.expected,
        "seen": trial.seen, "ok": trial.ok, "took": trial.took, "left": list(trial.left),
        "outcome": trial.result.outcome.value if trial.result else "",
        "observations": [
            {"claim": each.claim, "kind": each.kind.value, "expected": each.expected, "actual": each.actual,
             "holds": each.holds, "took": each.took}
            for each in seen
        ],
    }  # fmt: skip


def write_page(proof: Proof, folder: Path) -> Path:
    """Write ``prove.html`` and ``prove.json`` into a folder and return the page's path."""
    (folder / "prove.json").write_text(json.dumps(as_data(proof), indent=2), encoding="utf-8")
    page = folder / "prove.html"
    page.write_text(_pages().get_template("prove.html.j2").render(proof=proof), encoding="utf-8")
    return page


@cache
def _pages() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - only the page needs it

    pages = Environment(
        loader=PackageLoader("clusterproof.prove", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_cleaned,
    )
    pages.filters |= {"moment": render.moment, "seconds": render.seconds, "breakable": _breakable}
    pages.globals |= {"style": style(), "kit_version": __version__}
    return pages


def _cleaned(value: Any) -> Any:
    """Make what came from a cluster fit to be shown; escaping follows."""
    plain = isinstance(value, str) and not hasattr(value, "__html__")
    return render.clean(value) if plain else value


def _breakable(name: str) -> Markup:
    """Allow a line break after each underscore of a name, and nowhere else."""
    return escape(render.clean(name)).replace("_", Markup("_<wbr>"))
