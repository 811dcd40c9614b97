"""A market's past in figures, as the exchange is told it when it lists the market."""

from __future__ import annotations

from collections.abc import Iterator

from engine.domain.units import CONTRACT_BP, SECOND_NS, CountC
from engine.sandbox.core.day_window import STEP_NS, STEPS_A_DAY, DayStep, Quote
from engine.sandbox.core.past import Past
from engine.sandbox.sources.generator.past import EventPast, MarketPast
from engine.sandbox.sources.generator.turnover import Turnover

_STEP_S = STEP_NS // SECOND_NS
_NOTHING: Quote = (None, None, None)


def told_pasts(event: EventPast, now_s: int) -> list[Past]:
    """What happened in each market in the whole minutes before ``now_s``, in the order of the ladder: the
    sums of what its candles and prints tell."""
    turnover = event.turnover
    until_s = min(now_s // 60 * 60, turnover.close_s)
    quiet = Past(until_s * SECOND_NS)
    known = turnover.before(turnover.block_at(until_s - 1) + 1).trades
    is_told = turnover.open_s < _day_start_s(now_s) < until_s < turnover.close_s
    return [
        _past(event, event.market(place), until_s, now_s) if is_told or trades else quiet
        for place, trades in enumerate(known)
    ]


def _past(event: EventPast, market: MarketPast, until_s: int, now_s: int) -> Past:
    volume_c = market.traded_c(until_s)
    last = market.last_before(until_s) if volume_c else None
    return Past(
        until_ns=until_s * SECOND_NS,
        last_trade_bp=None if last is None else last.price_bp,
        last_trade_c=0 if last is None else last.count_c,
        volume_c=volume_c,
        dollar_volume_ud=market.worth_ud(until_s),
        open_interest_c=market.open_interest_c(volume_c),
        day=_day(event, market, until_s, now_s),
    )


def _day_start_s(now_s: int) -> int:
    """Where the exchange's figures of the last day begin."""
    return (now_s // _STEP_S - STEPS_A_DAY + 1) * _STEP_S


def _day(event: EventPast, market: MarketPast, until_s: int, now_s: int) -> tuple[DayStep, ...]:
    """The last day, a part for each block; in a market older than that, the quote at each beginning too."""
    turnover = event.turnover
    day_start_s = _day_start_s(now_s)
    if until_s <= day_start_s:
        return ()
    if turnover.open_s < day_start_s:
        return tuple(
            DayStep(start_s // _STEP_S, volume_c, _stood(market, start_s))
            for start_s, volume_c in _parts(turnover, market, day_start_s, until_s)
        )
    parts = [part for part in _parts(turnover, market, turnover.open_s, until_s) if part[1]]
    return tuple(
        DayStep(start_s // _STEP_S, volume_c, None if number else _NOTHING)
        for number, (start_s, volume_c) in enumerate(parts)
    )


def _parts(
    turnover: Turnover, market: MarketPast, start_s: int, until_s: int
) -> Iterator[tuple[int, CountC]]:
    """The beginning of each block (or of what is left of it) in a span, and what was traded in it; nothing
    for a market that has closed and was not traded in the span."""
    before_c = market.traded_c(start_s)
    if until_s == turnover.close_s and before_c == market.traded_c(until_s):
        return
    while start_s < until_s:
        end_s = min(turnover.span(turnover.block_at(start_s))[1], until_s)
        traded_c = market.traded_c(end_s)
        yield start_s, traded_c - before_c
        start_s, before_c = end_s, traded_c


def _stood(market: MarketPast, at_s: int) -> Quote:
    quote, last = market.quote(at_s // 60), market.last_before(at_s)
    return (
        quote.bid_bp or None,
        quote.ask_bp if quote.ask_bp < CONTRACT_BP else None,
        None if last is None else last.price_bp,
    )
