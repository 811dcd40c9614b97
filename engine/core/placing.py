"""From a wish to an intent: terms on the YES book, the gate, the sender; and the take-over of a market."""

from __future__ import annotations

from engine.core.cancels import Cancels
from engine.core.changes import EXTERNAL, MANUAL, OrderTerms
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import AlertLevel
from engine.core.exposure import Spending, reducing_c
from engine.core.gate import Gate, Wish
from engine.core.sender import Sender
from engine.domain.command import ClosePosition, PlaceOrder
from engine.domain.order import Leg, TimeInForce, book_order
from engine.domain.units import SECOND_NS, CountC, Nanoseconds, PriceBp, ceil_div, complement, contracts

_IOC = TimeInForce.IMMEDIATE_OR_CANCEL
_GTC = TimeInForce.GOOD_TILL_CANCELED


class Placing:
    def __init__(self, desk: Desk, gate: Gate, sender: Sender, spending: Spending, cancels: Cancels) -> None:
        self._desk = desk
        self._gate = gate
        self._sender = sender
        self._spending = spending
        self._cancels = cancels

    def place(
        self,
        body: PlaceOrder,
        owner: str = MANUAL,
        who: str = "",
        is_interactive: bool = False,
        why: dict[str, int | str] | None = None,
    ) -> Denial | None:
        """Sends an order, or says why not. ``why`` is kept with the intent."""
        side, price_bp = book_order(body.leg, buys=body.buys, price_bp=body.price_bp)
        ticker, opens, time_in_force = body.ticker, body.opens, body.time_in_force
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
            self._shard(ticker),
            post_only=body.post_only,
            # The exchange takes the flag with immediate-or-cancel only.
            reduce_only=not opens and time_in_force is _IOC,
            expires_ns=self._expiry(body),
            key=body.key,
        )
        return self._send(Wish(terms, body.again, body.far, who, is_interactive, body.flip, why or {}))

    def close(self, body: ClosePosition, owner: str = MANUAL) -> Denial | None:
        """Sells what is held at the book's price for that size, immediate or cancel."""
        held_c = self._desk.held_c(body.ticker)
        free_c = abs(held_c) - reducing_c(self._desk, body.ticker)
        if held_c == 0:
            return Denial(DenyCode.NO_POSITION, f"{body.ticker}: nothing is held")
        count_c = body.count_c or free_c
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

    def _send(self, wish: Wish) -> Denial | None:
        terms = wish.terms
        if terms.client_order_id in self._desk.money.orders:
            text = f"client_order_id: {terms.client_order_id} was used before; an id names one order for ever"
            return Denial(DenyCode.ID_USED, text)
        verdict = self._gate.check(wish)
        if isinstance(verdict, Denial):
            return verdict
        if terms.opens:
            if verdict.owner not in ("", EXTERNAL, terms.owner):
                self._take_over(terms, verdict.owner)
            self._gate.remember(terms)
        self._sender.send(verdict)
        if terms.opens:
            self._spending.opened(terms, verdict.loss_ud)
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

    def _expiry(self, body: PlaceOrder) -> Nanoseconds | None:
        """Resting entries end by themselves if nobody lives to extend them; in whole seconds."""
        if not body.opens or body.time_in_force is not _GTC:
            return None
        desk = self._desk
        return ceil_div(desk.at + desk.timings.resting_life_ns, SECOND_NS) * SECOND_NS

    def _shard(self, ticker: str) -> int:
        """The market's; of one that is not listed any more, the one that its newest fill names."""
        market = self._desk.markets.get(ticker)
        if market is not None:
            return market.exchange_index
        fills = self._desk.money.fills_in.get(ticker)
        return fills[-1].fill.exchange_index if fills else 0
