"""Rows and arguments of queries by which a console learns what is not in the topics."""

from __future__ import annotations

import msgspec

from engine.control.queries import Args
from engine.domain.market import Event, Market
from engine.domain.order import Leg
from engine.domain.units import CountC, Nanoseconds, PriceBp


class FactsRow(msgspec.Struct, frozen=True, omit_defaults=True):
    market: Market
    event: Event
    series_title: str = ""
    settlement_sources: tuple[tuple[str, str], ...] = ()
    index_id: str = ""


class TradeRow(msgspec.Struct, frozen=True, omit_defaults=True):
    trade_id: str
    ticker: str
    price_bp: PriceBp
    count_c: CountC
    taker: Leg
    at_ns: Nanoseconds


class IndexRow(msgspec.Struct, frozen=True, omit_defaults=True):
    index_id: str
    value: str
    source_ns: Nanoseconds
    received_ns: Nanoseconds


class FactsArgs(Args, frozen=True):
    ticker: str


class CandlesArgs(Args, frozen=True):
    ticker: str
    period_min: int
    start_s: int
    end_s: int


class TradesArgs(Args, frozen=True):
    ticker: str
