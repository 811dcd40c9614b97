"""A core with an exact little exchange that answers at once, for what plans do.

It speaks in prices of one leg: what holds for YES is played for NO on the mirrored book.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from core_bench import SERIES, START, TICKER, CoreBench, market, of
from wide_limits import WIDE_LIMITS

from engine.core.changes import Change
from engine.core.effects import Alert, CancelOrder, Effect, ReadBook, SubmitOrder
from engine.core.exits.plan_record import PlanRecord
from engine.core.inputs import Acked, CancelAcked, CancelGone, CoreEvent, Recovered, Rejected
from engine.core.money import MoneyState, fold
from engine.core.settings import EngineSettings
from engine.core.step import Step
from engine.domain.command import PlaceOrder
from engine.domain.feed import BookFresh, BookUpdated, FeedAlive, FeedConnected, FillSeen
from engine.domain.fill import Fill
from engine.domain.order import BookSide, Leg, OrderRequest, TimeInForce, book_order
from engine.domain.plan import PlanTerms
from engine.domain.units import CONTRACT_BP, MILLISECOND_NS, SECOND_NS

Levels = Sequence[tuple[int, int]]
_IOC = TimeInForce.IMMEDIATE_OR_CANCEL


class ExitBench(CoreBench):
    """``leg`` is the leg that is bought; all prices given and told are its own, in cents."""

    def __init__(self, leg: Leg = Leg.YES, money: MoneyState | None = None, **changes: Any) -> None:
        settings = EngineSettings(series=(SERIES,), limits=WIDE_LIMITS)
        super().__init__(msgspec.structs.replace(settings, **changes), money)
        self.leg = leg
        self.resting: dict[str, OrderRequest] = {}
        """What works at the exchange, with what is left of it."""
        self.sent: list[tuple[int, OrderRequest]] = []
        """Every request with the monotonic time at which it was made."""
        self.history: list[Change] = []
        self.held_c = 0
        """At the exchange: above zero YES."""
        self.traded = 0
        self.is_deaf = False
        """Answers nothing while it is."""
        self.on_submit: Callable[[OrderRequest], CoreEvent | None] | None = None
        self.bids: Levels = ()
        self.asks: Levels = ()

    def open(self, bid: int = 49, ask: int = 51) -> ExitBench:
        self.start(market())
        self.book(bid, ask)
        return self

    def feed(self, *events: CoreEvent) -> Step:
        """Carries out what each step asks for before the next one."""
        step = self.last
        for event in events:
            step = super().feed(event)
            self.history += step.changes
            self._serve(step.effects)
        assert step is not None
        return step

    def book(self, bid: int | None, ask: int | None, bid_c: int = 10_000, ask_c: int = 10_000) -> Step:
        """A book of one level a side."""
        return self.levels([] if bid is None else [(bid, bid_c)], [] if ask is None else [(ask, ask_c)])

    def levels(self, bids: Levels, asks: Levels) -> Step:
        """Prices in cents of the leg, best first."""
        if self.leg is Leg.NO:
            bids, asks = [(100 - p, c) for p, c in asks], [(100 - p, c) for p, c in bids]
        self.bids = [(p * 100, c) for p, c in bids]
        self.asks = [(p * 100, c) for p, c in asks]
        return self.feed(BookFresh(TICKER, tuple(self.bids), tuple(self.asks), None))

    def level(self, price: int, delta_c: int, *, bids: bool = True) -> Step:
        """One level of the leg's bids (or asks) changes."""
        side = BookSide.BID if bids == (self.leg is Leg.YES) else BookSide.ASK
        price_bp = (price if self.leg is Leg.YES else 100 - price) * 100
        return self.feed(BookUpdated(TICKER, side, price_bp, delta_c, None, None))

    def buy(
        self,
        plan: PlanTerms | None,
        count_c: int = 500,
        price: int = 51,
        filled_c: int | None = None,
        **changes: Any,
    ) -> str:
        """An entry, of which ``filled_c`` (all) trades at once at its limit."""
        self.commands += 1
        name = f"e{self.commands}"
        order = PlaceOrder(name, TICKER, self.leg, True, price * 100, count_c, plan=plan, again=True)
        self.on_submit = lambda request: None
        answer = self.ask(msgspec.structs.replace(order, **changes))
        self.on_submit = None
        assert of(answer.effects, SubmitOrder), answer.effects
        self.resting[name] = self.sent[-1][1]
        self.feed(Acked(name, f"v-{name}", 0, count_c))
        if filled_c != 0:
            self.trade(name, count_c if filled_c is None else filled_c)
        return name

    def try_to_buy(self, plan: PlanTerms | None, count_c: int, filled_c: int) -> None:
        """An entry at 51, which the gate or the exchange may refuse."""
        self.commands += 1
        name = f"e{self.commands}"
        order = PlaceOrder(name, TICKER, self.leg, True, 5_100, count_c, plan=plan, again=True)
        self.on_submit = lambda request: None
        answer = self.ask(order)
        self.on_submit = None
        if not of(answer.effects, SubmitOrder):
            return
        self.resting[name] = next(r for _, r in self.sent if r.client_order_id == name)
        self.feed(Acked(name, f"v-{name}", 0, count_c))
        if filled_c and name in self.resting:
            self.trade(name, filled_c)

    def trade(self, name: str, count_c: int, price: int | None = None) -> Step:
        """Somebody meets an order that rests; ``price`` is of the leg."""
        request = self.resting[name]
        left_c = request.count_c - count_c
        if left_c:
            self.resting[name] = msgspec.structs.replace(request, count_c=left_c)
        else:
            del self.resting[name]
        price_bp = request.price_bp
        if price is not None:
            price_bp = price * 100 if self.leg is Leg.YES else CONTRACT_BP - price * 100
        return self._fill(request, count_c, price_bp)

    def trade_unseen(self, name: str, count_c: int) -> None:
        """An order was taken and traded, and only its fill tells."""
        request = next(request for _, request in self.sent if request.client_order_id == name)
        self._fill(request, count_c, request.price_bp)

    def live(self, seconds: float) -> None:
        """Time goes on and the feed is heard: woken whenever the core asks for it."""
        end = self.mono + int(seconds * SECOND_NS)
        while self.mono < end:
            step_ns = min(500 * MILLISECOND_NS, end - self.mono)
            wake = None if self.last is None else self.last.next_wake_mono
            if wake is not None and self.mono < wake < self.mono + step_ns:
                step_ns = wake - self.mono
            self.at += step_ns
            self.mono += step_ns
            self.feed(FeedAlive())
        self.feed(FeedAlive())

    def restart(self, away_s: float = 2.0) -> ExitBench:
        """A new process on what the journal says; the exchange stays as it is."""
        speed_millionths = self.settings.speed_millionths
        bench = ExitBench(self.leg, fold(self.history), speed_millionths=speed_millionths)
        bench.settings = self.settings
        bench.at, bench.mono = self.at + int(away_s * SECOND_NS), SECOND_NS
        bench.resting, bench.held_c, bench.traded = self.resting, self.held_c, self.traded
        bench.history, bench.sent = self.history, self.sent
        bench.bids, bench.asks = self.bids, self.asks
        return bench

    def come_back(self, orders: Sequence[Any] = ()) -> None:
        self.feed(Recovered("r2"), FeedConnected(1))
        self.reads((market(),), orders=orders)
        self.feed(BookFresh(TICKER, tuple(self.bids), tuple(self.asks), None))

    @property
    def plan(self) -> PlanRecord:
        return self.engine.money.plans[TICKER]

    @property
    def exits(self) -> list[tuple[int, int, str]]:
        """Price in cents of the leg, count, time in force of every order that a plan sent."""
        return [self.told(request) for _, request in self.sent if request.client_order_id.startswith("x")]

    def told(self, request: OrderRequest) -> tuple[int, int, str]:
        price_bp = request.price_bp if self.leg is Leg.YES else CONTRACT_BP - request.price_bp
        return price_bp // 100, request.count_c, "IOC" if request.time_in_force is _IOC else "GTC"

    @property
    def profits(self) -> list[tuple[int, int]]:
        """Price and count of plans' orders that rest."""
        found = [self.told(r) for name, r in self.resting.items() if name.startswith("x")]
        return [(price, count_c) for price, count_c, _ in found]

    def alerts(self, *codes: str) -> list[str]:
        return [a.text for a in of(self.effects, Alert) if a.code in codes]

    def _serve(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, SubmitOrder):
                self.sent.append((self.mono, effect.request))
                if not self.is_deaf:
                    self._submit(effect.request)
            elif isinstance(effect, CancelOrder) and not self.is_deaf:
                name = effect.client_order_id
                request = self.resting.pop(name, None)
                self.feed(CancelGone(name) if request is None else CancelAcked(name, request.count_c))

    def _submit(self, request: OrderRequest) -> None:
        name = request.client_order_id
        if self.on_submit is not None:
            answer = self.on_submit(request)
            if answer is not None:
                self.feed(answer)
            return
        meets_c = self._meets_c(request)
        if request.post_only and meets_c:
            self.feed(Rejected(name, 400, "invalid_order", "post only cross"))
            return
        traded_c = min(meets_c, request.count_c)
        if request.reduce_only:
            traded_c = min(traded_c, max(0, -request.side.sign * self.held_c))
        left_c = 0 if request.time_in_force is _IOC else request.count_c - traded_c
        if left_c:
            self.resting[name] = msgspec.structs.replace(request, count_c=left_c)
        self.feed(Acked(name, f"v-{name}", traded_c, left_c))
        if traded_c:
            self._fill(request, traded_c, request.price_bp)

    def _meets_c(self, request: OrderRequest) -> int:
        """How many the other side offers at the order's price or better. The book itself stays as it is."""
        if request.side is BookSide.ASK:
            return sum(c for p, c in self.bids if p >= request.price_bp)
        return sum(c for p, c in self.asks if p <= request.price_bp)

    def _fill(self, request: OrderRequest, count_c: int, price_bp: int) -> Step:
        self.traded += 1
        name = request.client_order_id
        fill = Fill(
            f"t{self.traded}", f"v-{name}", TICKER, request.side, price_bp, count_c, 0, True, self.at, name
        )  # fmt: skip
        self.held_c += fill.signed_count_c
        return self.feed(FillSeen(fill, self.held_c, 0))


def side_of(leg: Leg, buys: bool, price: int) -> tuple[BookSide, int]:
    return book_order(leg, buys=buys, price_bp=price * 100)


def reads_of_books(effects: Sequence[Effect]) -> int:
    return len(of(effects, ReadBook))


__all__ = ["START", "ExitBench", "reads_of_books", "side_of"]
