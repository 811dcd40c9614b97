"""Coinbase Advanced Trade, public channels of its market data socket (docs.cdp.coinbase.com).

Each message has a number that counts messages of the connection: a jump means that some were lost, so the
connection is made anew, and the recent trades that a new one begins with fill the hole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from collectors.kinds import SPOT, SPOT_MID
from collectors.moments import iso_moment
from collectors.numbers import plain, positive
from collectors.observations import Observation
from collectors.seen import Seen
from collectors.spot.holes import Holes
from collectors.spot.products import answered_as, check_product, index_of
from collectors.spot.rows import SpotRow, as_float
from collectors.taking import Fault, FaultKind, SourceFault, Taken, nothing
from collectors.words import one_line
from engine.domain.units import Nanoseconds

NAME = "coinbase"
URL = "wss://advanced-trade-ws.coinbase.com"
_CHANNELS = ("ticker", "market_trades")
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


class _Envelope(msgspec.Struct):
    channel: str = ""
    sequence_num: int | None = None
    timestamp: str = ""
    events: list[msgspec.Raw] = []
    type: str = ""
    message: str = ""


class _Ticker(msgspec.Struct):
    product_id: str
    price: str
    best_bid: str = ""
    best_ask: str = ""


class _Trade(msgspec.Struct):
    trade_id: str
    product_id: str
    price: str
    size: str
    time: str
    side: str = ""


class _Tickers(msgspec.Struct):
    tickers: list[_Ticker]


class _Trades(msgspec.Struct):
    trades: list[_Trade]


_envelope = msgspec.json.Decoder(_Envelope)
_tickers = msgspec.json.Decoder(_Tickers)
_trades = msgspec.json.Decoder(_Trades)


class Coinbase:
    """A :class:`collectors.streaming.StreamSource`."""

    name = NAME

    def __init__(self, products: Sequence[str], url: str = URL) -> None:
        self.url = url
        self.products = tuple(products)
        self._known = answered_as(products)
        self._next: int | None = None
        self._seen = Seen()
        self.holes = Holes()

    def remember(self, product: str, trade_id: int) -> None:
        """A trade that was taken before this process began; between it and the next one are those that came
        meanwhile."""
        self._seen.is_new((product, str(trade_id)))
        self.holes.came(product, trade_id)

    def opening(self) -> Sequence[str]:
        """Heartbeats too: without them a quiet channel is closed after a minute or so."""
        self._next = None
        asks: list[dict[str, Any]] = [{"type": "subscribe", "channel": "heartbeats"}]
        asks += [{"type": "subscribe", "channel": c, "product_ids": list(self.products)} for c in _CHANNELS]
        return [msgspec.json.encode(ask).decode() for ask in asks]

    def take(self, text: bytes, received_ns: Nanoseconds) -> Taken:
        try:
            message = _envelope.decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise SourceFault(FaultKind.SHAPE, f"message: {one_line(str(error))}") from None
        if message.type == "error":
            detail = one_line(message.message) or "an error without a text"
            return Taken(
                faults=[Fault(FaultKind.ERROR_TEXT, detail)], is_data=False, reconnect=f"refused: {detail}"
            )
        gap = self._step(message.sequence_num)
        if gap is None:
            return Taken(repeats=1, is_data=False)
        taken = self._events(message, received_ns)
        if gap:
            detail = f"{gap} messages missing before number {message.sequence_num}"
            taken.faults.append(Fault(FaultKind.GAP, detail))
            taken.reconnect = f"{gap} messages were lost"
        return taken

    def _step(self, number: int | None) -> int | None:
        """How many messages are missing before this one; None if it came before."""
        if number is None:
            return 0
        wanted = number if self._next is None else self._next
        if number < wanted:
            return None
        self._next = number + 1
        return number - wanted

    def _events(self, message: _Envelope, received_ns: Nanoseconds) -> Taken:
        taken = nothing()
        try:
            if message.channel == "ticker":
                for raw in message.events:
                    for quote in _tickers.decode(raw).tickers:
                        taken.add(self._quote(quote, message, received_ns))
            elif message.channel == "market_trades":
                for raw in message.events:
                    for trade in reversed(_trades.decode(raw).trades):
                        taken.add(self._trade(trade, message.sequence_num, received_ns))
        except msgspec.MsgspecError as error:
            raise SourceFault(FaultKind.SHAPE, f"{message.channel}: {one_line(str(error))}") from None
        return taken

    def _quote(self, quote: _Ticker, message: _Envelope, received_ns: Nanoseconds) -> Taken:
        check_product(quote.product_id, self._known)
        source_ns = iso_moment(message.timestamp, "timestamp")
        bid = positive(quote.best_bid, "best_bid") if quote.best_bid else None
        ask = positive(quote.best_ask, "best_ask") if quote.best_ask else None
        price = positive(quote.price, "price")
        row = SpotRow(
            source=NAME,
            product=quote.product_id,
            kind="quote",
            id=f"{source_ns}-{message.sequence_num or 0}",
            value=float(price),
            value_text=quote.price,
            bid=as_float(bid),
            bid_text=quote.best_bid or None,
            ask=as_float(ask),
            ask_text=quote.best_ask or None,
            sequence=message.sequence_num,
            source_ns=source_ns,
            received_ns=received_ns,
        )
        told = [_told(SPOT, quote.product_id, price, source_ns, received_ns)]
        if bid is not None and ask is not None and bid < ask:
            told.append(_told(SPOT_MID, quote.product_id, (bid + ask) / 2, source_ns, received_ns))
        return Taken(rows=[row], told=[*told])

    def _trade(self, trade: _Trade, number: int | None, received_ns: Nanoseconds) -> Taken:
        check_product(trade.product_id, self._known)
        price, size = positive(trade.price, "price"), positive(trade.size, "size")
        source_ns = iso_moment(trade.time, "time")
        if not self._seen.is_new((trade.product_id, trade.trade_id)):
            return Taken(repeats=1)
        row = SpotRow(
            source=NAME,
            product=trade.product_id,
            kind="trade",
            id=trade.trade_id,
            value=float(price),
            value_text=trade.price,
            size=float(size),
            size_text=trade.size,
            side=trade.side.lower() or None,
            sequence=number,
            source_ns=source_ns,
            received_ns=received_ns,
        )
        told = _told(SPOT, trade.product_id, price, source_ns, received_ns)
        return Taken(rows=[row], told=[told], faults=self._missed(trade))

    def _missed(self, trade: _Trade) -> list[Fault]:
        """Trades between the last one and this, which did not come: so is seen what a connection lost."""
        if _NUMBER.fullmatch(trade.trade_id) is None:
            return []
        count = self.holes.came(trade.product_id, int(trade.trade_id))
        detail = f"{trade.product_id}: {count} trades missing before {trade.trade_id}"
        return [Fault(FaultKind.GAP, detail)] if count else []


def _told(
    kind: str, key: str, value: Decimal, source_ns: Nanoseconds, received_ns: Nanoseconds
) -> Observation:
    return Observation(kind, key, plain(value), source_ns, received_ns, (index_of(key),))
