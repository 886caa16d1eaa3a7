"""Each module names a requirement and some of its mutants; all of them are tried once, side by side."""

from __future__ import annotations

import pytest

from proofs import Proved, own_state, twice

BEDS = 4  # at once in each worker of pytest: a machine with two of these is busy, and shall not be too busy


@pytest.fixture(scope="module")
def proved(request, tmp_path_factory):
    from clusterproof.prove import prove, trials

    def say(_line):
        """Take a line of progress and keep it to oneself."""

    with own_state(tmp_path_factory.mktemp("state")), pytest.MonkeyPatch.context() as patch:
        patch.setattr(trials, "_side_by_side", lambda most: min(most, BEDS))
        proof = prove([request.module.REQUIREMENT], say, names=request.module.MUTANTS)
        yield Proved(twice(proof, lambda names: prove(proof.requirements, say, names=names)))
