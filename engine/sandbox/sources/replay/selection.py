"""Which of the recorded markets a replay takes, and when each of them opens and closes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from engine.domain.units import MINUTE_NS, SECOND_NS, Nanoseconds
from engine.sandbox.sources.replay.catalog import Extent, RecordedFile, extents, price_files, series_in
from engine.sandbox.sources.replay.error import RecordingError, some_of
from engine.sandbox.sources.replay.metadata import RecordedMarket, known_series, read_markets
from engine.sandbox.sources.replay.options import ReplayOptions, eastern_day
from engine.sandbox.sources.replay.ticker import close_of, event_of


class ChosenMarket(msgspec.Struct, frozen=True):
    """A market with times: ``row`` is what the metadata says, ``spans`` where its prices are."""

    row: RecordedMarket
    spans: tuple[Extent, ...]
    open_ns: Nanoseconds
    close_ns: Nanoseconds
    derived: tuple[str, ...]
    """What the metadata lacked and the replay took from the prices or the ticker."""

    @property
    def ticker(self) -> str:
        return self.row.ticker

    @property
    def has_prices(self) -> bool:
        """Whether anything was recorded while it was open."""
        return any(span.first_ns < self.close_ns for span in self.spans)


class Selection(msgspec.Struct, frozen=True):
    markets: tuple[ChosenMarket, ...]
    unrecorded_events: tuple[str, ...]
    """Events of these days that the metadata names and no price file holds."""


def select(options: ReplayOptions) -> Selection:
    """The events that touch the days asked for and have prices; their markets in ticker order.

    Raises RecordingError for a folder without recordings, an unknown series (naming those there are) and
    days without prices (naming those that have some).
    """
    files = price_files(options.folder)
    spans = extents(files, options.series)
    rows = read_markets(options.folder, options.series)
    for ticker in spans.keys() - rows.keys():
        rows[ticker] = RecordedMarket(ticker=ticker, event_ticker=event_of(ticker))
    if not spans:
        raise _no_series(options, files, in_metadata=bool(rows))
    chosen: list[ChosenMarket] = []
    unrecorded: list[str] = []
    for event_ticker, members in _by_event(rows).items():
        markets = _timed(members, spans)
        if not _touches(markets, options):
            continue
        if any(_priced_since(market, options.day_start_ns) for market in markets):
            chosen.extend(markets)
        else:
            unrecorded.append(event_ticker)
    if not chosen:
        raise _no_prices(options, spans)
    return Selection(tuple(sorted(chosen, key=lambda market: market.ticker)), tuple(sorted(unrecorded)))


def _by_event(rows: Mapping[str, RecordedMarket]) -> dict[str, list[RecordedMarket]]:
    found: dict[str, list[RecordedMarket]] = {}
    for row in rows.values():
        found.setdefault(row.event_ticker, []).append(row)
    return found


def _timed(members: list[RecordedMarket], spans: Mapping[str, list[Extent]]) -> list[ChosenMarket]:
    """The markets of one event; a missing time is the same for all of them."""
    all_spans = [span for row in members for span in spans.get(row.ticker, ())]
    first_ns = min((span.first_ns for span in all_spans), default=None)
    last_ns = max((span.last_ns for span in all_spans), default=None)
    return [_chosen(row, tuple(spans.get(row.ticker, ())), first_ns, last_ns) for row in members]


def _chosen(
    row: RecordedMarket, spans: tuple[Extent, ...], first_ns: int | None, last_ns: int | None
) -> ChosenMarket:
    derived: list[str] = []
    close_ns = row.close_ns
    if close_ns is None:
        named = close_of(row.event_ticker)
        derived.append("close from the ticker" if named is not None else "close after the last record")
        close_ns = named if named is not None else (last_ns or 0) // SECOND_NS * SECOND_NS + MINUTE_NS
    open_ns = row.open_ns
    if open_ns is None:
        derived.append("open from the first record")
        open_ns = close_ns if first_ns is None else first_ns
    elif spans and spans[0].first_ns < open_ns:
        open_ns = min(span.first_ns for span in spans)
        derived.append("open from an earlier record")
    return ChosenMarket(row, spans, min(open_ns, close_ns), close_ns, tuple(derived))


def _touches(markets: list[ChosenMarket], options: ReplayOptions) -> bool:
    opens = min(market.open_ns for market in markets)
    closes = max(market.close_ns for market in markets)
    return opens < options.day_end_ns and closes >= options.day_start_ns


def _priced_since(market: ChosenMarket, start_ns: Nanoseconds) -> bool:
    return any(span.first_ns < market.close_ns and span.last_ns >= start_ns for span in market.spans)


def _no_series(options: ReplayOptions, files: list[RecordedFile], *, in_metadata: bool) -> RecordingError:
    have = some_of(sorted(series_in(files)), 60)
    if in_metadata or options.series in known_series(options.folder):
        what = f"the markets of {options.series} are listed but no file holds their prices"
    else:
        what = f"no series {options.series}"
    return RecordingError(str(options.folder), what, wanted=f"one of: {have}")


def _no_prices(options: ReplayOptions, spans: Mapping[str, list[Extent]]) -> RecordingError:
    days: set[dt.date] = set()
    for extent in (span for found in spans.values() for span in found):
        day, last = eastern_day(extent.first_ns // SECOND_NS), eastern_day(extent.last_ns // SECOND_NS)
        while day <= last:
            days.add(day)
            day += dt.timedelta(days=1)
    asked = str(options.start) if options.end is None else f"{options.start} to {options.end}"
    wanted = f"one of: {some_of(_ranges(sorted(days)), 40)}"
    return RecordingError(str(options.folder), f"no prices of {options.series} on {asked}", wanted=wanted)


def _ranges(days: list[dt.date]) -> list[str]:
    """Days in order, those that follow each other as ``first to last``."""
    runs: list[list[dt.date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == dt.timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
