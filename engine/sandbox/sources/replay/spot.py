"""Recorded spot prices, shown as the settlement index where the index itself was not recorded."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from engine.domain.units import MINUTE_NS, Nanoseconds
from engine.sandbox.core.feed import IndexValue
from engine.sandbox.sources.replay import columns
from engine.sandbox.sources.replay.error import RecordingError
from engine.sandbox.sources.replay.parquet import ColumnKind, read_table
from engine.sandbox.sources.replay.series_facts import SeriesFacts

SPOT_FILE = "spot_coinbase.parquet"
_COLUMNS = {"ts_ms": ColumnKind.WHOLE, "product": ColumnKind.TEXT, "price": ColumnKind.NUMBER}
_CENT = Decimal("0.01")


class SpotValues(msgspec.Struct, frozen=True):
    """Index values in time order, and what they really are."""

    values: tuple[IndexValue, ...] = ()
    stands_for: str = ""


def read_spot(folder: Path, facts: SeriesFacts, start_ns: Nanoseconds, end_ns: Nanoseconds) -> SpotValues:
    """Coinbase prices of the series' underlying in ``[start_ns, end_ns]``; empty where there are none.

    The sixty-second average is of the samples of those seconds alone. Rows without a product are nobody's.
    """
    path = folder / SPOT_FILE
    if facts.index_id is None or facts.product is None or not path.exists():
        return SpotValues()
    table = read_table(path, _COLUMNS, pc.field("product").cast(pa.string()) == facts.product)
    at_ns = columns.time_ns(table["ts_ms"], SPOT_FILE, "ts_ms").to_pylist()
    samples = sorted(zip(at_ns, map(_price, table["price"].to_pylist()), strict=True))
    inside = [sample for sample in samples if start_ns <= sample[0] <= end_ns]
    if not inside:
        return SpotValues()
    values = tuple(_value(facts.index_id, at, price, samples) for at, price in inside)
    return SpotValues(values, f"{facts.index_id} is Coinbase {facts.product} spot, not the index itself")


def _value(index_id: str, at_ns: int, price: Decimal, samples: list[tuple[int, Decimal]]) -> IndexValue:
    minute = [value for at, value in samples if at_ns - MINUTE_NS < at <= at_ns]
    mean = sum(minute, Decimal(0)) / len(minute)
    return IndexValue(
        index_id=index_id,
        at_ns=at_ns,
        value=f"{price.quantize(_CENT)}",
        average_60s=f"{mean.quantize(_CENT)}",
    )


def _price(number: float | None) -> Decimal:
    if number is None or not number > 0:
        raise RecordingError(SPOT_FILE, "price", got=number, wanted="a price above 0")
    return Decimal(repr(number))
