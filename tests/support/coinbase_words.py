"""Messages of Coinbase, as its two public feeds send them."""

from __future__ import annotations

import msgspec

TIME = "2026-11-18T11:06:39.123456Z"
TIME_NS = 1_794_999_999_123_456_000


def message(number: int, channel: str, event: dict[str, object]) -> bytes:
    return msgspec.json.encode(
        {"channel": channel, "timestamp": TIME, "sequence_num": number, "events": [event]}
    )


def trades(number: int, *ids: int, kind: str = "update") -> bytes:
    """Newest first, as the source lists them."""
    found = [
        {
            "trade_id": str(one),
            "product_id": "BTC-USD",
            "price": f"{78_000 + one}.10",
            "size": "0.5",
            "side": "BUY",
            "time": TIME,
        }
        for one in sorted(ids, reverse=True)
    ]
    return message(number, "market_trades", {"type": kind, "trades": found})


def match(trade_id: int, kind: str = "match") -> bytes:
    return msgspec.json.encode(
        {
            "type": kind,
            "trade_id": trade_id,
            "side": "sell",
            "size": "0.01",
            "price": f"{78_000 + trade_id}.10",
            "product_id": "BTC-USD",
            "sequence": trade_id * 7,
            "time": TIME,
        }
    )


def ticker(trade_id: int) -> bytes:
    """The ticker that follows a match; its side is the other one."""
    return msgspec.json.encode(
        {
            "type": "ticker",
            "trade_id": trade_id,
            "side": "buy",
            "last_size": "0.01",
            "price": f"{78_000 + trade_id}.10",
            "best_bid": f"{78_000 + trade_id}.00",
            "best_ask": f"{78_000 + trade_id}.20",
            "product_id": "BTC-USD",
            "sequence": trade_id * 7 + 1,
            "time": TIME,
        }
    )


def rest_trade(trade_id: int) -> dict[str, object]:
    price = f"{78_000 + trade_id}.10"
    return {"trade_id": trade_id, "time": TIME, "price": price, "size": "0.5", "side": "sell"}
