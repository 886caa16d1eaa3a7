"""From a report to PRODUCT.yaml: values are put into a template whose other bytes stay as they are."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from clusterproof.checklist.catalogue import requirements
from clusterproof.checklist.template import Template
from clusterproof.model import Level, Status

if TYPE_CHECKING:
    from clusterproof.model import Report, Verdict

SIMULATED = "SIMULATED: "
_SIMULATED_LINE = "# SIMULATED: seen at least in part on simulated nodes; not certification evidence\n"
_DRAFT_LINES = (
    "# DRAFT: of the form of the official checklist, with the kit's own titles instead of the official texts.\n"
    "# For a file to submit, give the official checklist of this version to the kit: --template FILE\n"
)
METADATA = (
    "kubernetesVersion",
    "platformName",
    "platformVersion",
    "vendorName",
    "websiteUrl",
    "repoUrl",
    "documentationUrl",
    "productLogoUrl",
    "description",
    "contactEmailAddress",
    "k8sConformanceUrl",
)


def fill(template_text: str | None, report: Report) -> str:
    """Return the checklist of the report's version with the report's answers.

    From an official template every byte stays, apart from the values of the metadata and of status, evidence and
    notes; metadata that the template lacks is added below its last line. Without a template the result is a draft.

    Raises:
        UsageError: the template is not the official one of the report's version; the message names the item.
    """
    draft = template_text is None
    template = Template(_draft(report.checklist) if template_text is None else template_text)
    template.compare(report.checklist, texts=not draft)
    for name, value in report.metadata.items():
        template.set_metadata(name, value)
    asked_for = [verdict for verdict in report.verdicts if verdict.requirement.level is not Level.BEYOND]
    for verdict in asked_for:
        template.answer(verdict.requirement.id, **_answer(verdict))
    first = _SIMULATED_LINE if report.simulated else ""
    return first + (_DRAFT_LINES if draft else "") + template.text()


def check_template(template_text: str, version: str) -> None:
    """Check, before a long run, that a template can be filled at its end.

    Raises:
        UsageError: it is not the official checklist of that version; the message names the item.
    """
    Template(template_text).compare(version, texts=True)


def _answer(verdict: Verdict) -> dict[str, Any]:
    """Return status, evidence and notes; an unanswered item stays blank, or the validator would object to it."""
    if verdict.status is Status.BLANK:
        return {"status": "", "evidence": [], "notes": ""}
    notes = verdict.notes or verdict.message
    if verdict.simulated and not notes.startswith(SIMULATED):
        notes = SIMULATED + notes
    own = f"evidence/{verdict.requirement.id}.md"
    return {"status": verdict.status.value, "evidence": list(dict.fromkeys((own, *verdict.evidence))), "notes": notes}


def _draft(version: str) -> str:
    """Return a checklist of the official form with our titles and nothing filled in."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - only filling needs it

    spec: dict[str, list[dict[str, Any]]] = {}
    for item in requirements(version):
        blank: dict[str, Any] = {"status": "", "evidence": [], "notes": ""}
        spec.setdefault(item.category, []).append(
            {"id": item.id, "description": item.title, "level": item.level.value, **blank}
        )
    metadata = dict.fromkeys(METADATA, "") | {"kubernetesVersion": f"v{version}"}
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 1 << 20
    text = io.StringIO()
    yaml.dump({"metadata": metadata, "spec": spec}, text)
    return text.getvalue()
