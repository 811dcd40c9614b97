"""A world of four markets with a scripted past, and clients of two customers, for tests of the REST routes."""

from __future__ import annotations

import pytest
from rest_world import Desk, open_desk


@pytest.fixture
def desk() -> Desk:
    return open_desk()
