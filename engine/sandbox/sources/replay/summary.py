"""What a replay says of itself: sources, assumptions and omissions, in words and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import msgspec

from engine.domain.market import Outcome
from engine.domain.units import SECOND_NS, Nanoseconds, contracts
from engine.sandbox.source import SourceSummary
from engine.sandbox.sources.replay.catalog import Grain
from engine.sandbox.sources.replay.price_reader import FileUse
from engine.sandbox.sources.replay.recording import Recording
from engine.sandbox.sources.replay.selection import ChosenMarket
from engine.sandbox.sources.replay.timeline import Kind
from engine.wire.iso_time import iso_text

_GRAINS = {
    Grain.BOOKS: "captured books with their full depth",
    Grain.QUOTES: "best bid and ask ticks",
    Grain.MINUTE_CANDLES: "closes of one-minute candlesticks",
    Grain.HOUR_CANDLES: "closes of one-hour candlesticks",
    Grain.TRADES: "trades",
}


class Progress(msgspec.Struct, frozen=True):
    """How many rows of the timeline have happened, and what could not happen here."""

    played: int = 0
    lost_prints: int = 0
    """Prints whose market was paused or closed by somebody at their time."""
    unsettled: tuple[str, ...] = ()
    """Markets that were not closed when their result came."""


def summary_of(recording: Recording, progress: Progress) -> SourceSummary:
    """Everything that a person must know to read the replay's prices and results."""
    options, timeline, played = recording.options, recording.timeline, progress.played
    without_result = _by_event(recording.markets, lambda m: m.row.outcome is Outcome.UNKNOWN)
    return SourceSummary(
        kind="replay",
        detail={
            "series": options.series,
            "from": str(options.start),
            "to": str(options.last_day),
            "clock_starts": _second(recording.start_ns),
            "ends": _second(recording.end_ns),
            "events": [listed.event.ticker for listed in recording.listing.events],
            "markets": len(recording.markets),
            "sources": [_use_text(use) for use in recording.uses],
            "depth": _depth_text(recording),
            "price_level_structure": recording.structure,
            "quotes": timeline.count(Kind.QUOTE) + timeline.count(Kind.BOOK),
            "prints": timeline.count(Kind.PRINT),
            "index_values": len(recording.index_values),
            "index": recording.spot.stands_for,
            "quotes_played": timeline.count(Kind.QUOTE, 0, played) + timeline.count(Kind.BOOK, 0, played),
            "prints_played": timeline.count(Kind.PRINT, 0, played),
            "results": timeline.count(Kind.RESULT),
            "inferred_results": _by_event(recording.markets, lambda m: m.row.is_inferred),
            "without_result": without_result,
            "without_prices": _by_event(recording.markets, lambda m: not m.has_prices),
            "events_without_prices": list(recording.selection.unrecorded_events),
            "left_out": _left_out(recording),
            "derived": _derived(recording),
            "not_exclusive": list(recording.listing.shared_winners),
            "results_not_given": sorted(progress.unsettled),
            "prints_not_played": progress.lost_prints,
        },
    )


def _use_text(use: FileUse) -> str:
    parts = [f"{use.name}: {_GRAINS[use.grain]}, {use.markets} markets"]
    if use.quotes:
        parts.append(f"{use.quotes} quotes")
    if use.prints:
        parts.append(f"{use.prints} prints")
    if use.derived_quotes:
        parts.append(f"{use.derived_quotes} quotes of one tick derived around prints")
    return ", ".join(parts)


def _depth_text(recording: Recording) -> str:
    options = recording.options
    if all(use.grain is Grain.BOOKS for use in recording.uses):
        return "as recorded"
    behind = options.depth_levels - 1
    assumed = f"{contracts(options.depth_c)} contracts at the touch and at each of the next {behind} ticks"
    partly = any(use.grain is Grain.BOOKS for use in recording.uses)
    return f"as recorded in captured books, else assumed: {assumed}" if partly else f"assumed: {assumed}"


def _left_out(recording: Recording) -> list[str]:
    left = recording.left_out
    notes = (
        (left.crossed, "crossed or locked quotes"),
        (left.after_close, "rows at or after the close"),
        (left.booked, "best prices of a second with a captured book"),
    )
    return [f"{count} {what}" for count, what in notes if count]


def _derived(recording: Recording) -> list[str]:
    counts = Counter(note for market in recording.markets for note in market.derived)
    if recording.listing.derived_strikes:
        counts["strike from the ticker"] = recording.listing.derived_strikes
    return [f"{note}: {count} markets" for note, count in sorted(counts.items())]


def _by_event(markets: Iterable[ChosenMarket], chosen: Callable[[ChosenMarket], bool]) -> list[str]:
    """The chosen markets; an event of several markets that are all chosen is named once."""
    events: dict[str, list[ChosenMarket]] = {}
    for market in markets:
        events.setdefault(market.row.event_ticker, []).append(market)
    found: list[str] = []
    for event_ticker, members in sorted(events.items()):
        picked = [market.ticker for market in members if chosen(market)]
        if len(picked) == len(members) > 1:
            found.append(f"{event_ticker}: all {len(members)} markets")
        else:
            found.extend(picked)
    return found


def _second(at_ns: Nanoseconds) -> str:
    return iso_text(at_ns // SECOND_NS * SECOND_NS)
