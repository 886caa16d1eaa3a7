"""Numbers of devices as Kubernetes writes them."""

from __future__ import annotations

from decimal import Decimal


def whole(quantity: str) -> int:
    """Return a quantity of whole devices; anything else counts as none."""
    text = str(quantity)
    scale = {"k": 1000, "M": 1_000_000}.get(text[-1:], 1)
    try:
        amount = Decimal(text if scale == 1 else text[:-1]) * scale
        return int(amount) if amount > 0 and amount == int(amount) else 0
    except (ArithmeticError, ValueError):
        return 0
