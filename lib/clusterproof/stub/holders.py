"""The pods of a cluster as one of its own pods can ask for them: with the standard library, and its own account."""

from __future__ import annotations

import json
import ssl
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
EVERY = 0.5  # seconds between two questions
WITHIN = 5.0  # seconds for an answer


def follow(server: str, see: Callable[[list[dict[str, Any]]], None]) -> None:
    """Tell all pods again and again, for ever; where the API server does not answer, what was told last stays."""
    while True:
        try:
            see(_pods(server))
        except (OSError, ValueError) as error:
            print(f"the pods are not told: {error}", flush=True)  # noqa: T201 - into the pod's log
        time.sleep(EVERY)


def _pods(server: str) -> list[dict[str, Any]]:
    token = (ACCOUNT / "token").read_text(encoding="utf-8")  # it is renewed now and then
    request = urllib.request.Request(f"{server}/api/v1/pods", headers={"Authorization": f"Bearer {token}"})  # noqa: S310
    trusted = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
    with urllib.request.urlopen(request, timeout=WITHIN, context=trusted) as answer:  # noqa: S310 - https, see above
        found: list[dict[str, Any]] = json.load(answer)["items"]
    return found
