"""A folder for the recordings that a test makes."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorder import Recorder


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    folder = tmp_path / "recordings"
    folder.mkdir()
    return Recorder(folder)
