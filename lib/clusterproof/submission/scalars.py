"""What an unquoted word of YAML stands for, as the programme's validator reads it.

Its library takes ``yes`` and ``off`` for words, ``1.34`` for a number and ``2026-08-19`` for a time.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

_FIXED: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_LONGEST = 64  # characters; longer rows of digits are no number of anybody's
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INTEGERS = (
    (re.compile(r"[-+]?0[xX][0-9a-fA-F]+"), 16),
    (re.compile(r"[-+]?0[bB][01]+"), 2),
    (re.compile(r"[-+]?0[oO]?[0-7]+"), 8),
    (re.compile(r"[-+]?(?:0|[1-9][0-9]*)"), 10),
)
_TIME = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}(?:[Tt ]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)? ?(?:Z|[-+]\d{2}:\d{2})?)?", re.ASCII
)
_TEXT = "tag:yaml.org,2002:str"


def resolve(text: str, tag: str | None, *, plain: bool) -> Any:
    """Return the value of a scalar: None, a bool, a number, a time or a str.

    ``plain`` means that it stands without quotes and without a tag.
    """
    if tag == _TEXT or not (plain or (tag or "").startswith("tag:yaml.org,2002:")):
        return text
    if text in _FIXED:
        return _FIXED[text]
    if not text or len(text) > _LONGEST or text[0] not in "+-.0123456789":
        return text
    if _TIME.fullmatch(text):
        return _time(text)
    return _number(text.replace("_", ""), text)


def _number(digits: str, text: str) -> Any:
    for form, base in _INTEGERS:
        if form.fullmatch(digits):
            return int(digits.lower().replace("o", ""), base)  # Python wants no o in an octal, Go may have one
    return float(digits) if _FLOAT.fullmatch(digits) else text


def _time(text: str) -> Any:
    """Return a time, or the text where there is no such day; only the day matters to anybody here."""
    try:
        year, month, day = (int(part) for part in re.split(r"[Tt ]", text, maxsplit=1)[0].split("-"))
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return text
