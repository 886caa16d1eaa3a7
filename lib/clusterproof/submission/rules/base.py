"""The base conformance that a submission rests on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clusterproof.submission.finding import Severity, hit_value, rule
from clusterproof.submission.rules.metadata import is_placeholder, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.submission.finding import Hit
    from clusterproof.submission.submission import Submission

REJECTED, QUESTIONED = Severity
BASE = "k8sConformanceUrl"
_BASE_FORM = re.compile(
    r"https://github\.com/cncf/k8s-conformance/tree/(?:master|main)/v(\d+\.\d+)/([^/]+)/?", re.ASCII
)
_WHOLE = "https://github.com/cncf/k8s-conformance/tree/master/v{}/PRODUCT"


@rule(
    "base-conformance",
    REJECTED,
    "k8sConformanceUrl is not the address of a folder of the base conformance programme: {value}",
    "Write " + _WHOLE.format("X.Y") + " with the version and folder of your base conformance.",
)
def the_base_conformance_has_its_form(submission: Submission) -> Iterator[Hit]:
    """Look for an address of another form."""
    for name, key, value in texts(submission):
        if name == BASE and not is_placeholder(value) and not _BASE_FORM.fullmatch(value):
            yield hit_value("metadata", key, value=value)


@rule(
    "base-version",
    QUESTIONED,
    "k8sConformanceUrl is of Kubernetes {base}, and this submission is for {version}.",
    "Name the base conformance of the same version; if it is pending, wait for it.",
)
def the_base_conformance_is_of_the_same_version(submission: Submission) -> Iterator[Hit]:
    """Look for a base conformance of another version."""
    key, _ = submission.value(BASE)
    match = _BASE_FORM.fullmatch(submission.text(BASE))
    if match and submission.version and match[1] != submission.version:
        yield hit_value("metadata", key, base=match[1], version=submission.version)


@rule(
    "base-product",
    QUESTIONED,
    "k8sConformanceUrl names the product {base!r}, and this folder is that of {folder!r}.",
    "Name the base conformance of this very product; if both names are right, say so in the pull request.",
)
def the_base_conformance_is_of_the_same_product(submission: Submission) -> Iterator[Hit]:
    """Look for the base conformance of another product; a shared word in names or platformName is enough."""
    match = _BASE_FORM.fullmatch(submission.text(BASE))
    if not match or not submission.folder_version:
        return
    own = _words(submission.folder.name) | _words(submission.text("platformName"))
    if not any(base in mine or mine in base for base in _words(match[2]) for mine in own):
        key, _ = submission.value(BASE)
        yield hit_value("metadata", key, base=match[2], folder=submission.folder.name)


def _words(name: str) -> set[str]:
    return {word for word in re.split(r"[\W_]+", name.lower()) if len(word) > 1}
