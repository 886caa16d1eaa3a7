"""What a terminal shows after some output: as much of one as is needed to see what is left of lines drawn again."""

from __future__ import annotations

import re

_PART = re.compile(r"\x1b\[(?P<number>[0-9;?]*)(?P<letter>[A-Za-z])|(?P<char>[\s\S])")


def shown(text, wide=80):
    """Return the rows of a terminal, without empty ones at the end."""
    rows, row, column = [""], 0, 0
    for part in _PART.finditer(text):
        char, letter = part["char"], part["letter"]
        if letter == "A":
            row = max(0, row - int(part["number"] or 1))
        elif letter == "K":
            rows[row] = ""
        elif char == "\r":
            column = 0
        elif char == "\n" or (char and column == wide):
            row, column = row + 1, 0
        rows += [""] * (row + 1 - len(rows))
        if char and char not in "\r\n":
            rows[row] = rows[row].ljust(column)[:column] + char + rows[row][column + 1 :]
            column += 1
    while rows and not rows[-1].strip():
        rows.pop()
    return [each.rstrip() for each in rows]
