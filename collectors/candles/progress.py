"""What a collector knows, kept in the lake beside what it got: how far each event is, and what was listed.

Both are tables of the lake, so that they are journalled, checked and synced as everything else there, and so
that a node reads what its sisters in the same lake have done.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from collectors.candles.coverage import EventCoverage, EventState, Leg
from collectors.candles.ownership import Share
from collectors.candles.rows import Row
from engine.domain.units import Nanoseconds
from engine.lake.open_rows import current_rows
from engine.lake.selection import Selection
from engine.lake.tables import CANDLE_EVENTS, CANDLE_LISTINGS

LIVE, HISTORICAL = "live", "historical"


class Listing(msgspec.Struct, frozen=True):
    """Every market of a series that settled by ``settled_through_s`` was seen in this tier, 0 while that
    cannot be said of any; ``unreadable`` ones were listed in a form that is not understood."""

    series_ticker: str
    tier: str
    settled_through_s: int
    unreadable: int


class Progress:
    """Of one series and one length of period, for one node."""

    def __init__(
        self, series: str, period_min: int, events: pa.Table, listings: Mapping[str, Listing]
    ) -> None:
        self.series, self.period_min = series, period_min
        self.listings = dict(listings)
        self._open: dict[str, EventCoverage] = {}
        self._done: dict[str, int] = {}
        self._rows = events
        self.latest_ns: Nanoseconds = pc.max(events["received_ns"]).as_py() or 0
        states = events["state"].to_pylist()
        for index, event_ticker in enumerate(events["event_ticker"].to_pylist()):
            if states[index] == EventState.COMPLETE:
                self._done[event_ticker] = index
            else:
                self._open[event_ticker] = _coverage(events, index)

    @property
    def open_events(self) -> list[EventCoverage]:
        """Those that are not complete, by name."""
        return [self._open[name] for name in sorted(self._open)]

    @property
    def count(self) -> int:
        return len(self._open) + len(self._done)

    def event(self, event_ticker: str) -> EventCoverage:
        """As known; nothing known of it yet is an event without markets."""
        if event_ticker in self._open:
            return self._open[event_ticker]
        if event_ticker in self._done:
            return _coverage(self._rows, self._done[event_ticker])
        return EventCoverage(event_ticker, {})

    def put(self, event: EventCoverage) -> None:
        self._done.pop(event.event_ticker, None)
        self._open[event.event_ticker] = event


def load_progress(root: Path, series: str, period_min: int, share: Share) -> Progress:
    """Of this share's events, whichever node wrote them when there were more or fewer; listings are those of
    this very share. Raises Unreadable."""
    only = Selection(series=(series,))
    events = _of(current_rows(root, CANDLE_EVENTS, only), "event_ticker", series, period_min)
    events = events.filter(pa.array(map(share.owns, events["event_ticker"].to_pylist()), pa.bool_()))
    listings = _of(current_rows(root, CANDLE_LISTINGS, only), "series_ticker", series, period_min)
    own = {
        row["tier"]: _listing(row)
        for row in listings.to_pylist()
        if (row["node_id"], row["total_nodes"]) == (share.node_id, share.total_nodes)
    }
    return Progress(series, period_min, events, own)


def event_row(event: EventCoverage, period_min: int, received_ns: Nanoseconds) -> Row:
    legs = list(event.legs.values())
    return {
        "event_ticker": event.event_ticker,
        "period_min": period_min,
        "state": event.state.value,
        "tickers": [leg.ticker for leg in legs],
        "open_s": [leg.open_s for leg in legs],
        "close_s": [leg.close_s for leg in legs],
        "settled_s": [leg.settled_s for leg in legs],
        "through_s": [leg.through_s for leg in legs],
        "failed": sorted(event.failed),
        "reason": event.reason or None,
        "received_ns": received_ns,
    }


def listing_row(found: Listing, period_min: int, share: Share, received_ns: Nanoseconds) -> Row:
    return {
        "series_ticker": found.series_ticker,
        "period_min": period_min,
        "tier": found.tier,
        "node_id": share.node_id,
        "total_nodes": share.total_nodes,
        "settled_through_s": found.settled_through_s,
        "unreadable": found.unreadable,
        "received_ns": received_ns,
    }


def _of(rows: pa.Table, column: str, series: str, period_min: int) -> pa.Table:
    """The rows of a series and a period: those in journals are of any."""
    is_period = pc.equal(rows["period_min"], period_min)
    if column == "series_ticker":
        is_series = pc.equal(rows[column], series)
    else:
        is_series = pc.or_(pc.equal(rows[column], series), pc.starts_with(rows[column], f"{series}-"))
    return rows.filter(pc.and_(is_period, is_series))


def _coverage(rows: pa.Table, index: int) -> EventCoverage:
    row: dict[str, Any] = rows.slice(index, 1).to_pylist()[0]
    columns = [row[name] for name in ("tickers", "open_s", "close_s", "settled_s", "through_s")]
    legs = {values[0]: Leg(*values) for values in zip(*columns, strict=True)}
    return EventCoverage(
        row["event_ticker"],
        legs,
        EventState(row["state"]),
        frozenset(row["failed"] or ()),
        row["reason"] or "",
    )


def _listing(row: Mapping[str, Any]) -> Listing:
    return Listing(row["series_ticker"], row["tier"], row["settled_through_s"], row["unreadable"])
