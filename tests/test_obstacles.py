"""A quota, a policy, a missing right or an image is no failing of the cluster; anything else may be one."""

from __future__ import annotations

import pytest

from clusterproof.cluster.obstacles import obstacle, refusal
from clusterproof.cluster.pulls import FAILED
from clusterproof.errors import ClusterError
from clusterproof.model import Reason

ITEM = {"kind": "Job", "metadata": {"name": "fits"}}
QUOTA = 'jobs.batch "fits" is forbidden: exceeded quota: small, requested: pods=4, used: pods=9, limited: pods=10'
SECURITY = 'pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false'
POLICY = "ValidatingAdmissionPolicy 'images' with binding 'images' denied request: only our registry"
WEBHOOK = 'admission webhook "validate.policy.example" denied the request: no'
LIMITS = 'pods "p" is forbidden: maximum cpu usage per Container is 1m, but limit is 2m'
RATIO = 'pods "p" is forbidden: cpu max limit to request ratio per Pod is 2, but provided ratio is 4.000000'
RIGHT = 'jobs.batch is forbidden: User "ada" cannot create resource "jobs" in API group "batch" in the namespace "ns"'


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        (403, QUOTA, Reason.QUOTA),
        (403, "Job is forbidden: failed quota: small: must specify limits.cpu", Reason.QUOTA),
        (403, LIMITS, Reason.QUOTA),
        (403, RATIO, Reason.QUOTA),
        (403, SECURITY, Reason.POLICY_DENIED),
        (403, WEBHOOK, Reason.POLICY_DENIED),
        (422, POLICY, Reason.POLICY_DENIED),
        (403, RIGHT, Reason.FORBIDDEN),
        (403, "", Reason.FORBIDDEN),
    ],
)
def test_a_refusal_that_is_no_failing_of_the_cluster_is_known(status, message, reason):
    found = refusal(ClusterError(message, status=status), ITEM)
    assert found[0] is reason
    assert message in found[1]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (422, 'Job.batch "fits" is invalid: spec.completions: Required value'),
        (400, 'strict decoding error: unknown field "spec.x"'),
        (404, "the server could not find the requested resource"),
        (409, QUOTA),
        (500, WEBHOOK),
        (0, "did not answer"),
    ],
)
def test_any_other_refusal_is_none_of_these(status, message):
    assert refusal(ClusterError(message, status=status), ITEM) is None


def test_the_refused_object_is_named():
    assert "Job fits" in refusal(ClusterError(QUOTA, status=403), ITEM)[1]
    assert refusal(ClusterError(QUOTA, status=403), {"kind": "Job", "metadata": {}})[1]


def pod(*, waiting=None, init=False, **status):
    container = {"name": "c", "image": "reg.example/a:1", "state": {"waiting": waiting} if waiting else {"running": {}}}
    return {"status": {"initContainerStatuses" if init else "containerStatuses": [container], **status}}


@pytest.mark.parametrize("init", [True, False])
@pytest.mark.parametrize("reason", sorted(FAILED))
def test_an_image_that_cannot_be_pulled_is_named(reason, init):
    why, said = obstacle([pod(), pod(waiting={"reason": reason, "message": "no such host."}, init=init)], [])
    assert why is Reason.IMAGE_UNAVAILABLE
    assert said.startswith(f"The image reg.example/a:1 cannot be pulled: {reason}: no such host. ")
    assert "image_registry_prefix" in said


@pytest.mark.parametrize(
    "harmless",
    [
        {},
        {"status": None},
        {"status": {"containerStatuses": None}},
        {"status": {"containerStatuses": [{"state": None}]}},
        {"status": {"containerStatuses": [{"state": {"waiting": None}}]}},
        pod(),
        pod(waiting={"reason": "ContainerCreating"}),
        pod(waiting={"reason": "CrashLoopBackOff"}),
        pod(waiting={}),
    ],
)
def test_no_other_pod_stands_in_the_way(harmless):
    assert obstacle([harmless], []) is None


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (QUOTA, Reason.QUOTA),
        (LIMITS, Reason.QUOTA),
        (SECURITY, Reason.POLICY_DENIED),
        (WEBHOOK, Reason.POLICY_DENIED),
        (POLICY, Reason.POLICY_DENIED),
    ],
)
@pytest.mark.parametrize("word", ["FailedCreate", "FailedCreatePod", "FailedToCreateWorkerPod"])
def test_pods_that_a_quota_or_policy_refuses_are_seen_in_the_events(message, reason, word):
    found = obstacle([], [{"reason": "Scheduled", "message": "fine"}, {"reason": word, "message": message}])
    assert found[0] is reason
    assert message in found[1]


@pytest.mark.parametrize(
    "event",
    [
        {"reason": "FailedScheduling", "message": "0/4 nodes are available: 4 Insufficient example.com/gpu."},
        {"reason": "Warning", "message": QUOTA},
        {"reason": "FailedCreate", "message": "Internal error occurred"},
        {"reason": "FailedCreate", "message": None},
        {"reason": "FailedCreate"},
        {},
    ],
)
def test_no_other_event_stands_in_the_way(event):
    assert obstacle([], [event]) is None
