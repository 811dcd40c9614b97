"""From a wish to an intent: terms on the YES book, the gate, the sender; and the take-over of a market."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from engine.core.cancels import Cancels
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import AlertLevel
from engine.core.entry_checks import leg_ask_bp
from engine.core.exits.validity import unfit_plan
from engine.core.exposure import reducing_c
from engine.core.facts.orders import EXTERNAL, MANUAL, OrderTerms
from engine.core.facts.plans import SaleWaits
from engine.core.gate import Gate, Wish
from engine.core.order_groups import OrderGroups
from engine.core.pauses import resting_until_ns
from engine.core.sender import Sender
from engine.domain.command import ClosePosition, PlaceOrder
from engine.domain.order import BookSide, Leg, TimeInForce, book_order
from engine.domain.plan import PlanTerms
from engine.domain.units import CountC, Nanoseconds, PriceBp, complement, contracts

_IOC = TimeInForce.IMMEDIATE_OR_CANCEL
_GTC = TimeInForce.GOOD_TILL_CANCELED
_BID = BookSide.BID
_NOBODYS = ("", EXTERNAL)
"""Owners of markets that nobody here has to leave."""


MakeWay: TypeAlias = Callable[[str, str, Callable[[], Denial | None], SaleWaits | None], bool]
"""Market, client order id, how the order is sent then, and what a next run has to know of it to go on (None:
it does not; an order that adds risk is not sent late). Returns whether it waits."""


class Placing:
    def __init__(
        self,
        desk: Desk,
        gate: Gate,
        sender: Sender,
        cancels: Cancels,
        groups: OrderGroups,
    ) -> None:
        self._desk = desk
        self._gate = gate
        self._sender = sender
        self._cancels = cancels
        self._groups = groups
        self.make_way: MakeWay = _no_way
        """Has a sale wait until the position's take profit is out of its way, if that is what it lacks."""

    def place(
        self,
        body: PlaceOrder,
        owner: str = MANUAL,
        who: str = "",
        is_interactive: bool = False,
        why: dict[str, int | str] | None = None,
        wait_ns: Nanoseconds | None = None,
    ) -> Denial | None:
        """Sends an order, or says why not. ``why`` is kept with the intent, ``wait_ns`` with its terms."""
        desk = self._desk
        side, price_bp = book_order(body.leg, body.buys, body.price_bp)
        ticker, opens, time_in_force = body.ticker, body.opens, body.time_in_force
        market = desk.markets.get(ticker)
        shard = self._last_shard(ticker) if market is None else market.exchange_index
        terms = OrderTerms(
            body.client_order_id,
            owner,
            ticker,
            body.leg,
            side,
            price_bp,
            body.count_c,
            time_in_force,
            opens,
            shard,
            post_only=body.post_only,
            # The exchange takes the flag with immediate-or-cancel only.
            reduce_only=not opens and time_in_force is _IOC,
            # A resting entry ends by itself if nobody lives to extend it.
            expires_ns=resting_until_ns(desk, market) if opens and time_in_force is _GTC else None,
            key=body.key,
            plan=body.plan if opens else None,
            group=self._groups.group_for(owner, shard) if opens and owner != MANUAL else "",
            wait_ns=wait_ns,
        )
        if body.plan is not None:
            refused = self._unfit_plan(body, body.plan)
            if refused is not None:
                return refused
        wish = Wish(terms, body.again, body.far, who, is_interactive, body.flip, why or {})
        held = desk.money.positions.get(ticker)
        held_c = 0 if held is None else held.position.count_c
        if held_c and (held_c > 0) is not (side is _BID) and self._waits_for_room(wish, held_c):
            return None
        return self._send(wish)

    def _waits_for_room(self, wish: Wish, held_c: CountC) -> bool:
        """Whether the position's take profit has to go first: with it, the order could turn the position
        over, or over by more than is wanted. Only for what the gate lets through without it."""
        desk, terms = self._desk, wish.terms
        if terms.client_order_id in desk.money.orders:
            return False
        against_c = sum(r.remaining_c for r in desk.working(terms.ticker) if r.terms.side is terms.side)
        has_room = terms.count_c <= abs(held_c) - against_c
        if has_room or not (terms.count_c <= abs(held_c) or (terms.opens and wish.flip)):
            return False
        if terms.opens and isinstance(self._gate.check(msgspec.structs.replace(wish, flip=True)), Denial):
            return False
        name, kept = terms.client_order_id, None
        if not terms.opens:
            kept = SaleWaits(terms.ticker, name, terms.owner, desk.at, terms=terms)
        return self.make_way(terms.ticker, name, lambda: self._send(wish), kept)

    def send_waiting(self, sale: SaleWaits) -> Denial | None:
        """A sale that an earlier run had wait."""
        if sale.terms is not None:
            return self._send(Wish(sale.terms))
        body = ClosePosition(sale.client_order_id, sale.ticker, sale.count_c, sale.limit_bp)
        return self.close(body, sale.owner)

    def _unfit_plan(self, body: PlaceOrder, plan: PlanTerms) -> Denial | None:
        """A plan is judged by the best price that the entry can get: its limit, or the book's if that is
        better."""
        if not body.opens or not body.buys:
            text = "plan: got one with an order that does not buy, wanted one for what is bought"
            return Denial(DenyCode.BAD_PLAN, text)
        entry_bp = body.price_bp
        refused = unfit_plan(plan, entry_bp)
        view = self._desk.books.get(body.ticker)
        if refused is None and view is not None and not self._desk.is_book_stale(view):
            side, _ = book_order(body.leg, buys=True, price_bp=entry_bp)
            ask_bp = leg_ask_bp(view.book, side)
            if ask_bp is not None and ask_bp < entry_bp:
                refused = unfit_plan(plan, ask_bp)
        return refused

    def close(self, body: ClosePosition, owner: str = MANUAL) -> Denial | None:
        """Sells what is held at the book's price for that size, immediate or cancel."""
        held_c = self._desk.held_c(body.ticker)
        free_c = abs(held_c) - reducing_c(self._desk, body.ticker)
        if held_c == 0:
            return Denial(DenyCode.NO_POSITION, f"{body.ticker}: nothing is held")
        count_c = body.count_c or free_c
        if free_c < (body.count_c or abs(held_c)) <= abs(held_c) and self._waits(body, owner):
            return None
        if count_c <= 0:
            text = f"{body.ticker}: all {contracts(abs(held_c))} held are in working orders already"
            return Denial(DenyCode.NOT_REDUCING, text, {"held_c": held_c, "working_c": abs(held_c) - free_c})
        leg = Leg.YES if held_c > 0 else Leg.NO
        price_bp = self._closing_price_bp(body, leg, count_c)
        if isinstance(price_bp, Denial):
            return price_bp
        order = PlaceOrder(
            client_order_id=body.client_order_id,
            ticker=body.ticker,
            leg=leg,
            buys=False,
            price_bp=price_bp,
            count_c=count_c,
            time_in_force=_IOC,
            opens=False,
        )
        return self.place(order, owner)

    def _waits(self, body: ClosePosition, owner: str) -> bool:
        name, at = body.client_order_id, self._desk.at
        kept = SaleWaits(body.ticker, name, owner, at, body.count_c, body.limit_bp)
        return self.make_way(body.ticker, name, lambda: self.close(body, owner), kept)

    def leave(
        self,
        client_order_id: str,
        ticker: str,
        leg: Leg,
        price_bp: PriceBp,
        count_c: CountC,
        *,
        owner: str,
        cause: str,
        rests: bool,
        post_only: bool,
        why: dict[str, int | str],
    ) -> Denial | None:
        """Sends the exit of a plan: sells ``leg``, the one held, at a price of it, for an ExitCause."""
        side, yes_bp = book_order(leg, buys=False, price_bp=price_bp)
        market = self._desk.markets.get(ticker)
        terms = OrderTerms(
            client_order_id,
            owner,
            ticker,
            leg,
            side,
            yes_bp,
            count_c,
            _GTC if rests else _IOC,
            False,
            self._last_shard(ticker) if market is None else market.exchange_index,
            post_only=post_only,
            reduce_only=not rests,
            exit_cause=cause,
        )
        return self._send(Wish(terms, why=why))

    def _send(self, wish: Wish) -> Denial | None:
        terms = wish.terms
        if terms.client_order_id in self._desk.money.orders:
            text = f"client_order_id: {terms.client_order_id} was used before; an id names one order for ever"
            return Denial(DenyCode.ID_USED, text)
        verdict = self._gate.check(wish)
        if isinstance(verdict, Denial):
            return verdict
        if terms.opens:
            if verdict.owner != terms.owner and verdict.owner not in _NOBODYS:
                self._take_over(terms, verdict.owner)
            self._gate.remember(verdict)
        self._sender.send(verdict)
        return None

    def _take_over(self, terms: OrderTerms, owner: str) -> None:
        """A person enters a market that a strategy works: its entries end. Foreign ones are not ours."""
        self._desk.alert(
            AlertLevel.NOTE, "TAKEN_OVER", f"{terms.ticker}: {terms.owner} takes over from {owner}"
        )
        for record in self._desk.working(terms.ticker):
            if record.terms.opens and record.terms.owner == owner:
                self._cancels.want(record)

    def _closing_price_bp(self, body: ClosePosition, leg: Leg, count_c: CountC) -> PriceBp | Denial:
        """In prices of the leg held: what the whole size can be sold for, within the limit given."""
        view = self._desk.books.get(body.ticker)
        price_bp = None
        if view is not None and view.is_fresh:
            book = view.book
            yes_bp = book.sell_price_bp(count_c) if leg is Leg.YES else book.buy_price_bp(count_c)
            if yes_bp is None:  # not that many are there: as far as the book goes
                levels = book.bids_down() if leg is Leg.YES else book.asks_up()
                yes_bp = levels[-1][0] if levels else None
            if yes_bp is not None:
                price_bp = yes_bp if leg is Leg.YES else complement(yes_bp)
        if price_bp is None:
            if body.limit_bp is not None:
                return body.limit_bp
            why = "nobody bids" if view is not None and view.is_fresh else "the book is stale"
            text = f"{body.ticker}: {why}; give a limit to close all the same"
            return Denial(DenyCode.NO_PRICE, text)
        return price_bp if body.limit_bp is None else max(price_bp, body.limit_bp)

    def _last_shard(self, ticker: str) -> int:
        """Of a market that is not listed any more: the one that its newest fill names."""
        fills = self._desk.money.fills_in.get(ticker)
        return fills[-1].fill.exchange_index if fills else 0


def _no_way(
    ticker: str, client_order_id: str, send: Callable[[], Denial | None], kept: SaleWaits | None
) -> bool:
    """Nobody keeps take profits."""
    return False
