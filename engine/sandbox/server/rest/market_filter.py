"""Which markets a listing wants: the status words, the families of timestamps, and what excludes what."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import msgspec

from engine.domain.market import FILTER_STATUSES, Market, MarketStatus
from engine.domain.units import Nanoseconds
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.server.rest.query import Query, query_refusal

TICKERS_MAX = 1_000


class _Family(Enum):
    """A family of timestamps: its name, the status words it goes with, and the time it looks at."""

    CREATED = ("created", frozenset({"unopened", "open"}))
    CLOSE = ("close", frozenset({"closed"}))
    SETTLED = ("settled", frozenset({"settled"}))
    UPDATED = ("updated", frozenset[str]())

    @property
    def word(self) -> str:
        return self.value[0]

    @property
    def statuses(self) -> frozenset[str]:
        return self.value[1]

    def time_of(self, market: Market) -> Nanoseconds | None:
        match self:
            case _Family.CREATED:
                return market.created_ns
            case _Family.CLOSE:
                return market.close_ns
            case _Family.SETTLED:
                return market.settled_ns
        return market.updated_ns


class _Range(msgspec.Struct, frozen=True):
    family: _Family
    from_ns: Nanoseconds | None
    to_ns: Nanoseconds | None

    def holds(self, market: Market) -> bool:
        at_ns = self.family.time_of(market)
        if at_ns is None:
            return False
        return (self.from_ns is None or at_ns >= self.from_ns) and (self.to_ns is None or at_ns <= self.to_ns)


class MarketFilter(msgspec.Struct, frozen=True):
    """The filters of ``GET /markets``. ``only_combos`` matches nothing: the sandbox lists none."""

    event_ticker: str | None
    series_ticker: str | None
    statuses: frozenset[MarketStatus] | None
    tickers: frozenset[str]
    only_combos: bool
    time_range: _Range | None

    def predicate(self) -> Callable[[MarketRecord], bool]:
        """What a market must fulfil."""
        if self.only_combos:
            return lambda record: False
        return self._holds

    def _holds(self, record: MarketRecord) -> bool:
        market = record.market
        return (
            (self.statuses is None or market.status in self.statuses)
            and (self.series_ticker is None or market.series_ticker == self.series_ticker)
            and (self.event_ticker is None or market.event_ticker == self.event_ticker)
            and (not self.tickers or market.ticker in self.tickers)
            and (self.time_range is None or self.time_range.holds(market))
        )


def read_filter(query: Query) -> MarketFilter:
    """Raises BodyRefusal: a word that is no status (``active`` is none), filters that exclude each other."""
    word = query.text("status")
    if word is not None and word not in FILTER_STATUSES:
        raise query_refusal("invalid status filter")
    combos = query.choice("mve_filter", ("only", "exclude"))
    found = MarketFilter(
        event_ticker=query.text("event_ticker"),
        series_ticker=query.text("series_ticker"),
        statuses=None if word is None else FILTER_STATUSES[word],
        tickers=frozenset(query.csv("tickers", TICKERS_MAX)),
        only_combos=combos == "only",
        time_range=_time_range(query, word),
    )
    if found.event_ticker is not None and "," in found.event_ticker:
        raise query_refusal("event_ticker: got a list, wanted one")
    if found.time_range is not None and found.time_range.family is _Family.UPDATED:
        _check_updated(found, word, combos)
    return found


def _time_range(query: Query, word: str | None) -> _Range | None:
    ranges = []
    for family in _Family:
        from_ns = query.time_ns(f"min_{family.word}_ts")
        to_ns = query.time_ns(f"max_{family.word}_ts")
        if from_ns is not None or to_ns is not None:
            ranges.append(_Range(family, from_ns, to_ns))
    if len(ranges) > 1:
        words = " and ".join(part.family.word for part in ranges)
        raise query_refusal(f"timestamp filters: got {words}, wanted one family")
    if not ranges:
        return None
    family = ranges[0].family
    if word is not None and family is not _Family.UPDATED and word not in family.statuses:
        wanted = " or ".join(sorted(family.statuses))
        raise query_refusal(f"{family.word} timestamps: got status {word}, wanted {wanted} or none")
    return ranges[0]


def _check_updated(found: MarketFilter, word: str | None, combos: str | None) -> None:
    """The updated family stands alone: beside it only ``mve_filter=exclude``, and then ``series_ticker``."""
    others = [
        name
        for name, given in (
            ("status", word is not None),
            ("event_ticker", found.event_ticker is not None),
            ("tickers", bool(found.tickers)),
            ("mve_filter=only", found.only_combos),
            ("series_ticker without mve_filter=exclude", found.series_ticker is not None and combos is None),
        )
        if given
    ]
    if others:
        raise query_refusal(f"updated timestamps: got {', '.join(others)} too, wanted no other filter")
