"""Coinbase Exchange, the older public feed (docs.cdp.coinbase.com/exchange): trades and best prices, no key.

``sequence`` counts all events of a product's book, so that jumps in it are usual on these channels; what
tells of missed trades is the number of the trade. A match has the maker's ``side``, a ticker the taker's.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

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

NAME = "coinbase_exchange"
URL = "wss://ws-feed.exchange.coinbase.com"


class _Message(msgspec.Struct):
    """Every message that counts here; which fields are there depends on ``type``."""

    type: str = ""
    product_id: str = ""
    trade_id: int | None = None
    sequence: int | None = None
    price: str = ""
    size: str = ""
    side: str = ""
    time: str = ""
    best_bid: str = ""
    best_ask: str = ""
    message: str = ""
    reason: str = ""


_decoder = msgspec.json.Decoder(_Message)


class CoinbaseExchange:
    """A :class:`collectors.streaming.StreamSource`."""

    name = NAME

    def __init__(self, products: Sequence[str], url: str = URL) -> None:
        self.url = url
        self.products = tuple(products)
        self._known = answered_as(products)
        self._seen = Seen()
        self.holes = Holes()

    def remember(self, product: str, trade_id: int) -> None:
        """A trade that was taken before this process began; between it and the next one are those that came
        meanwhile."""
        self._seen.is_new((product, trade_id))
        self.holes.came(product, trade_id)

    def opening(self) -> Sequence[str]:
        ask = {
            "type": "subscribe",
            "product_ids": list(self.products),
            "channels": ["matches", "ticker", "heartbeat"],
        }
        return [msgspec.json.encode(ask).decode()]

    def take(self, text: bytes, received_ns: Nanoseconds) -> Taken:
        try:
            message = _decoder.decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise SourceFault(FaultKind.SHAPE, f"message: {one_line(str(error))}") from None
        match message.type:
            case "match" | "last_match":
                return self._trade(message, received_ns)
            case "ticker":
                return self._quote(message, received_ns)
            case "error":
                detail = one_line(f"{message.message} {message.reason}") or "an error without a text"
                return Taken(
                    faults=[Fault(FaultKind.ERROR_TEXT, detail)],
                    is_data=False,
                    reconnect=f"refused: {detail}",
                )
            case _:
                return nothing()

    def _trade(self, message: _Message, received_ns: Nanoseconds) -> Taken:
        if message.trade_id is None:
            raise SourceFault(FaultKind.SHAPE, "match: got no trade_id")
        check_product(message.product_id, self._known)
        price, size = positive(message.price, "price"), positive(message.size, "size")
        source_ns = iso_moment(message.time, "time")
        if not self._seen.is_new((message.product_id, message.trade_id)):
            return Taken(repeats=1)
        row = SpotRow(
            source=NAME,
            product=message.product_id,
            kind="trade",
            id=str(message.trade_id),
            value=float(price),
            value_text=message.price,
            size=float(size),
            size_text=message.size,
            side=message.side or None,
            sequence=message.sequence,
            source_ns=source_ns,
            received_ns=received_ns,
        )
        told = _told(SPOT, message, price, source_ns, received_ns)
        return Taken(rows=[row], told=[told], faults=self._missed(message.product_id, message.trade_id))

    def _missed(self, product: str, trade_id: int) -> list[Fault]:
        """Trades between the last one and this, which did not come."""
        count = self.holes.came(product, trade_id)
        return [Fault(FaultKind.GAP, f"{product}: {count} trades missing before {trade_id}")] if count else []

    def _quote(self, message: _Message, received_ns: Nanoseconds) -> Taken:
        check_product(message.product_id, self._known)
        price, source_ns = positive(message.price, "price"), iso_moment(message.time, "time")
        bid = positive(message.best_bid, "best_bid") if message.best_bid else None
        ask = positive(message.best_ask, "best_ask") if message.best_ask else None
        if not self._seen.is_new((message.product_id, "ticker", message.sequence or source_ns)):
            return Taken(repeats=1)
        row = SpotRow(
            source=NAME,
            product=message.product_id,
            kind="quote",
            id=str(message.sequence or source_ns),
            value=float(price),
            value_text=message.price,
            side=message.side or None,
            bid=as_float(bid),
            bid_text=message.best_bid or None,
            ask=as_float(ask),
            ask_text=message.best_ask or None,
            sequence=message.sequence,
            source_ns=source_ns,
            received_ns=received_ns,
        )
        told = [_told(SPOT, message, price, source_ns, received_ns)]
        if bid is not None and ask is not None and bid < ask:
            told.append(_told(SPOT_MID, message, (bid + ask) / 2, source_ns, received_ns))
        return Taken(rows=[row], told=[*told])


def _told(
    kind: str, message: _Message, value: Decimal, source_ns: Nanoseconds, received_ns: Nanoseconds
) -> Observation:
    product = message.product_id
    return Observation(kind, product, plain(value), source_ns, received_ns, (index_of(product),))
