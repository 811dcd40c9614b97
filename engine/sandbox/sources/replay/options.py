"""What a person asks of a replay."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from engine.domain.units import ONE_CONTRACT_C, SECOND_NS, CountC, Nanoseconds
from engine.sandbox.sources.replay.error import RecordingError

EASTERN = ZoneInfo("America/New_York")
"""The exchange's day."""


class ReplayOptions(msgspec.Struct, frozen=True):
    """One series and the Eastern days whose events are replayed, each to its settlement.

    An event is taken when the time from its opening to its close touches a day from ``start`` to ``end``
    (both inclusive; ``end`` is ``start`` unless given). The clock starts at the first record of ``start``.
    """

    folder: Path
    series: str
    start: dt.date
    end: dt.date | None = None
    depth_c: CountC = 100 * ONE_CONTRACT_C
    """Hundredths of a contract at each shown level, where the recording has best prices only."""
    depth_levels: int = 3
    """Levels a side under the same condition: the touch and the next ticks behind it."""
    result_delay_s: int = 60
    """Seconds from a market's close to its determination; recordings carry results without their times."""
    settlement_timer_s: int = 60
    """Seconds from determination to payment."""

    @property
    def last_day(self) -> dt.date:
        return self.end if self.end is not None else self.start

    @property
    def day_start_ns(self) -> Nanoseconds:
        """Midnight in New York at the beginning of the first day."""
        return midnight_ns(self.start)

    @property
    def day_end_ns(self) -> Nanoseconds:
        """Midnight in New York at the end of the last day."""
        return midnight_ns(self.last_day + dt.timedelta(days=1))


def replay_options(
    folder: str | Path,
    series: str,
    start: str,
    end: str | None = None,
    *,
    depth: int | None = None,
) -> ReplayOptions:
    """Options from the words of a command line; ``depth`` is in whole contracts.

    Raises RecordingError for a folder that is none or cannot be listed, a date that is none, dates in the
    wrong order, no series, or a depth below one contract.
    """
    path = Path(folder)
    if not path.is_dir():
        raise RecordingError("--replay", "no such folder", got=path, wanted="a folder of recordings")
    if not os.access(path, os.R_OK | os.X_OK):
        raise RecordingError("--replay", "not readable", got=path, wanted="a folder that you may list")
    if not series.strip():
        raise RecordingError("--series", "no series", got=repr(series), wanted="a series ticker")
    first = parse_day("--from", start)
    last = None if end is None else parse_day("--to", end)
    if last is not None and last < first:
        raise RecordingError("--to", "the dates are in the wrong order", got=last, wanted=f"{first} or later")
    if depth is not None and depth < 1:
        raise RecordingError("--depth", "too small", got=depth, wanted="at least 1 contract")
    options = ReplayOptions(path, series.strip().upper(), first, last)
    return options if depth is None else msgspec.structs.replace(options, depth_c=depth * ONE_CONTRACT_C)


def parse_day(option: str, text: str) -> dt.date:
    """``2025-12-07``; raises RecordingError naming the option for anything else."""
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 a date has no zone
    except ValueError:
        raise RecordingError(option, "no date", got=repr(text), wanted="YYYY-MM-DD") from None


def midnight_ns(day: dt.date) -> Nanoseconds:
    return int(dt.datetime.combine(day, dt.time(), EASTERN).timestamp()) * SECOND_NS


def eastern_day(at_s: int) -> dt.date:
    return dt.datetime.fromtimestamp(at_s, EASTERN).date()
