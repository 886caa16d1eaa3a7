"""One submission as the rules see it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.submission.artifacts import Used, used
from clusterproof.submission.finding import Generation
from clusterproof.submission.form import Form, Item, form
from clusterproof.submission.own_pages import OwnPage, own_pages
from clusterproof.submission.places import Local, locals_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterproof.submission.document import Document
    from clusterproof.submission.official import Official
    from clusterproof.submission.schema import Asked, Schema
    from clusterproof.submission.urls import Answer

REQUIRED = (
    "kubernetesVersion",
    "platformName",
    "platformVersion",
    "vendorName",
    "websiteUrl",
    "documentationUrl",
    "productLogoUrl",
    "description",
    "contactEmailAddress",
    "k8sConformanceUrl",
)
FIELDS = (*REQUIRED, "repoUrl")
VERSION_FOLDER = re.compile(r"v(\d+\.\d+)")
_VERSION = re.compile(r"v?(\d+\.\d+)(?:\.|$)")


@dataclass(frozen=True)
class Submission:
    """A document, where it lies, and what it is compared with."""

    document: Document
    official: Official
    generation: Generation = Generation.CURRENT
    reached: Mapping[str, Answer] = field(default_factory=dict)
    """What addresses answered, where they were asked."""

    @property
    def current(self) -> bool:
        """Whether the later rules count."""
        return self.generation is Generation.CURRENT

    @cached_property
    def form(self) -> Form:
        """What the file says."""
        return form(self.document)

    @cached_property
    def folder(self) -> Path:
        """The product's folder, absolute; links in it are not resolved."""
        return Path(os.path.abspath(self.document.path)).parent  # noqa: PTH100 - resolve() would follow links

    @cached_property
    def folder_version(self) -> str:
        """The version that the path names; empty where it names none."""
        found = (VERSION_FOLDER.fullmatch(name) for name in reversed(self.folder.parts))
        return next((match[1] for match in found if match), "")

    @cached_property
    def claimed_version(self) -> str:
        """The minor version of Kubernetes that the file names; empty where it names none."""
        match = _VERSION.match(self.text("kubernetesVersion"))
        return match[1] if match else ""

    @property
    def version(self) -> str:
        """The version of the checklist by which the file is judged."""
        return self.folder_version or self.claimed_version

    @property
    def minor(self) -> int:
        """The minor number of the version, 0 where there is none."""
        return int(self.version.partition(".")[2] or 0)

    @property
    def schema(self) -> Schema | None:
        """What that version asks for; None where nobody knows it."""
        return self.official.schemas.get(self.version)

    def value(self, name: str) -> tuple[str, Any]:
        """Return the key of a field of the metadata and its value; the validator knows each in two spellings."""
        metadata = self.form.metadata or {}
        key = name if name in metadata else snake(name)
        return key, metadata.get(key)

    def text(self, name: str) -> str:
        """Return a field of the metadata without surrounding white space; empty where it is no text."""
        value = self.value(name)[1]
        return value.strip() if isinstance(value, str) else ""

    @cached_property
    def answered(self) -> tuple[tuple[Asked, Item], ...]:
        """The items that are asked for, with their answers; the later of two equal ids in a category counts."""
        spec, schema = self.form.spec or {}, self.schema
        by_id = {(category, item.id): item for category, items in spec.items() for item in items}
        pairs = ((asked, by_id.get((asked.category, asked.id))) for asked in (schema.items if schema else ()))
        return tuple((asked, item) for asked, item in pairs if item is not None)

    @cached_property
    def judged(self) -> tuple[tuple[Asked, Item], ...]:
        """The answers that the validator looks at: a SHOULD without status and evidence is passed over."""
        return tuple(
            (asked, item)
            for asked, item in self.answered
            if not (asked.level == "SHOULD" and not item.status and not item.evidence)
        )

    @cached_property
    def locals(self) -> tuple[Local, ...]:
        """The evidence that is no address."""
        return locals_of(self)

    @cached_property
    def artifacts(self) -> tuple[Used, ...]:
        """The results of the programme's suite that the evidence names; the earlier rules open none."""
        return used(self) if self.current else ()

    @cached_property
    def pages(self) -> tuple[tuple[Local, OwnPage], ...]:
        """The evidence that is a page of the kit's, with what it says."""
        return tuple(own_pages(self.locals, self.folder))


def snake(name: str) -> str:
    """Return the other spelling of a field: ``k8s_conformance_url`` for ``k8sConformanceUrl``."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
