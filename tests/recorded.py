"""Recorded runs as run folders, and the files of a vendor: what fill, renew, gap and diff work on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from clusterproof import serial
from clusterproof.checklist import ids
from clusterproof.model import Facts, Kind, Observation, Outcome, Reason
from clusterproof.report.store import MANIFEST, manifest, write_all
from clusterproof.runner import assemble
from measured import AT, executed, request, result

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
CHECKLISTS = SHARED / "checklists"
METADATA = {
    "platformName": "Mine", "platformVersion": "v1.2.3", "vendorName": "Mirantis", "websiteUrl": "https://mine.invalid",
    "repoUrl": "https://mine.invalid/source", "documentationUrl": "https://mine.invalid/docs",
    "productLogoUrl": "https://mine.invalid/logo.svg", "description": "A platform that tests are run on",
    "contactEmailAddress": "conformance@mine.invalid",
    "k8sConformanceUrl": "https://github.com/cncf/k8s-conformance/tree/master/v1.37/mine",
}  # fmt: skip


def official(version):
    """Return the path of an official checklist, or skip."""
    if not CHECKLISTS.is_dir():
        pytest.skip(f"NOT TESTED: the official checklists are not beside this checkout ({CHECKLISTS})")
    return CHECKLISTS / f"AIConformance-{version}.yaml"


def measured(name, outcome=Outcome.PASS, *, simulated=False, actual=4, took=3.0):
    """Return a result whose claims read like those of a real check."""
    if outcome not in {Outcome.PASS, Outcome.FAIL}:
        return replace(result(name, outcome, Reason.NOT_INSTALLED, "Not there."), simulated=simulated)
    holds = outcome is Outcome.PASS
    seen = (
        Observation("every pod of a gang that fits is bound", 4, actual, holds, Kind.POSITIVE, AT, 0.5),
        Observation("no pod of a gang that cannot fit is ever bound", 0, 0, True, Kind.NEGATIVE, AT, 9.0),  # noqa: FBT003
    )
    return replace(result(name, outcome), observations=seen, simulated=simulated, backend="native", took=took)


def everything(*different, simulated=False):
    """Return a pass for every id that the kit knows, but for these results."""
    instead = {each.requirement: each for each in different}
    return [instead.get(name) or measured(name, simulated=simulated) for name in ids()]


def report_of(tmp_path, results, checklist="1.37", **changes):
    """Return the report of a run that brought these results."""
    asked = request(tmp_path / "asked", checklist=checklist)
    facts = Facts("v1.37.2", nodes=3, nodes_ready=3)
    got = assemble.Measured(executed(asked, results), facts, AT, 1.0, checked=frozenset(ids()))
    return replace(assemble.report(asked, got), **changes)


def run_folder(tmp_path, results, name="run", checklist="1.37", **changes):
    """Write what is read of the run folder of a run that brought these results, and return it."""
    report = report_of(tmp_path, results, checklist, **changes)
    write_all(tmp_path / name, {"report.json": json.dumps(serial.dump(report)).encode()})
    return tmp_path / name


def sealed(folder):
    """Write new digests, as whoever knows how to edit a run folder would."""
    (folder / MANIFEST).write_text(manifest(folder), encoding="utf-8")


def edited(folder, change):
    """Have a function change the data of a run folder's report, and new digests hide it."""
    file = folder / "report.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    change(data)
    file.write_text(json.dumps(data), encoding="utf-8")
    sealed(folder)


def platform_file(tmp_path, declarations="[]", **metadata):
    """Write a platform file with a vendor's fields and these declarations."""
    folder = tmp_path / "mine"
    folder.mkdir(exist_ok=True)
    fields = "".join(f"  {name}: {value}\n" for name, value in {**METADATA, **metadata}.items() if value)
    (folder / "platform.yaml").write_text(f"metadata:\n{fields}declarations: {declarations}\n", encoding="utf-8")
    return folder / "platform.yaml"
