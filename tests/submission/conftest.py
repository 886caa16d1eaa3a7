"""A tree with one submission that is right."""

from __future__ import annotations

import pytest

from submissions import Desk


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture
def desk_of(tmp_path):
    return lambda version: Desk(tmp_path / "of", version)
