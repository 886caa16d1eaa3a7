"""How lines are told apart, by colour and by dashes, and the key that says which is which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from clusterproof.render.axes import END, INK, LEFT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ROW, _SAMPLE, _LETTER, _GAP = (20, 30, 6.7, 20)  # on the paper; a letter's width is a guess


@dataclass(frozen=True)
class Look:
    """How a line is drawn."""

    colour: str
    dash: str = "none"
    width: float = 2.4


# Of mid tones that stand out from white and from black (3 : 1), and that colour-blind people can tell apart. Dashes say
# the same once more, for print in grey.
LOOKS = (
    Look("#0072b2"),
    Look("#d55e00", "8 4"),
    Look("#009e73", "2.5 2.5", 3.0),
    Look("#b5609a", "12 3 3 3"),
    Look("#a67c00", "5 2"),
    Look("#7a7f87"),
    Look("#0072b2", "2 5", 3.0),
    Look("#d55e00", "14 4"),
)
LIMIT = Look(INK, "4 3", 1.4)


def legend(lines: Sequence[tuple[str, Look, bool]], bands: Iterable[tuple[str, bool]]) -> tuple[Markup, float]:
    """Return the key and its height.

    ``lines`` are names, looks and whether a band of the same name lies behind; ``bands`` are the other ones, and
    whether they are as thin as a line.
    """
    entries = [(name, _line(look, banded=banded)) for name, look, banded in lines]
    entries += [(name, _line(LIMIT, banded=False) if thin else _AREA.format(INK, ".16")) for name, thin in bands]
    parts, x, y = [], float(LEFT), 0
    for name, sample in entries:
        width = _SAMPLE + 8 + len(name) * _LETTER
        if x > LEFT and x + width > END:
            x, y = float(LEFT), y + _ROW
        parts.append(_ENTRY.format(x=round(x, 1), y=y, sample=sample, name=name, beside=_SAMPLE + 8))
        x += width + _GAP
    return Markup("").join(parts), y + _ROW


def stroke(look: Look) -> Markup:
    """Return the attributes of a line of that look."""
    return _STROKE.format(look.colour, look.width, look.dash)


def _line(look: Look, *, banded: bool) -> Markup:
    behind = _AREA.format(look.colour, ".22") if banded else Markup("")
    return behind + _LINE.format(_SAMPLE, stroke(look))


_STROKE = Markup('fill="none" stroke="{}" stroke-width="{}" stroke-dasharray="{}" stroke-linejoin="round"')
_LINE = Markup('<path d="M0 10H{}" {}/>')
_AREA = Markup('<rect y="3" width="30" height="14" fill="{}" fill-opacity="{}"/>')
_ENTRY = Markup('<g transform="translate({x} {y})">{sample}<text x="{beside}" y="14">{name}</text></g>')
