from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from engine.domain.units import HOUR_NS
from engine.sandbox.sources.replay.error import RecordingError
from engine.sandbox.sources.replay.options import replay_options


def test_words_of_a_command_line_become_options(tmp_path: Path) -> None:
    options = replay_options(tmp_path, "kxhighny", "2025-12-07", "2025-12-09", depth=250)

    assert options.series == "KXHIGHNY"
    assert (options.start, options.last_day) == (dt.date(2025, 12, 7), dt.date(2025, 12, 9))
    assert options.depth_c == 25_000


def test_a_single_day_ends_on_itself(tmp_path: Path) -> None:
    options = replay_options(tmp_path, "KXHIGHNY", "2025-12-07")

    assert options.last_day == dt.date(2025, 12, 7)
    assert options.day_end_ns - options.day_start_ns == 24 * HOUR_NS


def test_the_day_in_which_the_clocks_change_has_23_hours(tmp_path: Path) -> None:
    options = replay_options(tmp_path, "KXHIGHNY", "2026-03-08")

    assert options.day_end_ns - options.day_start_ns == 23 * HOUR_NS


@pytest.mark.parametrize(
    ("start", "end", "depth", "message"),
    [
        ("2025-13-01", None, None, "--from: no date: got '2025-13-01', wanted YYYY-MM-DD"),
        ("yesterday", None, None, "--from: no date: got 'yesterday', wanted YYYY-MM-DD"),
        ("2025-12-07", "07/12", None, "--to: no date: got '07/12', wanted YYYY-MM-DD"),
        (
            "2025-12-07",
            "2025-12-06",
            None,
            "--to: the dates are in the wrong order: got 2025-12-06, wanted 2025-12-07 or later",
        ),
        ("2025-12-07", None, 0, "--depth: too small: got 0, wanted at least 1 contract"),
    ],
)
def test_bad_words_are_refused_in_one_line(
    tmp_path: Path, start: str, end: str | None, depth: int | None, message: str
) -> None:
    with pytest.raises(RecordingError) as refused:
        replay_options(tmp_path, "KXHIGHNY", start, end, depth=depth)

    assert str(refused.value) == message


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"--replay: no such folder: got .*nowhere"):
        replay_options(tmp_path / "nowhere", "KXHIGHNY", "2025-12-07")


def test_a_series_is_needed(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="--series: no series"):
        replay_options(tmp_path, "  ", "2025-12-07")
