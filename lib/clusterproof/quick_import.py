"""Half the import time of the notebook tools is one optional grammar that the kit never uses."""

from __future__ import annotations

import sys


def block_uri_grammar() -> None:
    """Make ``nbformat`` import without building the grammar of RFC 3987, which costs about 1.5 s of CPU.

    ``jsonschema`` takes the package for optional: with it blocked, fields of the format ``iri`` are not checked, and
    no notebook has any. Call it before papermill, nbclient, nbconvert or nbformat are imported; later it does nothing.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None is how Python marks "not there"
