"""What a job needs beside room, asked of clusters that are written down here."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from clusterproof.errors import ClusterError
from clusterproof.fit import Answer, Word, answers, conclusion, surroundings
from clusterproof.fit.job import described
from clusterproof.fit.nodes import Place, Places
from clusterproof.fit.surroundings import all_of

GIB = 2**30
FACTS = SimpleNamespace(nodes=2, nodes_simulated=0)
PLACES = Places({"a": Place({"pods": 9.0, "devices": 8.0}, {"pods": 9.0, "devices": 8.0}, 100.0 * GIB)})
SERVED = {"Job", "Pod", "Service"}


class Fake:
    """A cluster that serves some kinds and has some objects."""

    def __init__(self, *, kinds=(), refuses=(), **items):
        self.kinds, self.refuses, self.items = {*SERVED, *kinds}, refuses, items
        self.discovery = self

    def serves(self, version, kind):
        return kind in self.kinds and version in {"v1", "batch/v1", "kubeflow.org/v1"}

    def versions(self, group):
        return ("v1",) if group in {"kubeflow.org", "batch"} else ()

    def resource(self, _version, kind):
        return kind

    def pages(self, kind):
        if kind in self.refuses:
            raise ClusterError(f"{kind} is forbidden", status=403)
        return iter(self.items.get(kind, ()))


def told(cluster, facts=FACTS, **words):
    found = answers(all_of(described(words), cluster, facts, PLACES))
    return {each.question.split(" ")[0] if "data" in each.question else each.question: each for each in found}


def test_a_job_of_one_worker_asks_for_neither_gang_nor_operator():
    assert told(Fake(), workers=1) == {}


def test_without_a_gang_scheduler_or_an_operator_a_job_runs_with_care():
    found = told(Fake())
    assert {each.word for each in found.values()} == {Word.CARE}
    assert len(found) == 2
    assert "block each other" in found[surroundings.TOGETHER].helps


def test_an_operator_is_known_by_its_kind():
    [answer] = [each for each in told(Fake(kinds=["PyTorchJob"])).values() if "operator" in each.question]
    assert answer.word is Word.YES
    assert "TrainingClient" in answer.seen


@pytest.mark.parametrize(
    ("classes", "capacities", "dataset", "word"),
    [
        ([], [], "100Gi", Word.YES),  # on a node's own disk
        ([], [], "101Gi", Word.MISSING),
        (["slow"], [], "1Ti", Word.UNKNOWN),
        (["slow"], [("slow", "2Ti")], "1Ti", Word.YES),
        (["slow"], [("slow", "2Ti")], "3Ti", Word.MISSING),
        (["slow"], [("other", "9Ti")], "3Ti", Word.UNKNOWN),
        (["slow", "usual*"], [("slow", "9Ti"), ("usual", "1Ti")], "3Ti", Word.MISSING),  # the default counts
    ],
)
def test_a_disk_for_the_data(classes, capacities, dataset, word):
    def storage(name):
        default = {"storageclass.kubernetes.io/is-default-class": "true"} if name.endswith("*") else {}
        return {"metadata": {"name": name.rstrip("*"), "annotations": default}}

    capacity = [{"storageClassName": name, "capacity": amount} for name, amount in capacities]
    cluster = Fake(StorageClass=map(storage, classes), CSIStorageCapacity=capacity)
    assert told(cluster, workers=1, dataset=dataset)["Room"].word is word


def test_what_may_not_be_read_is_not_known():
    found = told(Fake(refuses=["StorageClass"]), workers=1, dataset="1Gi")
    assert found["Room"].word is Word.UNKNOWN
    assert "StorageClass is forbidden" in found["Room"].seen


@pytest.mark.parametrize(
    ("nodes", "word"), [(["a"], Word.YES), (["b"], Word.MISSING), ([], Word.MISSING)]
)  # an interface is of use where there is room
def test_a_fast_network_is_where_the_workers_find_room(monkeypatch, nodes, word):
    monkeypatch.setattr(surroundings.interfaces, "devices", lambda *_: [SimpleNamespace(node=each) for each in nodes])
    monkeypatch.setattr(surroundings.plugged_interfaces, "offers", lambda *_: [])
    found = told(Fake(), workers=1, interconnect="fast-network")
    assert found["A fast network between the workers"].word is word


def test_an_image_is_not_known_before_it_is_pulled_and_never_on_simulated_nodes():
    found = told(Fake(), workers=1, image="x/y:1")["The image x/y:1"]
    assert (found.word, found.helps) == (Word.UNKNOWN, "The proof below pulls it.")
    simulated = SimpleNamespace(nodes=2, nodes_simulated=2)
    assert "Simulated" in told(Fake(), simulated, workers=1, image="x/y:1")["The image x/y:1"].helps


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([Word.YES, Word.YES], "Yes: this cluster has what the job asks for, today."),
        ([Word.YES, Word.CARE], "Yes. Yes, with care: 1."),
        ([Word.UNKNOWN, Word.CARE], "As far as can be seen, yes. Not known: 0. Yes, with care: 1."),
        ([Word.WAITS, Word.YES], "Not now. Would have to wait: 0."),
        ([Word.WAITS, Word.MISSING], "No. Missing: 1. Would have to wait: 0."),
    ],
)
def test_the_worst_answer_is_the_headline_and_each_bad_one_is_named(words, said):
    found = [Answer(str(number), word, "") for number, word in enumerate(words)]
    assert conclusion(found)[1] == said
