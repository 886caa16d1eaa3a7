"""A submission that is right, of a checklist of our own words, and ways to spoil it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from clusterproof import checklist
from clusterproof.submission.finding import Generation
from clusterproof.submission.lint import lint_file
from clusterproof.submission.official import Official
from clusterproof.submission.schema import Asked, Schema

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {
    "gpu_sharing": ("accelerators", "SHOULD"),
    "gang_scheduling": ("schedulingOrchestration", "MUST"),
    "cluster_autoscaling": ("schedulingOrchestration", "MUST"),
    "ai_service_metrics": ("observability", "MUST"),
}


def schema(version):
    asked = ((name, category, level, f"What {name} asks for, in our words.") for name, (category, level) in
             TEXTS.items())  # fmt: skip
    return Schema(version, tuple(Asked(name, category, level, checklist.digest(text), text)
                                 for name, category, level, text in asked))  # fmt: skip


OFFICIAL = Official({version: schema(version) for version in ("1.36", "1.37")}, frozenset({"Example Works", "Other"}))


def right(version="1.36"):
    """Return a submission without any fault."""
    spec = {}
    for asked in schema(version).items:
        item = {"id": asked.id, "description": asked.text, "level": asked.level, "status": "Implemented"}
        item |= {"evidence": [f"evidence/{asked.id}.md"], "notes": "Ran on two nodes; every pod of the job started."}
        spec.setdefault(asked.category, []).append(item)
    site = "https://works.test"
    return {
        "metadata": {
            "kubernetesVersion": f"v{version}", "platformName": "Engine", "platformVersion": "v2.1",
            "vendorName": "Example Works", "websiteUrl": site, "repoUrl": f"{site}/code",
            "documentationUrl": f"{site}/docs", "productLogoUrl": f"{site}/logo.svg", "description": "Runs clusters.",
            "contactEmailAddress": "ai@works.test",
            "k8sConformanceUrl": f"https://github.com/cncf/k8s-conformance/tree/master/v{version}/engine",
        },
        "spec": spec,
    }  # fmt: skip


def item(data, name):
    """Return an item of a submission's data."""
    return next(each for items in data["spec"].values() for each in items if each["id"] == name)


class Desk:
    """Writes submissions into a tree of the programme's form and lints them."""

    def __init__(self, folder: Path, version: str = "1.36") -> None:
        self.tree = folder
        self.version = version
        self.folder = folder / f"v{version}" / "engine"
        self.data = right(version)
        (self.folder / "evidence").mkdir(parents=True)
        for name in TEXTS:
            (self.folder / "evidence" / f"{name}.md").write_text("# It ran\n\nEvery pod of the job started.\n")

    @property
    def file(self):
        return self.folder / "PRODUCT.yaml"

    def item(self, name="gang_scheduling"):
        return item(self.data, name)

    def write(self, text=None):
        if text is None:
            yaml = YAML()
            yaml.width = 1000
            with self.file.open("w") as out:
                yaml.dump(copy.deepcopy(self.data), out)
        else:
            self.file.write_text(text)
        return self.file

    def lint(self, text=None, *, rules="current", official=OFFICIAL):
        return lint_file(self.write(text), official, Generation(rules))

    def rules(self, text=None, **options):
        return {finding.rule for finding in self.lint(text, **options).findings}
