"""The chart of the loaded market, made of its candles, its quote, and what is owned and wanted there."""

from __future__ import annotations

from collections.abc import Iterator

from console.tui import numbers
from console.tui.chart.candles import bars_of
from console.tui.chart.model import Bar, ChartModel, Level, LevelKind
from console.tui.desk import Desk
from console.tui.lookups import CandleSeries
from console.tui.panels.book import OwnLevel, own_levels
from console.tui.panels.chart_forecast import shown_forecast
from engine.domain.order import Leg
from engine.domain.trigger import ConditionState, Source
from engine.domain.units import SECOND_NS, PriceBp, complement

_PRICES = (Source.BID, Source.ASK, Source.MID, Source.LAST)


def chart_model(desk: Desk, series: CandleSeries) -> ChartModel:
    """The candles up to now, a column of dots each at most: as many as there is room for."""
    period_s = series.period_min * 60
    now_s = desk.now_ns // SECOND_NS
    bars = with_live(bars_of(series.candles, period_s), live_price_bp(desk), now_s, period_s)
    market = desk.market(desk.loaded)
    close_s = None if market is None else market.close_ns // SECOND_NS
    forecast = shown_forecast(desk, bars, close_s)
    return ChartModel(
        bars=bars,
        levels=tuple(levels_of(desk)),
        points=forecast.points,
        now_s=now_s,
        most_bucket_s=period_s,
        close_s=close_s,
        is_forecast_old=forecast.is_old,
    )


def live_price_bp(desk: Desk) -> PriceBp | None:
    """The middle of a quote that may be read, else the last trade."""
    quote = desk.quote(desk.loaded)
    if quote is None:
        return None
    if quote.is_fresh and quote.bid_bp is not None and quote.ask_bp is not None:
        return (quote.bid_bp + quote.ask_bp) // 2
    return quote.last_bp


def with_live(bars: tuple[Bar, ...], price_bp: PriceBp | None, now_s: int, period_s: int) -> tuple[Bar, ...]:
    """The bars with the price of now in the period of now."""
    if price_bp is None:
        return bars
    start_s = now_s - now_s % period_s
    if bars and bars[-1].end_s > start_s:
        last = bars[-1]
        low, high = min(last.low_bp, price_bp), max(last.high_bp, price_bp)
        return (*bars[:-1], last._replace(low_bp=low, high_bp=high, close_bp=price_bp))
    return (*bars, Bar(start_s, start_s + period_s, price_bp, price_bp, price_bp))


def levels_of(desk: Desk) -> Iterator[Level]:
    """Last price, entry, its stop and profit, own orders, armed conditions; those of NO stand at their YES
    price and name their own."""
    quote = desk.quote(desk.loaded)
    if quote is not None and quote.last_bp is not None:
        yield Level(LevelKind.LAST, quote.last_bp)
    position = desk.position(desk.loaded)
    if position is not None and position.leg is not None and position.count_c:
        entry = position.cost_ud // position.count_c
        is_no = position.leg is Leg.NO
        note = f"NO {numbers.cents(entry)}" if is_no else ""
        yield Level(LevelKind.ENTRY, complement(entry) if is_no else entry, "in", note)
    yield from _plan_levels(desk)
    yield from _condition_levels(desk)
    for price_bp, own in sorted(own_levels(desk, desk.loaded).items(), reverse=True):
        yield Level(LevelKind.ORDER, price_bp, _sign(own), f"x{numbers.contracts(own.count_c)}")


def _plan_levels(desk: Desk) -> Iterator[Level]:
    plan = desk.replica.desk.plans.get(desk.loaded)
    if plan is None:
        return
    for kind, tag, price_bp in (
        (LevelKind.STOP_LOSS, "SL", plan.stop_loss_bp),
        (LevelKind.TAKE_PROFIT, "TP", plan.take_profit_bp),
    ):
        if price_bp is not None:
            yield _of_leg(kind, tag, plan.leg, price_bp)


def _condition_levels(desk: Desk) -> Iterator[Level]:
    """Armed conditions that look at a price of this market."""
    for row in desk.replica.desk.conditions.values():
        trigger = row.terms.trigger
        looked_at = trigger.ticker or row.terms.ticket.ticker
        if row.state is ConditionState.ARMED and looked_at == desk.loaded and trigger.source in _PRICES:
            yield _of_leg(LevelKind.CONDITION, f"if {trigger.crossing}", trigger.leg, trigger.level)


def _of_leg(kind: LevelKind, tag: str, leg: Leg, price_bp: PriceBp) -> Level:
    """At its YES price; of NO with the price of NO beside it."""
    if leg is Leg.YES:
        return Level(kind, price_bp, tag)
    return Level(kind, complement(price_bp), tag, f"NO {numbers.cents(price_bp)}")


def _sign(own: OwnLevel) -> str:
    return "?" if own.is_unknown else "◆"
