"""What add-ons share is started once, also when they are installed side by side."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from clusterproof.testbed import processes
from clusterproof.testbed.addons.steps import Site, carry_out


@pytest.fixture
def site(tmp_path):
    yield Site(tmp_path, tmp_path, None, {"python": sys.executable})
    processes.stop(tmp_path)


def start(site, **more):
    argv = ["${python}", "-c", "print('begun', flush=True); import threading; threading.Event().wait()"]
    carry_out(site, {"start": {"name": "shared", "argv": argv, **more}})
    return processes.find(site.folder, "shared").pid


def test_a_process_that_is_shared_is_started_once(site):
    with ThreadPoolExecutor(4) as pool:
        pids = set(pool.map(lambda _: start(site, once=True), range(4)))
    assert len(pids) == 1


def test_one_that_has_died_is_started_again(site):
    first = start(site, once=True)
    processes.stop(site.folder)
    assert start(site, once=True) != first
