"""Measurements are made when they are asked for: with ``--benchmark-skip`` nothing in this folder runs."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("benchmark_skip"):
        return
    skip = pytest.mark.skip(reason="a measurement: see tests/benchmarks")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(skip)
