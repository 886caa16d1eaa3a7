"""What several test modules use: the fake API server, and a connection to it."""

from __future__ import annotations

import pytest


@pytest.fixture
def api():
    """Give a fake API server."""
    from fakes import FakeApi

    server = FakeApi()
    yield server
    server.close()


@pytest.fixture
def connect(api):
    """Give a function that connects to the fake API server, with limits if they are named."""
    from kubernetes import client

    from clusterproof.cluster.client import Cluster, Limits

    opened = []

    def connect(**limits):
        opened.append(client.ApiClient(client.Configuration(host=api.url)))
        return Cluster(opened[-1], Limits(**{"connect": 1.0, "read": 5.0, "total": 5.0, **limits}))

    yield connect
    for each in opened:
        each.rest_client.pool_manager.clear()


@pytest.fixture
def cluster(connect):
    """Give a connection to the fake API server."""
    return connect()


@pytest.fixture
def quick(monkeypatch):
    """Let nothing wait for a server that is away or asks for patience."""
    from clusterproof.cluster import connection, waiting
    from clusterproof.cluster.watch import following

    for module, name, value in (
        (connection, "SOONEST", 0.001),
        (connection, "USUAL", 0.001),
        (following, "FIRST_PAUSE", 0.001),
        (following, "LONGEST_PAUSE", 0.01),
        (waiting, "GRACE", 0.0),
        (waiting, "AGAIN", 0.01),
    ):
        monkeypatch.setattr(module, name, value)


@pytest.fixture
def run(cluster, monkeypatch):
    """Give a function that runs checks, written as functions, and keeps the session in `run.session`."""
    from clusterproof import registry
    from clusterproof.model import Check
    from clusterproof.notebook.session import Session
    from clusterproof.parameters import Values

    def registered(body, needs, **kind):
        check = Check("gang_scheduling", body.__name__, "", needs, **kind)
        return registry.Registered(check, body)

    def run(*bodies, needs=(), disruptive=False, exclusive=False, by_resource=False, **values):
        kind = {"disruptive": disruptive, "exclusive": exclusive, "by_resource": by_resource}
        checks = tuple(registered(body, needs, **kind) for body in bodies)
        monkeypatch.setattr(registry, "load", lambda _: checks)
        run.session = Session(cluster, Values(window=0.02, **values), "run-1", lambda *told: run.told.append(told))
        return run.session.run("gang_scheduling")

    run.told = []
    return run


@pytest.fixture
def made(api):
    """Give a function that names what is there in the cluster and carries the label of a run."""
    from clusterproof.cluster import labels

    def made():
        plurals = [kind.plural for kind in api.store.kinds]
        return sorted(item["metadata"]["name"] for each in plurals for item in api.store.items(each, labels=labels.RUN))

    return made
