"""Messages of ``cfbenchmarks_value``: a settlement index, once a second."""

from __future__ import annotations

import msgspec

from engine.domain.units import Nanoseconds
from engine.sandbox.core.feed import IndexValue
from engine.sandbox.server.rest.times import milliseconds_of
from engine.wire.shape import ABSENT
from engine.wire.stream import IndexListMessage, IndexValueMessage, IndexWindow, UnderlyingListMessage

INDEX_VALUE = "cfbenchmarks_value"

_STEP_MS = 1_000
"""One value a second."""
_AVERAGE_SIZE = 60


class _RawValue(msgspec.Struct, frozen=True, kw_only=True):
    """The index's own message, which travels as JSON text inside ``data``."""

    type: str = "value"
    id: str
    time: int
    value: str


def value_message(value: IndexValue, received_ns: Nanoseconds) -> IndexValueMessage:
    """Windows hold the last ``window_size`` values up to this one; their end is exclusive."""
    at_ms = milliseconds_of(value.at_ns)
    raw = _RawValue(id=value.index_id, time=at_ms, value=value.value)
    settlement = (
        ABSENT if value.window_average is None else _window(value.window_average, value.window_size, at_ms)
    )
    return IndexValueMessage(
        index_id=value.index_id,
        received_at=milliseconds_of(received_ns),
        data=msgspec.json.encode(raw).decode(),
        avg_60s_data=_window(value.average_60s, _AVERAGE_SIZE, at_ms),
        last_60s_windowed_average_15min=settlement,
    )


def list_message(index_ids: list[str]) -> IndexListMessage:
    return IndexListMessage(index_ids=index_ids)


def underlyings_message() -> UnderlyingListMessage:
    """The sandbox has no Pyth prices."""
    return UnderlyingListMessage(underlying_tickers=[])


def _window(average: str, size: int, at_ms: int) -> IndexWindow:
    return IndexWindow(
        value=average,
        window_size=size,
        window_start_ts_ms=at_ms - (size - 1) * _STEP_MS,
        window_end_ts_exclusive=at_ms + _STEP_MS,
    )
