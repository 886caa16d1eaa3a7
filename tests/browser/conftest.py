"""Reports for the browser: one with every outcome, and one whose every string is hostile."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

import nbformat
import pytest

from clusterproof import checklist, judge, serial
from clusterproof.model import (
    Band,
    CheckResult,
    Declaration,
    Evidence,
    EvidenceKind,
    Facts,
    Kind,
    NotebookRun,
    Observation,
    Outcome,
    Picture,
    Reason,
    Report,
    Series,
    Status,
    Verdict,
)
from clusterproof.report import write_report

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOSTILE = """<script>document.title="PWNED"</script>"><img src=x onerror="document.title='PWNED'">"""

MANIFEST = """apiVersion: scheduling.k8s.io/v1alpha2
kind: PodGroup
metadata:
  name: waits
  namespace: cp-gang-7f3a
  labels:
    clusterproof.dev/run-id: 20261124-143000-7f3a
spec:
  schedulingPolicy:
    gang:
      minCount: 4
"""
WATCH = "\n".join(f"+{n * 0.11:6.2f} s  MODIFIED  Pod waits-{n % 4}  phase=Pending node=" for n in range(40))


def piece(title: str, body: str, kind: EvidenceKind = EvidenceKind.OBJECT) -> Evidence:
    return Evidence(title, kind, body, hashlib.sha256(body.encode()).hexdigest())


def seen(claim: str, expected: object, actual: object, at: float, took: float, **more: object) -> Observation:
    values = {"holds": True, "kind": Kind.POSITIVE, "evidence": (piece("Pod as read back", MANIFEST),)} | more
    stamp = f"2026-11-24T14:30:{at:06.3f}Z"
    return Observation(claim=claim, expected=expected, actual=actual, at=stamp, took=took, **values)


def result(name: str, outcome: Outcome, *observations: Observation, **more: object) -> CheckResult:
    values = {
        "reason": Reason.CLAIMS_HOLD, "message": "", "started": "2026-11-24T14:30:00.000Z", "took": 9.4,
        "critical_path": 7.1, "simulated": True, "backend": "native",
        "evidence": (piece("Objects as sent", MANIFEST), piece("Watch", WATCH, EvidenceKind.WATCH)),
    }  # fmt: skip
    return CheckResult(name, name, outcome, observations=observations, **(values | more))


def pictures() -> tuple[Picture, ...]:
    fits = Series("a gang that fits", ((0.2, 0), (1.1, 8), (1.3, 0), (9.4, 0)))
    waits = Series(f"a gang that has to wait {HOSTILE}", ((1.5, 0), (8.9, 8), (9.4, 8)))
    bands = (Band(fits.name, ((0.2, 8, 8), (9.4, 8, 8))), Band("other", ((2, 1, 3), (4, 1, 3))))
    shown = [Picture(f"Pods {HOSTILE}", "pods", (fits, waits), bands, lanes=lanes) for lanes in (True, False)]
    return (*shown, Picture("Requests", "requests", (fits, waits), bands, across="requests sent", steps=False))


def gang(*, holds: bool = True) -> CheckResult:
    return result(
        "gang_scheduling", Outcome.PASS,
        seen("Every pod of a gang that fits is bound", 8, 8, 1.2, 1.1),
        seen("No pod of a gang that cannot fit is ever bound", 0, 0 if holds else 3, 6.9, 5.0,
             kind=Kind.NEGATIVE, holds=holds),
        seen("The waiting gang starts whole once there is room", 8, 8, 9.1, 1.9),
        seen("The group's own status says scheduled only after its pods are bound", "after", "after", 9.3, 0.1,
             kind=Kind.CONTROL),
        pictures=pictures(),
    )  # fmt: skip


def verdicts() -> tuple[Verdict, ...]:
    found = {
        "gang_scheduling": gang(),
        "ai_inference": result(
            "ai_inference", Outcome.FAIL,
            seen("A request with the header x-model: b reaches backend b", "b", "b", 2.0, 0.3),
            seen("Of 1,000 requests, the share that reaches the canary is within four standard deviations of 20 %",
                 "0.20 ± 0.05", "0.41", 5.0, 2.7, holds=False, kind=Kind.CONTROL), simulated=False, backend="gateway",
        ),
        "robust_controller": result(
            "robust_controller", Outcome.ERROR, reason=Reason.PROBE_BROKE,
            message="The probe broke: ConnectionResetError while waiting for the webhook's answer.",
        ),
        "gpu_sharing": result(
            "gpu_sharing", Outcome.UNKNOWN, reason=Reason.UNKNOWN_DEVICE,
            message="The cluster offers example.com/npu, which the kit's accelerator table does not know.",
        ),
        "secure_accelerator_access": result(
            "secure_accelerator_access", Outcome.SKIP, reason=Reason.NEEDS_KUBELET,
            message="Containers do not really run on simulated nodes, so nothing can be seen from inside one.",
        ),
    }  # fmt: skip
    declared = {
        "cluster_autoscaling": Declaration(
            "cluster_autoscaling", Status.NOT_APPLICABLE, "The product runs on fixed bare metal.", "A. Engineer"
        ),
        "ai_inference": Declaration("ai_inference", Status.IMPLEMENTED, "", "A. Engineer", ("https://example.org/x",)),
    }
    no_check = CheckResult("", "", Outcome.SKIP, Reason.NO_CHECK, "This version of the kit has no check for it.")
    return tuple(
        judge.verdict(
            item,
            [found.get(item.id, CheckResult(item.id, item.id, no_check.outcome, no_check.reason, no_check.message))],
            declared.get(item.id),
            (f"evidence/{item.id}.md",),
        )
        for item in checklist.requirements("1.37")
    )


def mixed_report() -> Report:
    found = verdicts()
    facts = Facts(
        version="v1.37.2", platform="linux/amd64", nodes=8, nodes_ready=8, nodes_simulated=8, pods=31,
        accelerators=(("nvidia.com/gpu", 16), ("example.com/npu", 4)), accelerators_free=(("nvidia.com/gpu", 16),),
        device_drivers=(("gpu.example.com", 16),), api_groups=("apps/v1", "batch/v1", "resource.k8s.io/v1"),
    )  # fmt: skip
    return Report(
        schema=1, run_id="20261124-143000-7f3a", kit_version="0.1.0", checklist="1.37", platform="testbed",
        started="2026-11-24T14:30:00.000Z", took=47.3, facts=facts, verdicts=found, summary=judge.summary(found),
        parameters={"timeout_scale": 1.0, "gang_size": 8, "image": "registry.example.com/team/worker:1.2.3"},
        metadata={"platformName": "Example Platform"}, simulated=True,
        notebooks=(NotebookRun("10_training", "10_training.ipynb", ok=True, took=18.2),
                   NotebookRun("30_mlops", "30_mlops.ipynb", ok=False, error="Cell 7: ConnectionResetError", took=4.0)),
        left_behind=("Pod cp-gang-7f3a/waits-3",),
        notes=("Client-side throttles are off in the testbed.",),
    )  # fmt: skip


def notebook(path: Path) -> Path:
    v4 = nbformat.v4
    cells = [
        v4.new_markdown_cell("# Training\n\nA distributed job needs all its workers at once.\n\n## Gang scheduling\n\n"
                             "We are about to fill the cluster and hold one gang back."),
        v4.new_code_cell("bench.run('gang_scheduling')", execution_count=1, outputs=[
            v4.new_output("display_data", {"text/html": f"<p id=out>shown</p>{HOSTILE}", "text/plain": "shown"}),
            v4.new_output("execute_result", {"text/plain": "the last expression <b>"}, execution_count=1),
            v4.new_output("stream", name="stdout", text="\x1b[31mred\x1b[0m <i>not italic</i>\n"),
        ]),
        v4.new_markdown_cell("## What we saw\n\nFour claims, each of which could have been false."),
    ]  # fmt: skip
    nbformat.write(v4.new_notebook(cells=cells), path)
    return path


@pytest.fixture(scope="session")
def chromium() -> str:
    if CHROMIUM is None:
        pytest.skip("NOT TESTED: there is no chromium here (apt-get install chromium), so no page was opened")
    return CHROMIUM


def poisoned(data: object, key: str = "") -> object:
    """Return the report's data with hostile words in every field that a cluster or a person fills."""
    if isinstance(data, dict):
        return {name: poisoned(value, name) for name, value in data.items()}
    if isinstance(data, list):
        return [poisoned(value, key) for value in data]
    filled = {"claim", "message", "notes", "conflict", "backend", "platform", "run_id", "version", "error", "actual"}
    return f"{HOSTILE} {'x' * 300} {data}" if key in filled and isinstance(data, str) else data


@pytest.fixture(scope="session")
def hostile_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    write_report(serial.load(Report, poisoned(serial.dump(mixed_report()))), folder)
    return folder


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    write_report(mixed_report(), folder, notebooks={"10_training": notebook(folder / "10_training.ipynb")})
    return folder
