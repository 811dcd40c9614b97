"""What every test may use, and what is skipped where a part is absent."""

from __future__ import annotations

import gc
import importlib.util
import os
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
# Until everything is loaded, which makes no garbage: walking through it while it grows takes seconds.
gc.disable()
# An example is as slow as the machine is busy, and every run sees the same ones.
settings.register_profile("calm", deadline=None, derandomize=True)
settings.load_profile("calm")


WAITING = ("collectors", "conformance", "daemon", "faults", "journeys", "reach", "runtime", "tools")
"""Folders whose tests wait for processes and sockets most of their time. The others compute."""
LONG = (
    "faults/test_histories.py",
    "properties/test_exchange_histories.py",
    "sandbox/sources/test_generator_world.py",
    "tui/panels/test_panels_hold.py",
    "tui/snapshots/test_screens.py",
    "daemon/test_deaths.py",
    "journeys/test_hardship.py",
    "journeys/test_trading.py",
    "tools/test_sandbox_command.py",
    "tools/test_trading_on_a_sandbox.py",
)
"""Files that take most of a minute: one that begins late keeps a single worker busy in the end."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skip_without_a_model(items)
    items[:] = mixed(items)


def mixed(items: list[pytest.Item]) -> list[pytest.Item]:
    """The same tests in another order of files: those that wait among those that compute, so that hardly ever
    all workers want the processor, or none; the long ones of each first."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path.relative_to(HERE).as_posix(), []).append(item)
    names = sorted(files, key=lambda name: name not in LONG)
    waiting = [name for name in names if name.startswith(WAITING)]
    computing = [name for name in names if name not in waiting]
    place = {name: (at + 0.5) / len(kind) for kind in (waiting, computing) for at, name in enumerate(kind)}
    return [item for name in sorted(place, key=place.__getitem__) for item in files[name]]


def skip_without_a_model(items: list[pytest.Item]) -> None:
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
    gc.enable()
    gc.freeze()
