"""Who does not answer behind the API server's proxy is told apart from an API server that does not answer."""

from __future__ import annotations

import pytest

from clusterproof.errors import ClusterError
from clusterproof.instruments.pods import Port

POD = {"metadata": {"namespace": "ns", "name": "hangs"}, "spec": {"containers": []}}


class Silent:
    """A connection on which the proxy never answers, and the server itself does or does not."""

    def __init__(self, status=0, *, serves=True):
        self.error = ClusterError("nothing came", status=status)
        self.serves = serves

    def resource(self, _version, _kind):
        return self

    def path(self, *parts):
        return "/".join(parts)

    def exchange(self, *_sent):
        raise self.error

    def call(self, _method, _path):
        if not self.serves:
            raise ClusterError("the server is away")
        return {}


def test_a_pod_that_hangs_has_not_answered():
    answer = Port(Silent(), POD, 8000).send("GET", "/")
    assert (answer.status, answer.problem) == (0, "nothing came back of port 8000 of hangs")


@pytest.mark.parametrize(
    ("cluster", "said"), [(Silent(serves=False), "the server is away"), (Silent(403), "nothing came")]
)
def test_an_api_server_that_refuses_or_is_away_is_no_answer_of_a_pod(cluster, said):
    with pytest.raises(ClusterError, match=said):
        Port(cluster, POD, 8000).send("GET", "/")
