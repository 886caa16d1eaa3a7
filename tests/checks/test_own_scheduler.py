"""A gang scheduler that the kit has never heard of takes YAML only: a template in a folder of the user's own."""

from __future__ import annotations

import pytest

from clusterproof import parameters, testbed
from clusterproof.cluster.client import Cluster
from clusterproof.manifest import backends
from clusterproof.model import Outcome
from clusterproof.notebook.session import Session
from proofs import own_state

pytestmark = pytest.mark.live
MADE_UP = "huddle"
"""The testbed's own scheduler under a kind of our own; what makes it a gang is the PodGroup beside the Huddle."""
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "huddles.made-up.example"},
    "spec": {
        "group": "made-up.example",
        "scope": "Namespaced",
        "names": {"kind": "Huddle", "plural": "huddles", "singular": "huddle", "listKind": "HuddleList"},
        "versions": [
            {
                "name": "v3",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
HUDDLE = """
    - apiVersion: made-up.example/auto
      kind: Huddle
      metadata: {name: "${name}"}
      together: "${size}"
"""


@pytest.fixture(scope="module")
def bed(tmp_path_factory):
    with own_state(tmp_path_factory.mktemp("state")):
        try:
            yield testbed.up(testbed.Spec("own-scheduler"), progress=lambda _line: None)
        finally:
            testbed.down("own-scheduler")


@pytest.fixture
def made_up(tmp_path, monkeypatch):
    """Write the template of a scheduler that nobody knows; the kit's own native one is its model."""
    [native] = [file for file in _kit_files() if file.stem == "native"]
    text = native.read_text(encoding="utf-8").replace("versions:\n", "versions:\n  made-up.example: [v3]\n", 1)
    folder = tmp_path / "gang_scheduling"
    folder.mkdir()
    (folder / f"{MADE_UP}.yaml").write_text(text.replace("  gang:\n", f"  gang:{HUDDLE}", 1), encoding="utf-8")
    monkeypatch.setenv("CLUSTERPROOF_MANIFESTS", str(tmp_path))


def _kit_files():
    from clusterproof import paths

    return (paths.manifests() / "gang_scheduling").glob("*.yaml")


def run(bed, **values):
    chosen = parameters.merge(parameters.load("testbed"), {"gang_backend": MADE_UP, **values})
    session = Session.open(values=chosen, kubeconfig=str(bed.kubeconfig))
    result = session.run("gang_scheduling")
    assert session.close() == ()
    return result


def test_a_made_up_scheduler_is_skipped_where_nothing_serves_it_and_tested_where_it_is_served(bed, made_up):
    assert MADE_UP in {backend.name for backend in backends("gang_scheduling")}
    absent = run(bed)
    assert (absent.outcome, "Huddle" in absent.message) == (Outcome.SKIP, True)
    cluster = Cluster.connect(str(bed.kubeconfig))
    cluster.create(DEFINITION)
    present = run(bed)
    assert (present.outcome, present.backend) == (Outcome.PASS, MADE_UP), present.message
    sent = next(each.body for each in present.evidence if each.title == "Objects as sent")
    assert "kind: Huddle" in sent
