"""Testbeds of the tests live in a folder of their own; the programs come from the user's cache."""

from __future__ import annotations

import os

import pytest

from clusterproof import testbed
from clusterproof.cluster.client import Cluster


def quiet(_line):
    """Take a line of progress and keep it to oneself."""


@pytest.fixture(scope="session")
def state(tmp_path_factory):
    folder = tmp_path_factory.mktemp("state")
    before = os.environ.get("CLUSTERPROOF_STATE")
    os.environ["CLUSTERPROOF_STATE"] = str(folder)
    yield folder
    for bed in testbed.statuses():
        testbed.down(bed.name)
    if before is None:
        del os.environ["CLUSTERPROOF_STATE"]
    else:
        os.environ["CLUSTERPROOF_STATE"] = before


@pytest.fixture(scope="module")
def bed(state):
    started = testbed.up(testbed.Spec(name="shared"), progress=quiet)
    yield started
    testbed.down("shared")


@pytest.fixture(scope="module")
def cluster(bed):
    return Cluster.connect(str(bed.kubeconfig))
