"""Each module names a requirement and some of its mutants; all of them are tried once, side by side."""

from __future__ import annotations

import pytest

from proofs import Proved, own_state


@pytest.fixture(scope="module")
def proved(request, tmp_path_factory):
    from clusterproof.prove import prove

    def say(_line):
        """Take a line of progress and keep it to oneself."""

    with own_state(tmp_path_factory.mktemp("state")):
        yield Proved(prove([request.module.REQUIREMENT], say, names=request.module.MUTANTS))
