"""What somebody may say of a job, and what is said of a job that makes no sense."""

from __future__ import annotations

import pytest

from clusterproof.errors import UsageError
from clusterproof.fit.job import Interconnect, described


def test_a_job_is_what_its_words_say():
    job = described({"workers": 3, "devices_per_worker": 0, "cpu": "500m", "memory": "2Gi", "dataset": "1T"})
    assert (job.workers, job.devices_per_worker, job.bytes) == (3, 0, 1e12)
    assert job.needs() == {"cpu": 0.5, "memory": 2 * 2**30}
    assert described({}).needs() == {}
    assert described({"interconnect": "one-node"}).interconnect is Interconnect.ONE_NODE


@pytest.mark.parametrize(
    ("words", "named", "hint"),
    [
        ({"worker": 3}, "'worker'", "'workers'"),
        ({"zzz": 3}, "'zzz'", "workers, devices_per_worker"),
        ({"workers": 0}, "workers = 0", "first cell"),
        ({"workers": 2.5}, "workers = 2.5", "first cell"),
        ({"workers": "2"}, "workers = '2'", "first cell"),
        ({"workers": True}, "workers = True", "first cell"),
        ({"devices_per_worker": -1}, "devices_per_worker = -1", "first cell"),
        ({"memory": "16 GB"}, "memory = '16 GB'", "first cell"),
        ({"memory": "-1Gi"}, "memory = '-1Gi'", "first cell"),
        ({"memory": 16}, "memory = 16", "first cell"),
        ({"cpu": "many"}, "cpu = 'many'", "first cell"),
        ({"cpu": "NaN"}, "cpu = 'NaN'", "first cell"),
        ({"memory": "Infinity"}, "memory = 'Infinity'", "first cell"),
        ({"interconnect": "quick"}, "interconnect = 'quick'", "first cell"),
        ({"image": 7}, "image = 7", "first cell"),
    ],
)
def test_what_makes_no_sense_is_named_with_what_to_do(words, named, hint):
    with pytest.raises(UsageError) as caught:
        described(words)
    assert named in str(caught.value)
    assert hint in (caught.value.next_step or "")
