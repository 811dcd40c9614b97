"""Services on this machine that take alerts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alert_server import AlertServer


@pytest.fixture
def service() -> Iterator[AlertServer]:
    server = AlertServer()
    yield server
    server.close()
