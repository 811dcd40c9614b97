"""DES: what the loaded market is: its rules in full, its times, its grid and what trading it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from console.tui import numbers, roles
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.base import PanelState, Place, View
from console.tui.panels.labels import status_word
from console.tui.panels.named import Named, named_rows
from console.tui.panels.states import NO_MARKET, RETRIES, Saying, saying_view, with_caveat
from engine.control.protocol import WATCH
from engine.control.rows.markets import FactsRow
from engine.domain.fee import FeeSchedule
from engine.domain.market import MarketStatus, Strike
from engine.domain.price_grid import PriceGrid
from engine.domain.units import ONE_CONTRACT_C, Nanoseconds, PriceBp

_TYPICAL_BP: tuple[PriceBp, ...] = (500, 2_000, 5_000, 8_000, 9_500)
_FEE_COUNT_C = 100 * ONE_CONTRACT_C
"""Fees are shown for so many contracts: for one the rounding would hide the rate."""


@dataclass(frozen=True, slots=True)
class DescriptionPanel:
    code: ClassVar[str] = "DES"
    name: ClassVar[str] = "what the market is"

    def view(self, desk: Desk, place: Place) -> View:
        title = f"DES {desk.loaded}".rstrip()
        facts = desk.facts.get(desk.loaded)
        if facts is None:
            return saying_view(title, _saying(desk), place.width, desk.age_s(WATCH))
        rows = named_rows(_lines(desk, facts), place.width)
        view = View(title, rows, (None,) * len(rows), desk.age_s(WATCH), topic=WATCH)
        return view if desk.is_attached else with_caveat(view, desk, WATCH, place.width)


def _saying(desk: Desk) -> Saying:
    if not desk.loaded:
        return NO_MARKET
    if not desk.is_attached:
        return Saying(PanelState.OFFLINE, f"no engine: {desk.lost_text}", RETRIES)
    failure = desk.failure("facts", desk.loaded)
    if failure:
        advice = "asked again by itself; press Esc for WATCH to choose another market"
        return Saying(PanelState.ERROR, f"no rules yet: {failure}", advice)
    return Saying(PanelState.LOADING, "loading the rules", "this takes a moment; press ? for the keys")


def _lines(desk: Desk, facts: FactsRow) -> Iterator[Named]:
    market, event = facts.market, facts.event
    row = desk.market(market.ticker)
    status = market.status if row is None else row.status
    yield Named("", event.title or market.title, roles.TITLE)
    yield Named("YES means", market.yes_sub_title or market.title)
    yield Named("rules", market.rules_primary or figures.UNKNOWN)
    if market.rules_secondary:
        yield Named("more rules", market.rules_secondary, roles.LABEL)
    yield Named(
        "status", status_word(status), roles.ACCENT if status is MarketStatus.ACTIVE else roles.WARNING
    )
    yield Named(
        "closes", f"{_moment(market.close_ns)}, in {numbers.countdown(market.close_ns - desk.now_ns)}"
    )
    yield Named("pays by", f"{_moment(market.expected_expiration_ns)} (expected)")
    if market.can_close_early:
        yield Named("early close", "possible", roles.WARNING)
    sources = "; ".join(f"{name} {address}".strip() for name, address in facts.settlement_sources)
    yield Named("settled by", sources or "see the rules")
    if facts.index_id:
        yield Named("index", facts.index_id)
    yield Named("strike", strike_words(market.strike))
    yield Named("outcomes", "at most one wins" if event.mutually_exclusive else "several may win")
    yield Named("price steps", grid_words(market.grid))
    yield Named("fee, taker", fee_words(market.fees, is_taker=True))
    yield Named("fee, maker", fee_words(market.fees, is_taker=False))
    yield Named("ticker", market.ticker)
    yield Named("event", f"{event.ticker} of {market.series_ticker} {facts.series_title}".rstrip())
    yield Named("shard", str(market.exchange_index))


def strike_words(strike: Strike) -> str:
    """``greater 94999.99``, ``between 52 and 53``."""
    kind = strike.kind.replace("_", " ")
    if strike.floor is not None and strike.cap is not None:
        return f"{kind} {strike.floor:,f} and {strike.cap:,f}"
    end = strike.floor if strike.floor is not None else strike.cap
    return kind if end is None else f"{kind} {end:,f}"


def grid_words(grid: PriceGrid) -> str:
    """``0.1c up to 10c, 1c up to 90c``: each step with the price where it ends."""
    return ", ".join(
        f"{numbers.cents(part.step_bp)}c up to {numbers.cents(part.end_bp)}c" for part in grid.ranges
    )


def fee_words(fees: FeeSchedule, *, is_taker: bool) -> str:
    """Cents a contract at typical prices, for orders of a hundred contracts."""
    found = []
    for price_bp in _TYPICAL_BP:
        fee_bp = fees.fee_ud(price_bp, _FEE_COUNT_C, is_taker=is_taker) // _FEE_COUNT_C
        found.append((price_bp, fee_bp))
    if not any(fee_bp for _, fee_bp in found):
        return "none"
    parts = (f"{numbers.cents(price_bp)}c: {figures.price(fee_bp, 2)}" for price_bp, fee_bp in found)
    return ", ".join(parts) + " (cents a contract)"


def _moment(at_ns: Nanoseconds) -> str:
    return f"{numbers.day(at_ns)} {numbers.clock(at_ns)} ET"
