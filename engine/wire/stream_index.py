"""WebSocket frames of the indexes that markets settle on."""

from __future__ import annotations

from msgspec import UnsetType

from engine.wire.shape import ABSENT, MaybeText, Shape
from engine.wire.stream_commands import Frame


class IndexWindow(Shape, gc=False, frozen=True, kw_only=True):
    value: str | int | float
    window_size: int
    window_start_ts_ms: int
    window_end_ts_exclusive: int


class IndexValueMessage(Shape, gc=False, frozen=True, kw_only=True):
    """``data`` is JSON text of its own: type, id, time (ms) and value (text)."""

    index_id: str
    received_at: int
    data: str
    avg_60s_data: IndexWindow | UnsetType | None = ABSENT
    last_60s_windowed_average_15min: IndexWindow | UnsetType | None = ABSENT


class IndexValueFrame(Frame, tag="cfbenchmarks_value", frozen=True, kw_only=True):
    sid: int
    seq: int | UnsetType = ABSENT
    msg: IndexValueMessage


class FastIndexValueMessage(Shape, gc=False, frozen=True, kw_only=True):
    index_id: str
    value_usd: str
    source_ts_ms: int
    received_at: int
    data: MaybeText = ABSENT


class FastIndexValueFrame(Frame, tag="cfbenchmarks_value_5hz", frozen=True, kw_only=True):
    sid: int
    seq: int | UnsetType = ABSENT
    msg: FastIndexValueMessage


class PythValueMessage(Shape, gc=False, frozen=True, kw_only=True):
    underlying_ticker: str
    value_usd: str
    source_ts_ms: int
    received_at: int


class PythValueFrame(Frame, tag="pyth_value", frozen=True, kw_only=True):
    sid: int
    seq: int | UnsetType = ABSENT
    msg: PythValueMessage


class IndexListMessage(Shape, frozen=True, kw_only=True):
    index_ids: list[str]


class IndexList(Frame, tag="cfbenchmarks_value_indexlist", frozen=True, kw_only=True):
    id: int | UnsetType = ABSENT
    sid: int
    seq: int | UnsetType = ABSENT
    msg: IndexListMessage


class FastIndexList(Frame, tag="cfbenchmarks_value_5hz_indexlist", frozen=True, kw_only=True):
    id: int | UnsetType = ABSENT
    sid: int
    seq: int | UnsetType = ABSENT
    msg: IndexListMessage


class UnderlyingListMessage(Shape, frozen=True, kw_only=True):
    underlying_tickers: list[str]


class UnderlyingList(Frame, tag="pyth_value_underlying_list", frozen=True, kw_only=True):
    id: int | UnsetType = ABSENT
    sid: int
    seq: int | UnsetType = ABSENT
    msg: UnderlyingListMessage
