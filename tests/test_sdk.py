"""An object may be submitted as its users do, through their client; what that client says becomes the kit's words."""

from __future__ import annotations

import json
import sys
from types import ModuleType, SimpleNamespace

import pytest

from clusterproof.bench.ledger import Ledger
from clusterproof.bench.sdk import submit
from clusterproof.errors import ClusterError, Inconclusive, KitError
from clusterproof.model import Reason

SETTINGS = {"client": "made_up_training:Client", "model": "V1TrainJob", "kind": "TrainJob"}
ITEM = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "ns"}}


class Client:
    """A client of a made-up operator's, with the shape that the kit knows."""

    error: BaseException | None = None

    def __init__(self, **options):
        self.made_with, self.api_client = options, self
        Client.last = self

    def deserialize(self, response, model):
        return (model, json.loads(response.data))

    def create_job(self, job, namespace):
        self.sent = (job, namespace)
        if Client.error:
            raise RuntimeError("Failed to create the job") from Client.error


@pytest.fixture(autouse=True)
def module(monkeypatch):
    made = ModuleType("made_up_training")
    made.Client = Client
    monkeypatch.setitem(sys.modules, "made_up_training", made)
    monkeypatch.setattr(Client, "error", None)


def test_the_client_gets_the_connection_the_model_and_the_namespace(cluster):
    submit(cluster, SETTINGS, ITEM)
    assert Client.last.sent == (("V1TrainJob", ITEM), "ns")
    assert Client.last.made_with == {
        "client_configuration": cluster.configuration, "namespace": "ns", "job_kind": "TrainJob",
    }  # fmt: skip


def refusal(status, body):
    error = RuntimeError("(403) Reason: Forbidden")
    error.status, error.body = status, body
    return error


@pytest.mark.parametrize(
    ("error", "said", "status"),
    [
        (refusal(403, '{"message": "denied the request"}'), "denied the request", 403),
        (refusal(500, "<html>"), "Failed to create the job", 500),
        (refusal(None, None), "Failed to create the job", 0),
        (refusal(422, "[]"), "Failed to create the job", 422),
        (TimeoutError(), "Failed to create the job", 0),
    ],
)
def test_a_refusal_is_told_in_the_servers_own_words(monkeypatch, cluster, error, said, status):
    monkeypatch.setattr(Client, "error", error)
    with pytest.raises(ClusterError) as caught:
        submit(cluster, SETTINGS, ITEM)
    assert (str(caught.value), caught.value.status) == (said, status)


@pytest.mark.parametrize("client", ["not_installed_anywhere:Client", "made_up_training:Nobody", "made_up_training", ""])
def test_a_client_that_is_not_there_is_an_error_of_the_kit_that_says_what_to_do(cluster, client):
    with pytest.raises(KitError) as caught:
        submit(cluster, {**SETTINGS, "client": client}, ITEM)
    assert not isinstance(caught.value, ClusterError)
    assert caught.value.next_step


def test_what_a_client_has_made_is_read_back_and_removed_like_anything_else(api, cluster, monkeypatch):
    monkeypatch.setattr(Client, "create_job", lambda _self, job, **_namespace: api.store.put(job[1]))
    ledger = Ledger(cluster, "robust_controller", "run-1", "clusterproof", "restricted")
    made = ledger.create({**ITEM, "metadata": {"name": "a"}}, name="a", sdk=SETTINGS)
    assert made["metadata"]["uid"]
    assert made["metadata"]["labels"]["clusterproof.dev/run-id"] == "run-1"
    assert ledger.clean_up() == []
    assert api.store.items("configmaps") == []


def test_a_refusal_through_a_client_that_is_no_failing_of_the_cluster_ends_the_check(cluster, monkeypatch):
    monkeypatch.setattr(Client, "error", refusal(403, '{"message": "exceeded quota: small"}'))
    ledger = Ledger(cluster, "robust_controller", "run-1", "clusterproof", "restricted")
    with pytest.raises(Inconclusive) as caught:
        ledger.create({**ITEM, "metadata": {"name": "a"}}, name="a", sdk=SETTINGS)
    assert caught.value.reason is Reason.QUOTA
    ledger.stop()


def test_a_client_that_is_not_told_is_not_asked(cluster):
    Client.last = SimpleNamespace(sent=None)
    ledger = Ledger(cluster, "robust_controller", "run-1", "clusterproof", "restricted")
    ledger.create({**ITEM, "metadata": {"name": "a"}}, name="a")
    assert Client.last.sent is None
    ledger.stop()
