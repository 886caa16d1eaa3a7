"""One result, or the cluster's facts, as a fragment of HTML and as plain text; and how values are worded everywhere.

Whatever a cluster says is hostile until shown: it is cut to a length, loses its control characters, and is escaped.
"""

from clusterproof.render.chart import chart
from clusterproof.render.chart_table import chart_table
from clusterproof.render.decided import instant
from clusterproof.render.fragments import facts_html, facts_text, result_html, result_text, table_html
from clusterproof.render.thinning import drawable, thinned
from clusterproof.render.wording import (
    KINDS,
    REASONS,
    SHORT,
    SYMBOLS,
    WORDS,
    clean,
    counted,
    fact_lines,
    holds,
    mark,
    moment,
    seconds,
    shown,
    told,
)

__all__ = [
    "KINDS",
    "REASONS",
    "SHORT",
    "SYMBOLS",
    "WORDS",
    "chart",
    "chart_table",
    "clean",
    "counted",
    "drawable",
    "fact_lines",
    "facts_html",
    "facts_text",
    "holds",
    "instant",
    "mark",
    "moment",
    "result_html",
    "result_text",
    "seconds",
    "shown",
    "table_html",
    "thinned",
    "told",
]
