"""What the documents tell people to type, in the order in which it is read."""

from __future__ import annotations

import re

from clusterproof import paths

ROOT = paths.PACKAGE.parents[1]
PAGES = [
    ROOT / "README.md",
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if "clusterproof" in page.read_text(encoding="utf-8")),
]
_TOLD = re.compile(r"^```sh\n(.*?)^```|`(clusterproof \S[^`…<]*)`", re.MULTILINE | re.DOTALL)


def told(page):
    """Yield each block of commands, and each command with words of its own that stands in a sentence or table only."""
    found = _TOLD.findall(page.read_text(encoding="utf-8"))
    in_blocks = {line.split("#")[0].strip() for block, _ in found for line in block.splitlines()}
    for block, marked in found:
        if block or (len(marked.split()) > 2 and marked not in in_blocks):  # `clusterproof plan` names a command
            yield block.strip() or marked
