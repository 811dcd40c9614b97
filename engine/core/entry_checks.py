"""What an entry may be: the checks that look at the order, its market and its book."""

from __future__ import annotations

import msgspec

from engine.core.book_view import BookView
from engine.core.changes import OrderTerms
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.pauses import is_settling
from engine.domain.book import Book
from engine.domain.market import Market, MarketStatus
from engine.domain.order import BookSide
from engine.domain.units import (
    CONTRACT_BP,
    SECOND_NS,
    CountC,
    MicroDollars,
    PriceBp,
    cents,
    complement,
    contracts,
    dollars,
)

_OPEN = (True, True)
"""Exchange active, trading active."""
_ACTIVE = MarketStatus.ACTIVE
_BID = BookSide.BID
"""Members are bound once: reading one off its class costs as much as a call."""


class Case(msgspec.Struct, frozen=True, gc=False):
    """An entry with what its checks look at."""

    terms: OrderTerms
    market: Market
    view: BookView
    """A stale one where there is none."""
    held_c: CountC
    """Above zero YES, below zero NO."""
    loss_ud: MicroDollars
    """The worst that it can lose, its fee included."""
    owner: str
    """Whose the market is now; empty if nobody's."""
    again: bool
    far: bool


class EntryChecks:
    """Each check returns None, or why not."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def trades(self, case: Case) -> Denial | None:
        desk = self._desk
        market = case.market
        if market.status is not _ACTIVE:
            text = f"market {market.ticker}: is {market.status}, wanted active"
            return Denial(DenyCode.MARKET_NOT_ACTIVE, text, {"status": market.status.value})
        left_ns = market.close_ns - desk.at
        if left_ns <= desk.timings.closing_ns:
            text = f"market {market.ticker}: closes in {max(0, left_ns) // SECOND_NS} s"
            return Denial(
                DenyCode.MARKET_CLOSING, text, {"left_ns": left_ns, "wanted_ns": desk.timings.closing_ns}
            )
        exchange = desk.exchange
        if exchange != _OPEN or desk.shards.get(market.exchange_index, exchange) != _OPEN:
            text = f"exchange: trading is paused on shard {market.exchange_index}"
            return Denial(DenyCode.EXCHANGE_PAUSED, text, {"exchange_index": market.exchange_index})
        if desk.resumed_mono is not None and is_settling(desk, case.view):
            text = f"market {market.ticker}: trading just went on; entries wait for a two-sided book"
            return Denial(DenyCode.SETTLING, text, {"waited_ns": desk.mono - desk.resumed_mono})
        return None

    def price(self, case: Case) -> Denial | None:
        if case.market.grid.accepts(case.terms.price_bp):
            return None
        return off_grid(case.terms, case.market)

    def size(self, case: Case) -> Denial | None:
        """How many, and what they can lose."""
        limits, count_c = self._desk.limits, case.terms.count_c
        if count_c <= 0:
            return not_positive(count_c)
        step_c = limits.count_step_c
        if count_c % step_c:
            text = f"count: got {contracts(count_c)}, wanted a multiple of {contracts(step_c)}"
            return Denial(DenyCode.COUNT_TOO_FINE, text, {"count_c": count_c, "step_c": step_c})
        if count_c > limits.order_count_c:
            text = f"count: got {contracts(count_c)}, the limit is {contracts(limits.order_count_c)}"
            return Denial(DenyCode.ORDER_COUNT, text, {"count_c": count_c, "limit_c": limits.order_count_c})
        loss_ud = case.loss_ud
        if loss_ud > limits.order_loss_ud:
            text = f"worst loss: ${dollars(loss_ud)} with fee, the limit is ${dollars(limits.order_loss_ud)}"
            return Denial(
                DenyCode.ORDER_DOLLARS, text, {"loss_ud": loss_ud, "limit_ud": limits.order_loss_ud}
            )
        return None

    def book(self, case: Case) -> Denial | None:
        desk, view = self._desk, case.view
        if not desk.is_book_stale(view):
            return None
        silent_ns = -1 if desk.feed_mono is None else desk.mono - desk.feed_mono
        reason = "none yet" if view.stale_reason is None else view.stale_reason.value
        if view.is_fresh:
            reason = "feed is silent" if desk.feed_mono is not None else "no feed"
        text = f"book of {case.market.ticker}: {reason}; entries need one that is fresh"
        return Denial(
            DenyCode.STALE_BOOK,
            text,
            {"reason": reason, "silent_ns": silent_ns, "limit_ns": desk.timings.stale_book_ns},
        )

    def reach(self, case: Case) -> Denial | None:
        """How far through the other side, and how near 0 or $1, in prices of the leg bought."""
        limits, terms = self._desk.limits, case.terms
        price_bp, book = terms.price_bp, case.view.book
        if terms.side is _BID:
            best_bp = book.best_ask_bp
        else:
            price_bp = CONTRACT_BP - price_bp
            best_bp = None if book.best_bid_bp is None else CONTRACT_BP - book.best_bid_bp
        if best_bp is not None and price_bp > best_bp + limits.collar_bp:
            text = (
                f"price: got {cents(price_bp)}, the ask is {cents(best_bp)} and the collar"
                f" {cents(limits.collar_bp)}; wanted at most {cents(best_bp + limits.collar_bp)}"
            )
            return Denial(
                DenyCode.COLLAR,
                text,
                {"price_bp": price_bp, "ask_bp": best_bp, "collar_bp": limits.collar_bp},
            )
        if not case.far and not limits.near_low_bp <= price_bp <= limits.near_high_bp:
            near = f"{cents(limits.near_low_bp)} to {cents(limits.near_high_bp)}"
            text = f"price: got {cents(price_bp)}, outside {near}; say far to send it all the same"
            return Denial(
                DenyCode.FAR_PRICE,
                text,
                {"price_bp": price_bp, "low_bp": limits.near_low_bp, "high_bp": limits.near_high_bp},
            )
        return None


def leg_ask_bp(book: Book, side: BookSide) -> PriceBp | None:
    """The best price at which the leg that ``side`` buys is offered; None if it is not."""
    if side is _BID:
        return book.best_ask_bp
    return None if book.best_bid_bp is None else complement(book.best_bid_bp)


def off_grid(terms: OrderTerms, market: Market) -> Denial | None:
    """Said in prices of the leg that the person named."""
    if market.grid.accepts(terms.price_bp):
        return None
    is_yes = terms.leg == "yes"
    grid = market.grid if is_yes else market.grid.mirrored()
    price_bp = terms.price_bp if is_yes else CONTRACT_BP - terms.price_bp
    text = f"price: {grid.explain(price_bp)}"
    low, high = grid.floor(price_bp), grid.ceil(price_bp)
    near = {"low_bp": low, "high_bp": high}
    return Denial(
        DenyCode.OFF_GRID,
        text,
        {"price_bp": price_bp, **{name: bp for name, bp in near.items() if bp is not None}},
    )


def not_positive(count_c: CountC) -> Denial:
    text = f"count: got {contracts(count_c)}, wanted at least 0.01"
    return Denial(DenyCode.COUNT_NOT_POSITIVE, text, {"count_c": count_c})
