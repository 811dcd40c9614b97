"""What a market is called where there is little room."""

from __future__ import annotations

from functools import lru_cache
from itertools import takewhile

from console.tui import roles
from console.tui.cells import Span
from console.tui.desk import Desk
from console.tui.panels import figures
from engine.control.rows.markets import MarketRow
from engine.domain.market import MarketStatus
from engine.domain.units import CONTRACT_BP, PriceBp

_TURNED = (
    (" or above", "≥ "),
    (" or below", "≤ "),
    (" or more", "≥ "),
    (" or less", "≤ "),
)
_TARGET = "target price:"
"""What a market on the direction of a price has before the price that it begins with."""
_WORDS = {
    MarketStatus.INITIALIZED: "NOT OPEN YET",
    MarketStatus.INACTIVE: "PAUSED",
    MarketStatus.ACTIVE: "OPEN",
    MarketStatus.FINALIZED: "PAID",
}


def outcome_label(market: MarketRow) -> str:
    """``$95,000 or above`` as ``≥ $95,000``; without a sub-title the end of the ticker."""
    said = market.yes_sub_title.strip()
    if said.lower().startswith(_TARGET):
        said = said[len(_TARGET) :].strip()
    for ending, sign in _TURNED:
        if said.endswith(ending):
            return sign + said.removesuffix(ending)
    return said.replace(" to ", "–") if said else ticker_label(market.ticker, market.event_ticker)


def ticker_label(ticker: str, event_ticker: str = "") -> str:
    """The part of a ticker that its event does not have."""
    event = event_ticker or ticker.rpartition("-")[0]
    return ticker.removeprefix(event).lstrip("-") or ticker


def loaded_label(desk: Desk) -> str:
    """Of the loaded market, for a title: the strike first, which must be read even where the rest is cut."""
    return market_label(desk.market(desk.loaded), desk.loaded) if desk.loaded else ""


def market_label(market: MarketRow | None, ticker: str) -> str:
    """Outside of its event, the outcome first, which must be read even where the rest is cut."""
    return ticker if market is None else f"{outcome_label(market)} {market.event_ticker}"


@lru_cache(maxsize=256)
def common_title(titles: tuple[str, ...]) -> str:
    """What the titles of an event's markets begin with."""
    common = titles[0].split()
    for title in titles[1:]:
        words = title.split()
        same = (one == other for one, other in zip(common, words, strict=False))
        common = common[: sum(takewhile(bool, same))]
    text = " ".join(common)
    return text if text in titles else f"{text} …".lstrip()


def status_word(status: MarketStatus) -> str:
    return _WORDS.get(status, status.upper())


def result_cell(settlement_bp: PriceBp | None) -> Span:
    """What one YES was paid: the leg that won, or cents where it is neither's; blank before."""
    if settlement_bp is None:
        return "", roles.LABEL
    if settlement_bp in (0, CONTRACT_BP):
        return ("YES", roles.YES) if settlement_bp else ("NO", roles.NO)
    return figures.price(settlement_bp, 1), roles.TEXT
