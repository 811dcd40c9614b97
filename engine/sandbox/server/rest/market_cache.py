"""Markets as finished JSON, made once for each change, and the list of all markets in paging order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from engine.domain.market import Market
from engine.sandbox.core.day_window import STEP_NS
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.server.rest.projection import market_shape

if TYPE_CHECKING:
    from engine.sandbox.core.exchange import Exchange

Key: TypeAlias = tuple[int, str]
"""The place of a market in lists: newest first, then by ticker."""

_Version: TypeAlias = tuple[Market, int, int, int]

_encoder = msgspec.json.Encoder()


def list_key(record: MarketRecord) -> Key:
    return -record.market.created_ns, record.ticker


def read_key(text: str) -> Key:
    """Raises ValueError for a text that :func:`write_key` did not write."""
    created, _, ticker = text.partition(",")
    return int(created), ticker


def write_key(key: Key) -> str:
    return f"{key[0]},{key[1]}"


class MarketCache:
    """Answers are put together from markets encoded before; a market is encoded anew when it has changed.

    What a market shows depends on its listing, its book (``clock``), its trades (``volume_c``), and on the
    figures of a day ago, which move once a step.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._encoded: dict[str, tuple[_Version, msgspec.Raw]] = {}
        self._sorted: list[MarketRecord] = []

    def raw(self, record: MarketRecord) -> msgspec.Raw:
        """One market's JSON object."""
        version = (record.market, record.clock, record.volume_c, self._exchange.now_ns // STEP_NS)
        return self._at(version, record)

    def raws(self, records: Iterable[MarketRecord]) -> list[msgspec.Raw]:
        step = self._exchange.now_ns // STEP_NS
        return [self._at((r.market, r.clock, r.volume_c, step), r) for r in records]

    def _at(self, version: _Version, record: MarketRecord) -> msgspec.Raw:
        found = self._encoded.get(record.ticker)
        if found is not None:
            made = found[0]
            if made[0] is version[0] and made[1:] == version[1:]:
                return found[1]
        raw = msgspec.Raw(_encoder.encode(market_shape(record)))
        self._encoded[record.ticker] = (version, raw)
        return raw

    def all(self) -> list[MarketRecord]:
        """Every market, newest first; sorted anew only when one was listed."""
        if len(self._sorted) != len(self._exchange.markets):
            self._sorted = sorted(self._exchange.markets.values(), key=list_key)
        return self._sorted
