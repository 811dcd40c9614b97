"""WebSocket frames: what a client sends, and everything that the exchange may say.

A frame is ``{"type", "sid"?, "seq"?, "id"?, "sending_ts_ms"?, "msg"?}``. ``seq`` counts per subscription
(sid), over all of its markets. Every message is its own type, told apart by ``type``, so that one decoder
call yields a finished value. An unknown type is a decoding error, for the caller to count.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from engine.wire.stream_account import (
    FillMessage,
    FillNotice,
    MarketPositionMessage,
    MarketPositionNotice,
    OrderGroupMessage,
    OrderGroupUpdate,
    UserOrder,
    UserOrderMessage,
)
from engine.wire.stream_commands import (
    Command,
    CommandParams,
    Frame,
    Ok,
    StreamError,
    StreamErrorCode,
    StreamErrorMessage,
    Subscribed,
    SubscribedMessage,
    Unsubscribed,
)
from engine.wire.stream_index import (
    FastIndexList,
    FastIndexValueFrame,
    FastIndexValueMessage,
    IndexList,
    IndexListMessage,
    IndexValueFrame,
    IndexValueMessage,
    IndexWindow,
    PythValueFrame,
    PythValueMessage,
    UnderlyingList,
    UnderlyingListMessage,
)
from engine.wire.stream_market import (
    BookDelta,
    BookDeltaMessage,
    BookSnapshot,
    BookSnapshotMessage,
    ComboLifecycle,
    EventFeeMessage,
    EventFeeUpdate,
    EventLifecycle,
    EventLifecycleMessage,
    MarketLifecycle,
    MarketLifecycleMessage,
    Ticker,
    TickerMessage,
    TradeMessage,
    TradePrint,
)

AnyFrame: TypeAlias = (
    BookDelta
    | BookSnapshot
    | Ticker
    | TradePrint
    | FillNotice
    | UserOrder
    | MarketPositionNotice
    | OrderGroupUpdate
    | MarketLifecycle
    | EventLifecycle
    | EventFeeUpdate
    | ComboLifecycle
    | IndexValueFrame
    | FastIndexValueFrame
    | PythValueFrame
    | IndexList
    | FastIndexList
    | UnderlyingList
    | Subscribed
    | Ok
    | Unsubscribed
    | StreamError
)

frame_decoder: msgspec.json.Decoder[AnyFrame] = msgspec.json.Decoder(AnyFrame)
command_decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)

__all__ = [
    "AnyFrame",
    "BookDelta",
    "BookDeltaMessage",
    "BookSnapshot",
    "BookSnapshotMessage",
    "ComboLifecycle",
    "Command",
    "CommandParams",
    "EventFeeMessage",
    "EventFeeUpdate",
    "EventLifecycle",
    "EventLifecycleMessage",
    "FastIndexList",
    "FastIndexValueFrame",
    "FastIndexValueMessage",
    "FillMessage",
    "FillNotice",
    "Frame",
    "IndexList",
    "IndexListMessage",
    "IndexValueFrame",
    "IndexValueMessage",
    "IndexWindow",
    "MarketLifecycle",
    "MarketLifecycleMessage",
    "MarketPositionMessage",
    "MarketPositionNotice",
    "Ok",
    "OrderGroupMessage",
    "OrderGroupUpdate",
    "PythValueFrame",
    "PythValueMessage",
    "StreamError",
    "StreamErrorCode",
    "StreamErrorMessage",
    "Subscribed",
    "SubscribedMessage",
    "Ticker",
    "TickerMessage",
    "TradeMessage",
    "TradePrint",
    "UnderlyingList",
    "UnderlyingListMessage",
    "Unsubscribed",
    "UserOrder",
    "UserOrderMessage",
    "command_decoder",
    "frame_decoder",
]
