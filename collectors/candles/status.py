"""How far the candlesticks of each series are, read from the lake while collectors write it or not."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from collectors.candles.coverage import EventState
from collectors.candles.progress import LIVE
from engine.lake.open_rows import current_rows
from engine.lake.tables import CANDLE_EVENTS, CANDLE_LISTINGS


class SeriesStatus(msgspec.Struct, frozen=True):
    """Counts of events. ``held``: candlesticks of it are here. ``estimated``: there are about so many with
    those of nodes whose lakes are not here. ``failed``: a market of it was not got at the last look;
    ``small``: left out for having too few markets."""

    series: str
    period_min: int
    known: int
    held: int
    estimated: int
    complete: int
    open: int
    failed: int
    small: int
    markets: int
    unreadable: int
    nodes: int
    total_nodes: int
    listed_through_s: int | None
    reason: str


def candle_status(root: Path) -> list[SeriesStatus]:
    """Of every series and length of period in the lake. Raises Unreadable."""
    events = current_rows(root, CANDLE_EVENTS)
    listings = current_rows(root, CANDLE_LISTINGS).to_pylist()
    names = [ticker.partition("-")[0] for ticker in events["event_ticker"].to_pylist()]
    events = events.append_column("series", pa.array(names, pa.string()))
    keys = {(name, period) for name, period in zip(names, events["period_min"].to_pylist(), strict=True)}
    keys |= {(row["series_ticker"], row["period_min"]) for row in listings}
    return [_status(series, period_min, events, listings) for series, period_min in sorted(keys)]


def _status(
    series: str, period_min: int, events: pa.Table, listings: list[dict[str, object]]
) -> SeriesStatus:
    own = events.filter(
        pc.and_(pc.equal(events["series"], series), pc.equal(events["period_min"], period_min))
    )
    lists = [row for row in listings if (row["series_ticker"], row["period_min"]) == (series, period_min)]
    nodes, total = _nodes(lists)
    states = own["state"].to_pylist()
    failed = [bool(names) for names in own["failed"].to_pylist()]
    small = states.count(EventState.SMALL)
    known = len(states)
    reasons = [reason for reason in own["reason"].to_pylist() if reason]
    through = [int(str(row["settled_through_s"])) for row in lists if row["tier"] == LIVE]
    return SeriesStatus(
        series=series,
        period_min=period_min,
        known=known,
        held=sum(any(end is not None for end in ends) for ends in own["through_s"].to_pylist()),
        estimated=round(known * total / nodes) if nodes else known,
        complete=states.count(EventState.COMPLETE),
        open=states.count(EventState.OPEN) - sum(failed),
        failed=sum(failed),
        small=small,
        markets=sum(map(len, own["tickers"].to_pylist())),
        unreadable=sum(int(str(row["unreadable"])) for row in lists),
        nodes=nodes,
        total_nodes=total,
        listed_through_s=min(through, default=0) or None,
        reason=reasons[-1] if reasons else "",
    )


def _nodes(lists: list[dict[str, object]]) -> tuple[int, int]:
    """How many nodes of how many have written here; those of the newest split count."""
    if not lists:
        return 0, 0
    newest = max(lists, key=lambda row: int(str(row["received_ns"])))
    total = int(str(newest["total_nodes"]))
    return len({row["node_id"] for row in lists if row["total_nodes"] == total}), total
