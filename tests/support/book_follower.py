"""Books kept from JSON frames with dictionaries of text alone: a reader that shares no code with ours."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

Levels = dict[str, dict[Decimal, Decimal]]


class SequenceBroken(AssertionError):
    """A ``seq`` that does not follow the last one of its sid."""


class BookFollower:
    """``books`` by ticker and leg, price to count; raises SequenceBroken at a gap, a repeat or a swap."""

    def __init__(self) -> None:
        self.books: dict[str, Levels] = {}
        self.clocks: dict[str, int] = {}
        self.seq: dict[int, int] = {}
        self.deltas = 0

    def take(self, frame: dict[str, Any]) -> None:
        if "seq" in frame:
            wanted = self.seq.get(frame["sid"], 0) + 1
            if frame["seq"] != wanted:
                raise SequenceBroken(f"sid {frame['sid']}: got seq {frame['seq']}, wanted {wanted}")
            self.seq[frame["sid"]] = wanted
        if frame["type"] == "orderbook_snapshot":
            self._snapshot(frame["msg"])
        elif frame["type"] == "orderbook_delta":
            self._delta(frame["msg"])

    def _snapshot(self, message: dict[str, Any]) -> None:
        ticker = message["market_ticker"]
        self.clocks[ticker] = message["clock"]
        self.books[ticker] = {
            leg: {Decimal(p): Decimal(c) for p, c in message.get(f"{leg}_dollars_fp", [])}
            for leg in ("yes", "no")
        }

    def _delta(self, message: dict[str, Any]) -> None:
        ticker = message["market_ticker"]
        assert message["clock"] > self.clocks[ticker], "a delta that an earlier message covers"
        self.clocks[ticker] = message["clock"]
        self.deltas += 1
        levels = self.books[ticker][message["side"]]
        price = Decimal(message["price_dollars"])
        levels[price] = levels.get(price, Decimal(0)) + Decimal(message["delta_fp"])
        assert levels[price] >= 0
        if not levels[price]:
            del levels[price]

    def rest_body(self, ticker: str) -> bytes:
        """The body of ``GET /markets/{ticker}/orderbook`` for this book."""
        legs = {
            f"{leg}_dollars": [[f"{p:.4f}", f"{c:.2f}"] for p, c in sorted(self.books[ticker][leg].items())]
            for leg in ("yes", "no")
        }
        return json.dumps({"orderbook_fp": legs}, separators=(",", ":")).encode()
