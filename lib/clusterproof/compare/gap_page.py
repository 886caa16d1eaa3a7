"""A gap as a page that anybody can open, and as data."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from clusterproof import __version__, render
from clusterproof.compare.gap import Step, counts, said
from clusterproof.report.pages import style

if TYPE_CHECKING:
    from jinja2 import Environment

    from clusterproof.compare.gap import Gap

TONES = {
    Step.NEW: "warn",
    Step.RAISED: "warn",
    Step.LOWERED: "good",
    Step.GONE: "quiet",
    Step.REWORDED: "quiet",
    Step.SAME: "quiet",
}


def as_data(way: Gap) -> dict[str, Any]:
    """Return a gap as plain JSON values."""
    return {
        "from": way.before, "to": way.after, "run": way.report.run_id if way.report else None, "product": way.product,
        "simulated": bool(way.report and way.report.simulated),
        "counts": {step.value: count for step, count in counts(way)},
        "remaining": [item.requirement.id for item in way.remaining],
        "items": [
            {
                "id": item.requirement.id, "title": item.requirement.title, "change": item.step.value,
                "before": item.before.value if item.before else None, "after": item.after.value if item.after else None,
                "status": item.answer.status.value if item.answer else None,
                "outcome": item.answer.outcome.value if item.answer else None,
                "simulated": item.answer.simulated if item.answer else None, "remains": item.remains,
            }
            for item in way.items
        ],
    }  # fmt: skip


def page(way: Gap) -> str:
    """Return a gap as HTML."""
    return _pages().get_template("gap.html.j2").render(gap=way, counts=counts(way))


@cache
def _pages() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - only the page needs it

    pages = Environment(
        loader=PackageLoader("clusterproof.compare", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_cleaned,
    )
    pages.filters |= {"moment": render.moment, "breakable": _breakable}
    pages.globals |= {"style": style(), "kit_version": __version__, "tones": TONES, "said": said}
    return pages


def _cleaned(value: Any) -> Any:
    """Make what came from a cluster fit to be shown; escaping follows."""
    plain = isinstance(value, str) and not hasattr(value, "__html__")
    return render.clean(value) if plain else value


def _breakable(name: str) -> Markup:
    """Allow a line break after each underscore of a name, and nowhere else."""
    return escape(render.clean(name)).replace("_", Markup("_<wbr>"))
