"""``markets.parquet``: strikes, times and results of the recorded markets."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.compute as pc

from engine.domain.market import Outcome, StrikeType
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.sandbox.sources.replay import columns
from engine.sandbox.sources.replay.error import RecordingError
from engine.sandbox.sources.replay.parquet import ColumnKind, of_series, read_table
from engine.sandbox.sources.replay.ticker import event_of

MARKETS_FILE = "markets.parquet"
INFERRED = "final_price"
"""The ``result_source`` of a result that was guessed from converged prices."""

_COLUMNS = {
    "ticker": ColumnKind.TEXT,
    "event_ticker": ColumnKind.TEXT,
    "series": ColumnKind.TEXT,
    "title": ColumnKind.TEXT,
    "strike_type": ColumnKind.TEXT,
    "floor_strike": ColumnKind.NUMBER,
    "cap_strike": ColumnKind.NUMBER,
    "open_ts": ColumnKind.WHOLE,
    "close_ts": ColumnKind.WHOLE,
    "result": ColumnKind.TEXT,
    "result_source": ColumnKind.TEXT,
    "settlement_value": ColumnKind.NUMBER,
}


class RecordedMarket(msgspec.Struct, frozen=True):
    """One row as it is: None where the source is silent. ``value`` is what the underlying settled at."""

    ticker: str
    event_ticker: str
    title: str | None = None
    strike_type: StrikeType | None = None
    floor: Decimal | None = None
    cap: Decimal | None = None
    open_ns: Nanoseconds | None = None
    close_ns: Nanoseconds | None = None
    outcome: Outcome = Outcome.UNKNOWN
    is_inferred: bool = False
    value: Decimal | None = None


def read_markets(folder: Path, series: str) -> dict[str, RecordedMarket]:
    """The series' markets by ticker; empty when the folder has no such file.

    Raises RecordingError for a foreign or corrupt file, an unknown strike type or result, a repeated ticker.
    """
    path = folder / MARKETS_FILE
    if not path.exists():
        return {}
    table = read_table(path, _COLUMNS, rows=of_series(series))
    found: dict[str, RecordedMarket] = {}
    for row in _with_times(table).to_pylist():
        market = _market(row)
        if market.ticker in found:
            raise RecordingError(MARKETS_FILE, "ticker appears twice", got=market.ticker, wanted="once")
        found[market.ticker] = market
    return found


def known_series(folder: Path) -> set[str]:
    """Every series that the file names."""
    path = folder / MARKETS_FILE
    if not path.exists():
        return set()
    table = read_table(path, {"series": ColumnKind.TEXT})
    return {str(name) for name in pc.unique(table["series"]).to_pylist() if name}


def _with_times(table: Any) -> Any:
    for field in ("open_ts", "close_ts"):
        given = table[field].drop_null()
        columns.time_ns(given, MARKETS_FILE, field)
    return table


def _market(row: dict[str, Any]) -> RecordedMarket:
    ticker = row["ticker"]
    return RecordedMarket(
        ticker=ticker,
        event_ticker=row["event_ticker"] or event_of(ticker),
        title=row["title"] or None,
        strike_type=_strike_type(ticker, row["strike_type"]),
        floor=_decimal(row["floor_strike"]),
        cap=_decimal(row["cap_strike"]),
        open_ns=_nanoseconds(row["open_ts"]),
        close_ns=_nanoseconds(row["close_ts"]),
        outcome=_outcome(ticker, row["result"]),
        is_inferred=row["result_source"] == INFERRED,
        value=_decimal(row["settlement_value"]),
    )


def _strike_type(ticker: str, text: str | None) -> StrikeType | None:
    if not text:
        return None
    try:
        return StrikeType(text)
    except ValueError:
        wanted = ", ".join(StrikeType)
        raise RecordingError(
            MARKETS_FILE, f"strike_type of {ticker}", got=repr(text), wanted=wanted
        ) from None


def _outcome(ticker: str, text: str | None) -> Outcome:
    if not text:
        return Outcome.UNKNOWN
    if text not in (Outcome.YES, Outcome.NO):
        raise RecordingError(MARKETS_FILE, f"result of {ticker}", got=repr(text), wanted="yes, no or null")
    return Outcome(text)


def _nanoseconds(seconds: int | None) -> Nanoseconds | None:
    return None if seconds is None else seconds * SECOND_NS


def _decimal(number: float | None) -> Decimal | None:
    """The shortest decimal that reads back as the same number: what the source printed."""
    if number is None or number != number:
        return None
    value = Decimal(repr(number))
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value
