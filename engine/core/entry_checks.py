"""What an entry may be: the checks that look at the order, its market and its book."""

from __future__ import annotations

from engine.core.book_view import BookView
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.facts.orders import OrderTerms
from engine.core.pauses import is_settling
from engine.core.settings import Limits
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


class EntryChecks:
    """What the order, its market and its book say, before anything else is asked."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def refused(
        self, terms: OrderTerms, market: Market, view: BookView, loss_ud: MicroDollars, far: bool
    ) -> Denial | None:
        """The first thing that speaks against an entry of this worst loss.

        One row of conditions; what is refused is told apart afterwards. Each entry passes all of them, and
        a call for each would cost more than they do.
        """
        desk, limits = self._desk, self._desk.limits
        if (
            market.status is not _ACTIVE
            or market.close_ns - desk.at <= desk.timings.closing_ns
            or desk.exchange != _OPEN
            or desk.shards.get(market.exchange_index, _OPEN) != _OPEN
        ):
            return _does_not_trade(desk, market)
        if desk.resumed_mono is not None and is_settling(desk, view):
            text = f"market {market.ticker}: trading just went on; entries wait for a two-sided book"
            return Denial(DenyCode.SETTLING, text, {"waited_ns": desk.mono - desk.resumed_mono})
        price_bp, count_c = terms.price_bp, terms.count_c
        if not market.grid.accepts(price_bp):
            return off_grid(terms, market)
        if count_c <= 0 or count_c % limits.count_step_c or count_c > limits.order_count_c:
            return _unfit_count(count_c, limits)
        if loss_ud > limits.order_loss_ud:
            text = f"worst loss: ${dollars(loss_ud)} with fee, the limit is ${dollars(limits.order_loss_ud)}"
            return Denial(
                DenyCode.ORDER_DOLLARS, text, {"loss_ud": loss_ud, "limit_ud": limits.order_loss_ud}
            )
        feed_mono = desk.feed_mono
        if not view.is_fresh or feed_mono is None or desk.mono - feed_mono > desk.timings.stale_book_ns:
            return _stale(desk, market, view)
        # How far through the other side, and how near 0 or $1, in prices of the leg bought.
        best_bp = view.book.best_ask_bp
        if terms.side is not _BID:
            price_bp, best_bp = CONTRACT_BP - price_bp, leg_ask_bp(view.book, terms.side)
        if best_bp is not None and price_bp > best_bp + limits.collar_bp:
            return _through(price_bp, best_bp, limits.collar_bp)
        if not far and not limits.near_low_bp <= price_bp <= limits.near_high_bp:
            return _far(price_bp, limits.near_low_bp, limits.near_high_bp)
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


def _does_not_trade(desk: Desk, market: Market) -> Denial:
    """Not active, about to close, or on a shard that is paused."""
    if market.status is not _ACTIVE:
        text = f"market {market.ticker}: is {market.status}, wanted active"
        return Denial(DenyCode.MARKET_NOT_ACTIVE, text, {"status": market.status.value})
    left_ns, wanted_ns = market.close_ns - desk.at, desk.timings.closing_ns
    if left_ns <= wanted_ns:
        text = f"market {market.ticker}: closes in {max(0, left_ns) // SECOND_NS} s"
        return Denial(DenyCode.MARKET_CLOSING, text, {"left_ns": left_ns, "wanted_ns": wanted_ns})
    text = f"exchange: trading is paused on shard {market.exchange_index}"
    return Denial(DenyCode.EXCHANGE_PAUSED, text, {"exchange_index": market.exchange_index})


def _unfit_count(count_c: CountC, limits: Limits) -> Denial:
    step_c, limit_c = limits.count_step_c, limits.order_count_c
    if count_c <= 0:
        return not_positive(count_c)
    if count_c % step_c:
        text = f"count: got {contracts(count_c)}, wanted a multiple of {contracts(step_c)}"
        return Denial(DenyCode.COUNT_TOO_FINE, text, {"count_c": count_c, "step_c": step_c})
    text = f"count: got {contracts(count_c)}, the limit is {contracts(limit_c)}"
    return Denial(DenyCode.ORDER_COUNT, text, {"count_c": count_c, "limit_c": limit_c})


def _stale(desk: Desk, market: Market, view: BookView) -> Denial:
    silent_ns = -1 if desk.feed_mono is None else desk.mono - desk.feed_mono
    reason = "none yet" if view.stale_reason is None else view.stale_reason.value
    if view.is_fresh:
        reason = "feed is silent" if desk.feed_mono is not None else "no feed"
    text = f"book of {market.ticker}: {reason}; entries need one that is fresh"
    numbers: dict[str, int | str] = {"reason": reason, "silent_ns": silent_ns}
    return Denial(DenyCode.STALE_BOOK, text, numbers | {"limit_ns": desk.timings.stale_book_ns})


def _through(price_bp: PriceBp, ask_bp: PriceBp, collar_bp: PriceBp) -> Denial:
    text = (
        f"price: got {cents(price_bp)}, the ask is {cents(ask_bp)} and the collar {cents(collar_bp)};"
        f" wanted at most {cents(ask_bp + collar_bp)}"
    )
    return Denial(DenyCode.COLLAR, text, {"price_bp": price_bp, "ask_bp": ask_bp, "collar_bp": collar_bp})


def _far(price_bp: PriceBp, low_bp: PriceBp, high_bp: PriceBp) -> Denial:
    near = f"{cents(low_bp)} to {cents(high_bp)}"
    text = f"price: got {cents(price_bp)}, outside {near}; say far to send it all the same"
    return Denial(DenyCode.FAR_PRICE, text, {"price_bp": price_bp, "low_bp": low_bp, "high_bp": high_bp})
