"""The notebook about a job against a real control plane: what fits runs, what is broken is noticed."""

from __future__ import annotations

import json
import signal

import nbformat
import papermill
import pytest

from clusterproof import parameters, paths, testbed
from clusterproof.fit import Word, proof
from clusterproof.fit.job import described
from clusterproof.model import Outcome
from clusterproof.notebook.bench import MIME
from clusterproof.notebook.jobs import asked
from clusterproof.notebook.session import Session
from clusterproof.prove.sabotage import carry_out

pytestmark = pytest.mark.live

NAME = "test-my-job"
FITS = {"workers": 4, "devices_per_worker": 2, "memory": "16Gi", "cpu": "2"}
WORKS, NOWHERE = "Every worker of a small job of 2 runs", "No worker of a job that fits on no node gets one"
HOLDS = "Every worker holds what it asks for"


@pytest.fixture(scope="module")
def bed(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("CLUSTERPROOF_STATE", str(tmp_path_factory.mktemp("state")))
    yield testbed.up(testbed.Spec(name=NAME, addons=("training-operator",)), progress=lambda _line: None)
    testbed.down(NAME)
    patch.undo()


@pytest.fixture
def session(bed):
    opened = Session.open(values=parameters.merge(parameters.load("testbed"), {}), kubeconfig=str(bed.kubeconfig))
    yield opened
    assert opened.close() == ()


def answer(session, **words):
    return {each.question.split(" ")[0]: each for each in asked(session, described(words))}


def test_the_notebook_answers_and_proves_without_a_browser(bed, tmp_path):
    where = tmp_path / "out.ipynb"
    values = {"kubeconfig": str(bed.kubeconfig), "job": FITS}
    papermill.execute_notebook(paths.notebooks() / "91_my_job.ipynb", where, values, progress_bar=False)
    outputs = [out for cell in nbformat.read(where, as_version=4).cells for out in cell.get("outputs", [])]
    shown = [out.get("data", {}) for out in outputs]
    assert any("Yes: this cluster has what the job asks for, today." in data.get("text/plain", "") for data in shown)
    [result] = [data[MIME]["result"] for data in shown if MIME in data]
    assert (result["outcome"], result["backend"], result["simulated"]) == ("PASS", "training-operator", True)
    assert "SIMULATED" in json.dumps(shown)
    assert "Nothing of this run is left" in json.dumps(shown)


def test_a_proof_may_be_asked_for_again_at_once(session):
    """Namespaces go a moment after what was in them; the next one of the same name has to wait for that."""
    results = [session.try_out(proof(described(FITS))) for _ in range(3)]
    assert [each.outcome for each in results] == [Outcome.PASS] * 3, [each.message for each in results]


def test_what_is_asked_for_decides_what_is_answered(session):
    assert answer(session, **FITS)["Room"].word is Word.YES
    assert answer(session, **FITS | {"workers": 5})["Room"].word is Word.MISSING
    assert answer(session, workers=1, devices_per_worker=3)["Room"].word is Word.MISSING
    assert answer(session, workers=2, devices_per_worker=0, memory="1Gi")["Room"].word is Word.YES
    assert answer(session, **FITS | {"interconnect": "one-node"})["Room"].word is Word.MISSING
    assert answer(session, **FITS | {"interconnect": "fast-network"})["A"].word is Word.MISSING


def test_a_job_waits_for_what_others_hold_and_is_told_who(session, bed):
    """The kit's own job stands for another one's: the second session sees its pods and not whose they are."""
    held = []

    def looks(event, payload):
        if event == "observation" and payload.claim == HOLDS:
            held.append(answer(session, **FITS)["Room"])

    other = Session.open(values=session.values, kubeconfig=str(bed.kubeconfig), emit=looks)
    assert other.try_out(proof(described(FITS))).outcome is Outcome.PASS
    assert [each.word for each in held] == [Word.WAITS]
    assert "clusterproof-my-job" in held[0].helps
    assert "(4)" in held[0].helps
    assert answer(session, **FITS)["Room"].word is Word.YES, "they are given back"


def mutated(when, patch, **more):
    return {"mutate": {"group": "", "resource": "pods", "when": when, "patch": patch, **more}}


WORKERS, BEYOND = (f"object.metadata.name.startsWith('{name}-')" for name in ("works", "nowhere"))
DEVICES = "/spec/containers/0/resources/{}/nvidia.com~1gpu"
CUT = "}, JSONPatch{".join(
    f'op: "replace", path: "{DEVICES.format(each)}", value: "1"' for each in ("limits", "requests")
)
BROKEN = {
    "nobody schedules": ([{"signal": {"component": "kube-scheduler", "signal": "STOP"}}], WORKS),
    "devices are lost on the way": ([mutated(WORKERS, 'op: "remove", path: "/spec/containers/0/resources"')], HOLDS),
    "what is too much is cut": ([mutated(BEYOND, CUT)], NOWHERE),
    "the operator says nothing": (
        [
            mutated(
                "has(object.status.conditions)",
                'op: "remove", path: "/status/conditions"',
                group="kubeflow.org",
                resource="pytorchjobs/status",
                operations=["UPDATE"],
            )
        ],
        "The PyTorchJob says that it is Running",
    ),
    "pods stay": (
        [mutated(WORKERS, 'op: "add", path: "/metadata/finalizers", value: ["example.com/never"]')],
        "Nothing of either job is left",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_the_proof_fails_on_a_cluster_that_is_broken_by_the_claim_that_is_false(session, bed, fault):
    steps, claim = BROKEN[fault]
    undo = []
    try:
        for step in steps:
            carry_out(step, bed, session.cluster, undo.append)
        session.values = parameters.merge(parameters.load("testbed"), {"timeout_scale": 0.2})
        result = session.try_out(proof(described({**FITS, "devices_per_worker": 1})))
    finally:
        bed.signal("kube-scheduler", signal.SIGCONT)
        while undo:
            undo.pop()()
    assert result.outcome is Outcome.FAIL, result.message
    assert [each.claim for each in result.observations if not each.holds] == [claim]


def test_without_an_operator_a_plain_job_is_the_proof_and_the_answer_warns(tmp_path, monkeypatch):
    monkeypatch.setenv("CLUSTERPROOF_STATE", str(tmp_path))
    bed = testbed.up(testbed.Spec(name="test-no-operator"), progress=lambda _line: None)
    try:
        values = parameters.merge(parameters.load("testbed"), {})
        session = Session.open(values=values, kubeconfig=str(bed.kubeconfig))
        assert answer(session, **FITS)["An"].word is Word.CARE
        result = session.try_out(proof(described(FITS)))
        assert (result.outcome, result.backend) == (Outcome.PASS, "batch-job"), result.message
        without_devices = session.try_out(proof(described({"workers": 1, "devices_per_worker": 0, "cpu": "100m"})))
        assert without_devices.outcome is Outcome.PASS, without_devices.message
        assert session.close() == ()
    finally:
        testbed.down(bed.name)
