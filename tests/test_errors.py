"""An error says what happened and what to do next, and each kind has its exit code."""

from __future__ import annotations

import pytest

from clusterproof import errors
from clusterproof.errors import ClusterError, Inconclusive, KitError, UsageError

KINDS = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, KitError)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_says_what_happened_and_what_to_do_next(kind):
    error = kind("It broke.", next_step="Mend it.")
    assert str(error) == "It broke."
    assert error.diagnostics() == ["It broke.", "Mend it."]
    assert kind("It broke.").diagnostics() == ["It broke."]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_only_a_wrong_word_of_the_users_is_a_usage_error(kind):
    assert kind("x").exit_code == (2 if kind is UsageError else 3)


def test_an_error_of_the_cluster_has_the_servers_status_and_word():
    error = ClusterError("no", status=403, reason="Forbidden")
    assert (error.status, error.reason) == (403, "Forbidden")
    assert ClusterError("away").status == 0


def test_what_is_inconclusive_is_no_error_of_the_kit():
    stop = Inconclusive("SKIP", "quota", "No room.")
    assert not isinstance(stop, KitError)
    assert (stop.outcome, stop.reason, str(stop)) == ("SKIP", "quota", "No room.")
