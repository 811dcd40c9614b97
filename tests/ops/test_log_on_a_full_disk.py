"""A log that cannot be written says so once, and neither ends nor floods whoever logs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from engine.ops.logs import start_logs

FULL = Path("/dev/full")
"""Takes nothing: each write says that no space is left."""


@pytest.fixture(autouse=True)
def handlers_of_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers:
        with suppress(OSError):
            handler.close()
    root.handlers[:], root.level = handlers, level


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_line_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "engine.jsonl").symlink_to(FULL)
    start_logs(tmp_path, is_watched=False)
    for number in range(3):
        logging.getLogger("engine").info("line %d", number)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"log {tmp_path / 'engine.jsonl'}: cannot be written: No space left on device"]


def test_a_mistake_in_a_line_is_told_as_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start_logs(tmp_path, is_watched=False)
    logging.getLogger("engine").info("line %d", "none")
    assert "Logging error" in capsys.readouterr().err
