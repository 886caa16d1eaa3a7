"""Asking the components of a control plane how they are, over loopback.

The standard library does here: importing the official client takes as long as a tenth of the whole start.
"""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OK = 200
NO_ANSWER = 0
NODES = "/api/v1/nodes"


@dataclass
class Health:
    """The control plane in a folder of kwokctl's."""

    folder: Path
    ports: Mapping[str, str]

    def answers(self) -> bool:
        """True once the API server takes requests, which is a second or more before it calls itself ready."""
        return (self.folder / "pki" / "admin.key").is_file() and self.ask("apiserver", "GET", NODES)[0] == OK

    def all_well(self) -> bool:
        """True if the API server, the controller manager and the scheduler all say so."""
        asked = (("apiserver", "/readyz"), ("manager", "/healthz"), ("scheduler", "/healthz"))
        return all(self.ask(component, "GET", path)[0] == OK for component, path in asked)

    def ask(self, component: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return the status and the answer, decoded where it is JSON; status 0 where no answer came."""
        port = int(self.ports[component])
        try:
            connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=self._context)
            text = None if body is None else json.dumps(body)
            kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
            connection.request(method, path, text, {"Content-Type": kind})
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException):
            return NO_ANSWER, None
        connection.close()
        is_json = response.getheader("Content-Type", "").startswith("application/json")
        return response.status, json.loads(answer) if is_json else answer.decode(errors="replace")

    @cached_property
    def _context(self) -> ssl.SSLContext:
        # The controller manager and the scheduler sign their own certificates; what is asked is no secret.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        pki = self.folder / "pki"
        context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
        return context
