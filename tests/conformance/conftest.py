"""One sandbox for each module of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from running_sandbox import RunningSandbox, start_sandbox

OPEN_HOURS = "2026-11-20T15:00:00Z"
"""A Friday morning in New York: indexes trade, and there is no maintenance."""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    folder = tmp_path_factory.mktemp("sandbox")
    process, running = start_sandbox(folder, "--seed", "7", "--tier", "prestige", "--start", OPEN_HOURS)
    try:
        yield running
    finally:
        process.terminate()
        process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()
