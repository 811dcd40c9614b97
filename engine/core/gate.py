"""The risk gate: the only maker of :class:`Allow`, without which nothing is sent.

Entries pass every check. A reducing order passes only what makes it one: no more than is held, not below the
floor, and a price that the market takes. Missing data refuses.
"""

from __future__ import annotations

import re

import msgspec

from engine.core.book_view import BookView
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.entry_checks import EntryChecks, leg_ask_bp, not_positive, off_grid
from engine.core.exposure import (
    Spending,
    leg_price_bp,
    owner_and_held,
    owner_of,
    reducing_c,
    worst_loss_at_ud,
)
from engine.core.facts.orders import EXTERNAL, MANUAL, OrderTerms
from engine.core.lease import Leases
from engine.core.modes import RUNNING
from engine.core.order_groups import OrderGroups
from engine.core.order_record import OrderRecord
from engine.core.risk import Risk
from engine.domain.book import Book
from engine.domain.order import BookSide
from engine.domain.units import (
    SECOND_NS,
    CountC,
    MicroDollars,
    Nanoseconds,
    PriceBp,
    cents,
    complement,
    contracts,
)

_BID = BookSide.BID
_fits_as_id = re.compile(r"[-\w:+=/]{1,64}", re.ASCII).fullmatch
"""What the exchange takes (its FIX documents)."""


class Wish(msgspec.Struct, frozen=True, gc=False):
    """An order that somebody wants; ``who`` is the client where a person typed it."""

    terms: OrderTerms
    again: bool = False
    far: bool = False
    who: str = ""
    is_interactive: bool = False
    flip: bool = False
    """Though it would turn what is held into the other leg."""
    why: dict[str, int | str] = {}
    """What made somebody want it, kept with the intent beside what the gate saw."""


class Allow(msgspec.Struct, frozen=True, gc=False):
    """The gate's word for one order, with the numbers it saw."""

    terms: OrderTerms
    numbers: dict[str, int | str]
    loss_ud: MicroDollars = 0
    """The worst that an entry can lose, its fee included."""
    owner: str = ""
    """Whose the market was."""


class Gate:
    def __init__(
        self, desk: Desk, leases: Leases, spending: Spending, risk: Risk, groups: OrderGroups
    ) -> None:
        self._desk = desk
        self._leases = leases
        self._spending = spending
        self._risk = risk
        self._groups = groups
        self._recent: dict[tuple[str, BookSide, CountC, PriceBp], Nanoseconds] = {}
        """When an entry like this was last sent, monotonic."""
        self._sweep_mono: Nanoseconds = 0
        self._checks = EntryChecks(desk)

    def check(self, wish: Wish) -> Allow | Denial:
        """Whether an order may go out."""
        terms = wish.terms
        if not _fits_as_id(terms.client_order_id):
            got = repr(terms.client_order_id)
            text = f"client_order_id: got {got}, wanted 1 to 64 of letters, digits and -_:+=/"
            return Denial(DenyCode.ID_INVALID, text)
        if not terms.opens:
            return self._reducing(terms, wish.why)
        desk = self._desk
        mode = desk.money.mode
        if desk.is_stopping or not desk.is_ready or (mode and mode != RUNNING):
            return self._not_open(mode)
        refused = self._risk.closed()
        if refused is not None:
            return refused
        if wish.is_interactive and not self._leases.is_held_by(wish.who):
            return Denial(DenyCode.NOT_ARMED, "the console is not armed; arm it, then send again")
        return self._entry(wish)

    def again(self, record: OrderRecord) -> Allow | Denial:
        """Whether an order that proved absent may go out once more, as it was."""
        if not record.terms.opens:
            return self._reducing(record.terms)
        expires_ns = record.terms.expires_ns
        if expires_ns is not None and expires_ns <= self._desk.at:
            return Denial(DenyCode.MARKET_CLOSING, "the order's own expiry has passed")
        return self.check(Wish(record.terms, again=True, far=True, flip=True))

    def recall(self, record: OrderRecord) -> None:
        """An order of an earlier run: the window in which another looks like it goes on in exchange time."""
        terms = record.terms
        self._risk.recall(record)
        ago_ns = self._desk.passed_since(record.intended_at)
        if terms.opens and terms.owner != EXTERNAL and ago_ns < self._desk.timings.duplicate_ns:
            sent_mono = self._desk.mono - ago_ns
            self._recent[_likeness(terms)] = max(sent_mono, self._recent.get(_likeness(terms), sent_mono))

    def remember(self, allow: Allow) -> None:
        """An entry is sent: it counts from now on; the same again within a while looks like a repetition."""
        desk, terms = self._desk, allow.terms
        mono = desk.mono
        self._risk.sent(terms, mono)
        self._spending.opened(terms, allow.loss_ud)
        if mono >= self._sweep_mono:
            window_ns = desk.timings.duplicate_ns
            self._recent = {like: sent for like, sent in self._recent.items() if mono - sent < window_ns}
            self._sweep_mono = mono + window_ns
        self._recent[(terms.ticker, terms.side, terms.count_c, terms.price_bp)] = mono

    def _entry(self, wish: Wish) -> Allow | Denial:
        desk, terms = self._desk, wish.terms
        ticker = terms.ticker
        market = desk.markets.get(ticker)
        if market is None:
            text = f"market: got {ticker}, which is not known; watch it first or check the ticker"
            return Denial(DenyCode.UNKNOWN_MARKET, text, {"ticker": ticker})
        view = desk.books.get(ticker) or BookView(ticker)
        loss_ud = worst_loss_at_ud(terms.side, terms.price_bp, terms.count_c, market.fees)
        owner, held_c = owner_and_held(desk, ticker)
        refused = (
            self._checks.refused(terms, market, view, loss_ud, wish.far)
            or self._claimed(wish, owner, held_c)
            or self._spending.refused(terms.client_order_id, market.exchange_index, loss_ud)
            or self._risk.refused(terms, market, loss_ud)
        )
        if refused is None and terms.owner != MANUAL:
            refused = self._groups.refusal(terms)
        return refused or Allow(terms, self._seen(view.book, loss_ud, held_c, wish.why), loss_ud, owner)

    def _not_open(self, mode: str) -> Denial:
        desk = self._desk
        if desk.is_stopping:
            return Denial(DenyCode.STOPPING, "the engine is stopping and takes no entries")
        if not desk.is_ready:
            text = "the first reconciliation is not complete yet; try again shortly"
            return Denial(DenyCode.NOT_READY, text)
        return Denial(DenyCode.ENTRIES_OFF, f"mode: {mode}; entries are off", {"mode": mode})

    def _claimed(self, wish: Wish, owner: str, held_c: CountC) -> Denial | None:
        """By who holds or works the market, by the other leg that is held, or by an order just like it."""
        terms = wish.terms
        if owner and terms.owner != MANUAL:
            refused = self._ownership(terms, owner)
            if refused is not None:
                return refused
        if held_c and not wish.flip and (held_c > 0) is not (terms.side is _BID):
            refused = self._risk.checks.flip(terms, held_c)
            if refused is not None:
                return refused
        return None if wish.again else self._repetition(terms)

    def _ownership(self, terms: OrderTerms, owner: str) -> Denial | None:
        """One owner a market, by what is held and by every entry that works. A person, who may take over, is
        not asked."""
        asks = terms.owner
        if owner == asks:
            orders = self._desk.money.orders
            working = [orders[name].terms for name in self._desk.working_names(terms.ticker)]
            others = [other.owner for other in working if other.opens and other.owner != asks]
            if not others:
                return None
            owner = others[0]
        whose = "orders that are not ours" if owner == EXTERNAL else owner
        text = f"market {terms.ticker}: belongs to {whose}"
        return Denial(DenyCode.MARKET_OWNED, text, {"owner": owner})

    def _repetition(self, terms: OrderTerms) -> Denial | None:
        sent_mono = self._recent.get(_likeness(terms))
        limit_ns = self._desk.timings.duplicate_ns
        if sent_mono is None or self._desk.mono - sent_mono >= limit_ns:
            return None
        ago_ns = self._desk.mono - sent_mono
        text = f"the same order was sent {ago_ns // SECOND_NS} s ago; say again to send it once more"
        return Denial(DenyCode.LOOKS_DUPLICATE, text, {"ago_ns": ago_ns, "limit_ns": limit_ns})

    def _reducing(self, terms: OrderTerms, why: dict[str, int | str] | None = None) -> Allow | Denial:
        """Passes every limit but these: it takes away from what is held, and not for next to nothing."""
        desk = self._desk
        if terms.count_c <= 0:
            return not_positive(terms.count_c)
        held_c = desk.held_c(terms.ticker)
        spoken_c = reducing_c(desk, terms.ticker, but=terms.client_order_id)
        free_c = max(0, abs(held_c) - spoken_c)
        numbers: dict[str, int | str] = {"held_c": held_c, "working_c": spoken_c, "count_c": terms.count_c}
        if held_c * terms.side.sign >= 0 or terms.count_c > free_c:
            text = (
                f"{terms.ticker}: holds {contracts(held_c)}, {contracts(spoken_c)} of it in working orders;"
                f" {terms.side} {contracts(terms.count_c)} would not only reduce"
            )
            return Denial(DenyCode.NOT_REDUCING, text, numbers)
        market = desk.markets.get(terms.ticker)
        refused = (off_grid(terms, market) if market else None) or self._floor(terms)
        if refused is None and terms.owner not in (MANUAL, owner_of(desk, terms.ticker)):
            owner = owner_of(desk, terms.ticker)
            text = f"market {terms.ticker}: belongs to {owner}"
            refused = Denial(DenyCode.MARKET_OWNED, text, {"owner": owner})
        return refused or Allow(terms, numbers | (why or {}))

    def _floor(self, terms: OrderTerms) -> Denial | None:
        """The held leg is not sold for less than the floor, unless its best bid is below that too."""
        sold_bp = complement(leg_price_bp(terms.side, terms.price_bp))
        floor_bp = self._desk.limits.reduce_floor_bp
        if sold_bp >= floor_bp:
            return None
        view = self._desk.books.get(terms.ticker)
        best_bp = None if view is None else leg_ask_bp(view.book, terms.side)
        if best_bp is not None and complement(best_bp) < floor_bp:
            return None
        text = f"price: got {cents(sold_bp)} for the leg held, the floor is {cents(floor_bp)}"
        return Denial(DenyCode.PRICE_FLOOR, text, {"price_bp": sold_bp, "floor_bp": floor_bp})

    def _seen(
        self, book: Book, loss_ud: MicroDollars, held_c: CountC, why: dict[str, int | str]
    ) -> dict[str, int | str]:
        """What the decision saw, kept with the intent; ``why`` is added."""
        bid_bp, ask_bp, cash = book.best_bid_bp, book.best_ask_bp, self._desk.money.cash
        seen: dict[str, int | str] = {
            "bid_bp": "none" if bid_bp is None else bid_bp,
            "ask_bp": "none" if ask_bp is None else ask_bp,
            "loss_ud": loss_ud,
            "cash_ud": "none" if cash is None else cash.cash_ud,
            "held_c": held_c,
        }
        return seen | why if why else seen


def _likeness(terms: OrderTerms) -> tuple[str, BookSide, CountC, PriceBp]:
    return (terms.ticker, terms.side, terms.count_c, terms.price_bp)
