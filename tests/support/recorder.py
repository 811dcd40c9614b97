"""Small recordings, made by the tests in the formats of the real ones."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from engine.sandbox.sources.replay.options import EASTERN

DAY = "2026-03-10"
EVENT = "KXHIGHNY-26MAR10"
BAND = f"{EVENT}-B41.5"
LOW = f"{EVENT}-T41"
HIGH = f"{EVENT}-T42"

_MARKET_SCHEMA = pa.schema(
    [
        ("ticker", pa.string()),
        ("event_ticker", pa.string()),
        ("series", pa.string()),
        ("title", pa.string()),
        ("strike_type", pa.string()),
        ("floor_strike", pa.float64()),
        ("cap_strike", pa.float64()),
        ("open_ts", pa.int64()),
        ("close_ts", pa.int64()),
        ("result", pa.string()),
        ("result_source", pa.string()),
        ("settlement_value", pa.float64()),
    ]
)
_BARS = [
    f"{bar}_{part}" for bar in ("yes_bid", "yes_ask", "price") for part in ("open", "high", "low", "close")
]
_CANDLE_SCHEMA = pa.schema(
    [
        ("ticker", pa.string()),
        ("end_period_ts", pa.int64()),
        ("period_interval", pa.int64()),
        *((bar, pa.float64()) for bar in _BARS),
        ("price_mean", pa.float64()),
        ("volume", pa.float64()),
        ("open_interest", pa.float64()),
    ]
)


def eastern_s(hour: int, minute: int = 0, second: int = 0, day: str = DAY) -> int:
    """Unix seconds of a New York wall time."""
    date = dt.date.fromisoformat(day)
    return int(dt.datetime.combine(date, dt.time(hour, minute, second), EASTERN).timestamp())


class Recorder:
    """Writes recordings into a folder. Prices are in cents, as the real files have them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def quotes(self, name: str, rows: list[tuple[int, str, Any, Any]], field: str = "ts_ms") -> Path:
        """Rows of time in the unit of ``field``, ticker, bid and ask."""
        columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
        table = pa.table(
            {
                field: pa.array(columns[0], pa.int64()),
                "ticker": pa.array(columns[1], pa.string()),
                "yes_bid": pa.array(columns[2], pa.float64()),
                "yes_ask": pa.array(columns[3], pa.float64()),
            }
        )
        return self._write(f"quotes_{name}.parquet", table)

    def trades(self, name: str, rows: list[tuple[str, int, float, float, str]]) -> Path:
        """Rows of ticker, milliseconds, YES price, count and taker side."""
        columns = list(zip(*rows, strict=True))
        table = pa.table(
            {
                "ticker": pa.array(columns[0], pa.string()),
                "created_ms": pa.array(columns[1], pa.int64()),
                "yes_price": pa.array(columns[2], pa.float64()),
                "count": pa.array(columns[3], pa.float64()),
                "taker_side": pa.array(columns[4], pa.string()).dictionary_encode(),
            }
        )
        return self._write(f"trades_{name}.parquet", table)

    def candles(self, name: str, rows: list[dict[str, Any]]) -> Path:
        """Rows of some of the columns of a candle file; what is not given is null."""
        return self._write(f"candles_{name}.parquet", pa.Table.from_pylist(rows, schema=_CANDLE_SCHEMA))

    def markets(self, rows: list[dict[str, Any]]) -> Path:
        """Rows of some columns of the metadata; event and series follow from the ticker."""
        full = [
            {"event_ticker": row["ticker"].rsplit("-", 1)[0], "series": row["ticker"].split("-")[0], **row}
            for row in rows
        ]
        return self._write("markets.parquet", pa.Table.from_pylist(full, schema=_MARKET_SCHEMA))

    def books(self, name: str, lines: list[dict[str, Any]]) -> Path:
        text = "".join(json.dumps(line) + "\n" for line in lines)
        path = self.folder / f"books_{name}.jsonl.zst"
        path.write_bytes(zstandard.compress(text.encode()))
        return path

    def spot(self, rows: list[tuple[int, str | None, float]]) -> Path:
        """Rows of milliseconds, product and price."""
        columns = list(zip(*rows, strict=True))
        table = pa.table(
            {
                "ts_ms": pa.array(columns[0], pa.int64()),
                "product": pa.array(columns[1], pa.string()),
                "price": pa.array(columns[2], pa.float64()),
            }
        )
        return self._write("spot_coinbase.parquet", table)

    def weather_day(self) -> None:
        """Three exclusive markets of one day: quotes from 9:00 to 16:00 Eastern, the band wins."""
        opened, closed = eastern_s(10, day="2026-03-09"), eastern_s(23, 59)
        times = {"open_ts": opened, "close_ts": closed, "result_source": "kalshi", "settlement_value": 41.0}
        self.markets(
            [
                {"ticker": LOW, "strike_type": "less", "cap_strike": 41.0, "result": "no", **times},
                {
                    "ticker": BAND,
                    "strike_type": "between",
                    "floor_strike": 41.0,
                    "cap_strike": 42.0,
                    "result": "yes",
                    **times,
                },
                {"ticker": HIGH, "strike_type": "greater", "floor_strike": 42.0, "result": "no", **times},
            ]
        )
        before = eastern_s(22, day="2026-03-09") * 1000
        start = eastern_s(9) * 1000
        self.quotes(
            "weather",
            [
                (before, BAND, 30, 34),
                (start + 500, BAND, 40, 44),
                (start + 500, LOW, 20, 25),
                (start + 60_000, HIGH, 0, 3),
                (start + 120_000, BAND, 45, 47),
                (start + 7 * 3_600_000, BAND, 97, 100),
            ],
        )

    def _write(self, name: str, table: Any) -> Path:
        path = self.folder / name
        pq.write_table(table, path)
        return path
