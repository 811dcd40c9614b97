"""A fresh world for each test of the REST routes."""

from __future__ import annotations

import pytest
from rest_world import Desk, open_desk


@pytest.fixture
def desk() -> Desk:
    return open_desk()
