"""What a run tells other programs: a line of JSON on standard error for each step."""

from __future__ import annotations

import sys
from typing import Any

from clusterproof.cli.words import as_json_text
from clusterproof.render import clean


class Events:
    """In the place of ``Progress``: ``event`` is ``step``, ``start``, ``say``, ``observation`` or ``result``."""

    @staticmethod
    def say(sentence: str) -> None:
        """Tell a step of the run as a whole."""
        _tell({"event": "step", "text": clean(sentence)})

    @staticmethod
    def heard(message: dict[str, Any]) -> None:
        """Tell what a kernel said; called from another thread."""
        known = ("event", "requirement", "text", "took")
        _tell({key: message[key] for key in known if key in message})


def _tell(event: dict[str, Any]) -> None:
    """Write one line at once: two threads tell, and a line must not be torn."""
    sys.stderr.write(as_json_text(event, None) + "\n")
    sys.stderr.flush()
