"""One result, or the cluster's facts, as a fragment of HTML and as plain text, for a notebook's output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from clusterproof.model import Outcome
from clusterproof.render.chart import chart
from clusterproof.render.wording import SYMBOLS, WORDS, clean, fact_lines, holds, mark, seconds, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterproof.model import CheckResult, Facts, Observation


def result_text(result: CheckResult) -> str:
    """Return one result as plain text: a headline, then a line per observation."""
    lines = [f"{mark(result.outcome)}  {result.requirement}: {clean(result.message)}"]
    lines += [
        f"  {'✓' if seen.holds is True else '✗'} {clean(seen.claim)} "
        f"[{seen.kind.value}; expected {shown(seen.expected, 80)}, seen {shown(seen.actual, 80)}; {seconds(seen.took)}]"
        for seen in result.observations
    ]
    return "\n".join([*lines, "  " + _footing(result)])


def result_html(result: CheckResult) -> str:
    """Return one result as an HTML fragment with inline styles, readable on a light and on a dark page."""
    rows = Markup("").join(_row(seen) for seen in result.observations)
    colour = _COLOURS.get(result.outcome, "#7d621b")
    return _BOX.format(
        colour=colour,
        badge=_BADGE.format(colour, SYMBOLS[result.outcome], WORDS[result.outcome]),
        requirement=clean(result.requirement),
        message=clean(result.message),
        table=_TABLE.format(cell=_CELL, rows=rows) if rows else "",
        pictures=Markup("").join(_pictures(result)),
        footing=_footing(result),
    )


def facts_text(facts: Facts) -> str:
    """Return what the cluster says of itself as plain text, one fact a line."""
    return "\n".join(f"{name + ':':<20} {value}" for name, value in fact_lines(facts))


def facts_html(facts: Facts) -> str:
    """Return what the cluster says of itself as an HTML fragment."""
    rows = Markup("").join(_FACT.format(cell=_CELL, name=name, value=value) for name, value in fact_lines(facts))
    return str(Markup('<table style="border-collapse:collapse;text-align:left">{}</table>').format(rows))


def table_html(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows of words as an HTML fragment."""
    heads = Markup("").join(Markup('<th scope="col" style="{}">{}</th>').format(_CELL, word) for word in head)
    cells = (
        Markup("").join(Markup('<td style="{}">{}</td>').format(_CELL, clean(word)) for word in row) for row in rows
    )
    body = Markup("").join(Markup("<tr>{}</tr>").format(row) for row in cells)
    table = '<table style="border-collapse:collapse"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
    return str(Markup(table).format(heads, body))  # noqa: S704 - a constant, what is filled in is escaped


def _pictures(result: CheckResult) -> Iterable[Markup]:
    for picture in result.pictures:
        drawn = chart(picture, result)
        if drawn:
            yield _FIGURE.format(title=clean(picture.title), picture=drawn)


def _footing(result: CheckResult) -> str:
    parts = [f"took {seconds(result.took)}"]
    if result.backend:
        parts.append(f"backend {clean(result.backend, 80)}")
    if result.simulated:
        parts.append("SIMULATED nodes: not certification evidence")
    return " · ".join(parts)


def _row(seen: Observation) -> Markup:
    colour = _COLOURS[Outcome.PASS if seen.holds is True else Outcome.FAIL]
    return _ROW.format(
        cell=_CELL,
        badge=_BADGE.format(colour, *holds(seen).split(" ", 1)),
        claim=clean(seen.claim),
        kind=seen.kind.value,
        expected=shown(seen.expected, 200),
        actual=shown(seen.actual, 200),
        took=seconds(seen.took),
    )


# Mid tones: at least 4.5 : 1 as text on white, and as borders visible on black.
_COLOURS = {Outcome.PASS: "#1a7f4b", Outcome.FAIL: "#c8352b", Outcome.ERROR: "#a14a12"}
_CELL = "padding:.25em .9em .25em 0;vertical-align:top;text-align:left;border-top:1px solid rgba(128,128,128,.35)"
_BADGE = Markup(
    '<span style="background:{};color:#fff;padding:.1em .55em;border-radius:.3em;font-weight:600;white-space:nowrap">'
    "{} {}</span>"
)
_BOX = Markup(
    '<section style="border-left:.3em solid {colour};padding:.1em 0 .1em .9em;margin:.6em 0;overflow-wrap:anywhere">'
    '<p style="margin:.2em 0">{badge} <strong>{requirement}</strong></p>'
    '<p style="margin:.4em 0">{message}</p>{table}{pictures}<p style="margin:.4em 0;opacity:.8">{footing}</p></section>'
)
_TABLE = Markup(
    '<table style="border-collapse:collapse"><thead><tr>'
    '<th scope="col" style="{cell}">Claim</th><th scope="col" style="{cell}">Expected</th>'
    '<th scope="col" style="{cell}">Seen</th><th scope="col" style="{cell}">Took</th>'
    "</tr></thead><tbody>{rows}</tbody></table>"
)
_FIGURE = Markup(
    '<figure style="margin:1em 0;max-width:47em"><figcaption style="font-weight:600">{title}</figcaption>'
    "{picture}</figure>"
)
_ROW = Markup(
    '<tr><td style="{cell}">{badge} {claim} <small>({kind})</small></td>'
    '<td style="{cell};min-width:6em">{expected}</td><td style="{cell};min-width:6em">{actual}</td>'
    '<td style="{cell};white-space:nowrap">{took}</td></tr>'
)
_FACT = Markup('<tr><th scope="row" style="{cell}">{name}</th><td style="{cell}">{value}</td></tr>')
