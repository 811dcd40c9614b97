"""GP: the loaded market's price over time in cents of YES, with its quote, entry, orders and close.

The forecast is to the right of the candles, its maker and age in a line above. Both lines lose their parts
from the right when it gets narrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from console.tui import numbers, roles
from console.tui.cells import Row
from console.tui.chart.draw import draw
from console.tui.chart.glyphs import ASCII, BRAILLE
from console.tui.chart.model import ChartModel
from console.tui.codes import period_text
from console.tui.desk import Desk
from console.tui.lookups import CandleSeries
from console.tui.panels import figures
from console.tui.panels.base import PanelState, Place, View
from console.tui.panels.chart_forecast import Shown, legend
from console.tui.panels.chart_model import chart_model, live_price_bp
from console.tui.panels.day_change import day_change
from console.tui.panels.event_head import joined
from console.tui.panels.outside_line import outside_line
from console.tui.panels.states import NO_MARKET, RETRIES, Saying, saying_view, with_caveat
from engine.control.protocol import WATCH
from engine.domain.units import SECOND_NS, complement

_LEAST_FOR_HEAD = 7
_LEAST_FOR_OUTSIDE = 12


@dataclass(frozen=True, slots=True)
class ChartPanel:
    code: ClassVar[str] = "GP"
    name: ClassVar[str] = "chart"

    def view(self, desk: Desk, place: Place) -> View:
        title = f"GP {desk.loaded} {period_text(desk.period_min)}" if desk.loaded else "GP"
        series = desk.candles.get((desk.loaded, desk.period_min))
        saying = _saying(desk, series)
        if saying is not None or series is None:
            return saying_view(title, saying or NO_MARKET, place.width)
        is_old = not desk.is_attached or desk.is_stale(WATCH)
        model = chart_model(desk, series)
        head = _head_rows(desk, model, place)
        height = max(place.height - len(head) - is_old, 1)
        glyphs = ASCII if desk.is_ascii else BRAILLE
        rows = (*head, *draw(model, place.width, height, glyphs))
        age_s = max(0, desk.now_ns - series.fetched_ns) / SECOND_NS
        view = View(
            title, rows, (None,) * len(rows), age_s, header_rows=len(head), since_ns=series.fetched_ns
        )
        return with_caveat(view, desk, WATCH, place.width)


def _saying(desk: Desk, series: CandleSeries | None) -> Saying | None:
    if not desk.loaded:
        return NO_MARKET
    if series is not None:
        has_prices = bool(series.candles) or live_price_bp(desk) is not None
        return None if has_prices else _no_prices(desk)
    if not desk.is_attached:
        return Saying(PanelState.OFFLINE, f"no engine: {desk.lost_text}", RETRIES)
    failure = desk.failure("candles", desk.loaded, desk.period_min)
    if failure:
        advice = "asked again by itself; press t for another period"
        return Saying(PanelState.ERROR, f"no chart yet: {failure}", advice)
    return Saying(PanelState.LOADING, "loading candles", "this takes a moment; press t for another period")


def _no_prices(desk: Desk) -> Saying:
    period = period_text(desk.period_min)
    text = f"no price of the last candles of {period}, and no quote"
    return Saying(PanelState.EMPTY, text, "press t for another period, or Y or N to open a ticket")


def _head_rows(desk: Desk, model: ChartModel, place: Place) -> tuple[Row, ...]:
    """The quote, the number that decides, and what made the forecast: where one row fits and a band is
    drawn, the band's."""
    shown = Shown(model.points, model.is_forecast_old)
    made = legend(desk, shown, place.width)
    has_both = place.height > _LEAST_FOR_HEAD
    quote = (_head(desk, place.width),) if place.height >= _LEAST_FOR_HEAD else ()
    outside = outside_line(desk, desk.loaded, place.width) if place.height >= _LEAST_FOR_OUTSIDE else None
    if outside is not None:
        quote = (*quote, outside)
    if made is None or not (has_both or model.points):
        return quote
    return (*quote, made) if has_both else (made,)


def _head(desk: Desk, width: int) -> Row:
    """The quote of both legs, the last trade, and its change in a day where the candles reach so far back."""
    quote = desk.quote(desk.loaded)
    bid = ask = last = None
    if quote is not None:
        bid, ask, last = quote.bid_bp, quote.ask_bp, quote.last_bp
    old = "" if quote is not None and quote.is_fresh else figures.OLD
    no_bid = None if ask is None else complement(ask)
    no_ask = None if bid is None else complement(bid)
    change = day_change(desk, desk.loaded)
    decimals = figures.places((bid, ask, last))
    day: Row = (("day ", roles.LABEL), (figures.price_change(change, decimals), figures.tone(change)))
    parts: tuple[Row, ...] = (
        (("YES ", roles.LABEL), (f"{old}{_pair(bid, ask, decimals)}", roles.YES)),
        (("NO ", roles.LABEL), (f"{old}{_pair(no_bid, no_ask, decimals)}", roles.NO)),
        (("last ", roles.LABEL), (figures.price(last, decimals), roles.TEXT)),
        *(() if change is None else (day,)),
        (("vol ", roles.LABEL), (numbers.contracts(None if quote is None else quote.volume_c), roles.TEXT)),
    )
    return joined(parts, width, "  ")


def _pair(bid: int | None, ask: int | None, decimals: int) -> str:
    return f"{figures.price(bid, decimals)}/{figures.price(ask, decimals)}"
