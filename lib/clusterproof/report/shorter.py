"""Inline styles that repeat in a page, said once: a notebook's output brings its looks with it, a page need not."""

from __future__ import annotations

import re
from collections import Counter

OFTEN, LONG = 4, 24  # times, and characters; below, nothing is saved
_STYLE = re.compile(r'style="([^"&<>{}]+)"')
_PICTURE = re.compile(r"(<svg.*?</svg>)", re.DOTALL)


def styles_once(html: str) -> str:
    """Return a page in which each style that repeats stands in its head, and a mark in its place."""
    parts = _PICTURE.split(html)  # pictures stay as they are: people take them out of a page
    counted = Counter(style for part in parts[::2] for style in _STYLE.findall(part))
    often = [style for style, times in counted.items() if times >= OFTEN and len(style) >= LONG]
    marks = {style: f'data-s="{number}"' for number, style in enumerate(often)}
    for index in range(0, len(parts), 2):
        parts[index] = _STYLE.sub(lambda found: marks.get(found[1], found[0]), parts[index])
    rules = "".join(f"[{mark}]{{{style}}}" for style, mark in marks.items())
    return "".join(parts).replace("</head>", f"<style>{rules}</style>\n</head>", 1) if rules else "".join(parts)
