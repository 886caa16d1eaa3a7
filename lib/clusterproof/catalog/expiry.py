"""How long a certification still holds, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterproof.catalog.model import SOON, DateSource

if TYPE_CHECKING:
    from datetime import date

    from clusterproof.catalog.model import Certified


@dataclass(frozen=True)
class Expiry:
    """The end of a certification as seen on one day."""

    until: date
    days: int
    """Days that are left; negative once it is over."""
    certain: bool
    """False where the date is not known."""
    why_not: str = ""
    """In a few words, what there is instead of a date."""

    @property
    def state(self) -> str:
        """One word of: unknown, expired, soon, later."""
        if not self.certain:
            return "unknown"
        if self.days < 0:
            return "expired"
        return "soon" if self.days <= SOON else "later"

    @property
    def tone(self) -> str:
        """The page's tone for that state."""
        return {"unknown": "quiet", "expired": "bad", "soon": "warn", "later": "good"}[self.state]

    @property
    def words(self) -> str:
        """For instance ``due in 12 days``."""
        if self.days < 0:
            return f"expired {_counted(-self.days)} ago"
        return f"due in {_counted(self.days)}" if self.days else "due today"


def expiry(certified: Certified, today: date) -> Expiry:
    """Return the end of a certification as seen on a day."""
    until = certified.until
    why_not = {DateSource.FILE_TIME: "only the file's time", DateSource.FUTURE: "a date in the future"}
    return Expiry(until, (until - today).days, certified.certain, why_not.get(certified.source, ""))


def day(value: date) -> str:
    """Return a date for people, for instance ``31 January 2026``."""
    return f"{value.day} {value:%B %Y}"


def _counted(days: int) -> str:
    return f"{days:,} day{'' if days == 1 else 's'}"
