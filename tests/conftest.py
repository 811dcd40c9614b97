"""What every test may use, and what is skipped where a part is absent."""

from __future__ import annotations

import gc
import importlib.util
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if importlib.util.find_spec("timesfm") and importlib.util.find_spec("torch"):
        return
    skip = pytest.mark.skip(reason="model test: needs the extra, pip install -e '.[forecaster]'")
    for item in items:
        if "model" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded market data; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("SPARKO_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "README.md").is_file():
        pytest.skip(f"recorded market data: {folder} is absent; set SPARKO_DATA to its folder")
    return folder


def pytest_collection_finish() -> None:
    """What is loaded by now stays: full collections need not walk through it each time."""
    gc.collect()
    gc.freeze()
