"""An engine core against a small exchange that loses, delays, repeats and reorders what it says.

One seed makes one history. The exchange itself is always right; only the way to it is not.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec
from core_bench import SERIES, START, TICKER, balance, event_of, held_position, market, seen_order
from core_strategies import BuysCheap
from wide_limits import WIDE_LIMITS

from engine.core.changes import Change
from engine.core.effects import (
    AmendOrder,
    CancelOrder,
    CancelOrders,
    ChangeGroup,
    GroupVerb,
    LiftHalt,
    ReadBalance,
    ReadFills,
    ReadGroups,
    ReadMarkets,
    ReadOrders,
    ReadPositions,
    ReadSettlements,
    ReadStatus,
    SubmitOrder,
)
from engine.core.engine import Engine
from engine.core.inputs import (
    Acked,
    BalanceRead,
    CancelAcked,
    CancelFailed,
    CancelGone,
    Command,
    CoreEvent,
    FillsRead,
    GroupAnswered,
    GroupOutcome,
    GroupsRead,
    HaltLifted,
    Input,
    MarketsRead,
    NotSent,
    OrdersRead,
    PositionsRead,
    ReadFailed,
    Recovered,
    Rejected,
    SettlementsRead,
    StatusRead,
    Unknown,
    Woken,
)
from engine.core.money import MoneyState, fold
from engine.core.settings import EngineSettings, Timings
from engine.domain import command
from engine.domain.feed import BookFresh, BookUpdated, FeedConnected, FillSeen
from engine.domain.fill import Fill
from engine.domain.order import BookSide, Leg, OrderRequest, TimeInForce, VenueOrderStatus
from engine.domain.units import DAY_NS, DOLLAR_UD, MILLISECOND_NS, SECOND_NS
from engine.domain.venue import OrderGroupState, VenueOrder

TICKERS = (TICKER, "KXT-26NOV20-T51", "KXT-26NOV20-T52")
RESTING, CANCELED, EXECUTED = VenueOrderStatus.RESTING, VenueOrderStatus.CANCELED, VenueOrderStatus.EXECUTED


class SmallExchange:
    """Orders by client id, each id once for ever; fills; positions as their sum."""

    def __init__(self) -> None:
        self.orders: dict[str, VenueOrder] = {}
        self.fills: list[Fill] = []
        self.refused = 0

    def submit(self, request: OrderRequest, now: int, crosses_c: int) -> VenueOrder | None:
        """Takes an order and trades ``crosses_c`` of it at once; None if the id was used before."""
        name = request.client_order_id
        if name in self.orders:
            return None
        count_c = request.count_c
        if request.reduce_only:
            count_c = min(count_c, max(0, -request.side.sign * self.position_c(request.ticker)))
        self.orders[name] = VenueOrder(
            f"v-{name}", name, request.ticker, request.side, request.price_bp, RESTING, "", count_c, 0,
            count_c, 0, 0, 0, 0, now, now, request.expires_ns, None, None, 0,
        )  # fmt: skip
        self.trade(name, min(crosses_c, count_c), now)
        if request.time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL and self.orders[name].status is RESTING:
            self.end(name, now)
        return self.orders[name]

    def trade(self, name: str, count_c: int, now: int) -> Fill | None:
        order = self.orders[name]
        count_c = min(count_c, order.remaining_c)
        if order.status is not RESTING or count_c <= 0:
            return None
        fill = Fill(
            f"t{len(self.fills)}", order.order_id, order.ticker, order.side, order.price_bp, count_c,
            100 * count_c, True, now,
        )  # fmt: skip
        self.fills.append(fill)
        left_c = order.remaining_c - count_c
        self._put(
            name,
            filled_c=order.filled_c + count_c,
            remaining_c=left_c,
            status=RESTING if left_c else EXECUTED,
            updated_ns=now,
        )
        return fill

    def end(self, name: str, now: int) -> bool:
        if self.orders[name].status is not RESTING:
            return False
        self._put(name, remaining_c=0, status=CANCELED, updated_ns=now)
        return True

    def amend(self, name: str, expires_ns: int | None, now: int) -> bool:
        if self.orders[name].status is not RESTING:
            return False
        self._put(name, expires_ns=expires_ns, updated_ns=now)
        return True

    def position_c(self, ticker: str) -> int:
        return sum(fill.signed_count_c for fill in self.fills if fill.ticker == ticker)

    def _put(self, name: str, **changes: Any) -> None:
        self.orders[name] = msgspec.structs.replace(self.orders[name], **changes)


class CoreWorld:
    """Runs a history and keeps its inputs and its journal."""

    def __init__(self, seed: int, faults: float = 0.25, *, has_strategy: bool = True) -> None:
        self.random = Random(seed)
        self.has_strategy = has_strategy
        self.faults = faults
        self.exchange = SmallExchange()
        limits = msgspec.structs.replace(WIDE_LIMITS, order_count_c=2_000, order_loss_ud=100 * DOLLAR_UD)
        timings = Timings(feed_patience_ns=DAY_NS)
        self.settings = EngineSettings(series=(SERIES,), limits=limits, timings=timings)
        self.markets = tuple(market(ticker) for ticker in TICKERS)
        self.now = START
        self.mono = SECOND_NS
        self.journal: list[Change] = []
        self.inputs: list[Input] = []
        self.steps = 0
        self._groups: list[OrderGroupState] = []
        self._mail: list[tuple[int, int, Callable[[], None]]] = []
        self._posted = 0
        self._named = 0
        self._runs = 0
        self.engine = self.new_engine(MoneyState())
        self.start()

    def new_engine(self, money: MoneyState) -> Engine:
        return Engine(self.settings, money, [BuysCheap()] if self.has_strategy else [])

    def start(self) -> None:
        """A new process on the same ledger: everything that was under way is lost on the way back."""
        self._mail.clear()
        self._runs += 1
        self.engine = self.new_engine(fold(self.journal))
        self.mono += SECOND_NS
        self.now += SECOND_NS
        self.inputs.clear()
        self.take(Recovered(f"r{self._runs}"))
        self.take(FeedConnected(1))

    def take(self, event: CoreEvent) -> None:
        given = Input(self.now, self.mono, event)
        self.inputs.append(given)
        step = self.engine.step(given)
        self.journal += step.changes
        self.steps += 1
        for effect in step.effects:
            self._carry_out(effect)
        if step.next_wake_mono is not None:
            self._at(max(self.mono, step.next_wake_mono), lambda: self.take(Woken()))

    def run(self, seconds: float) -> None:
        """Delivers what comes in this time, in its order."""
        end = self.mono + int(seconds * SECOND_NS)
        while self._mail and self._mail[0][0] <= end:
            due, _, deliver = heapq.heappop(self._mail)
            self._pass(max(0, due - self.mono))
            deliver()
        self._pass(end - self.mono)

    def act(self) -> None:
        """Something happens: a person acts, a market moves, an order trades, the process dies."""
        roll = self.random.random()
        if roll < 0.35:
            self._person()
        elif roll < 0.6:
            self._trade()
        elif roll < 0.9:
            self._books()
        elif roll < 0.9 + 0.1 * self.faults:
            self.start()
        self.run(self.random.choice((0.01, 0.1, 0.5, 2.0)))

    def settle(self) -> None:
        """The way becomes sound, and everybody catches up."""
        self.faults = 0.0
        for _ in range(10):
            self.run(15)
            self._books()

    def _pass(self, nanoseconds: int) -> None:
        self.now += nanoseconds
        self.mono += nanoseconds
        for name, order in self.exchange.orders.items():
            if order.expires_ns is not None and order.expires_ns <= self.now:
                self.exchange.end(name, self.now)

    def _at(self, mono: int, deliver: Callable[[], None]) -> None:
        self._posted += 1
        heapq.heappush(self._mail, (mono, self._posted, deliver))

    def _post(self, event: CoreEvent, after_ns: int) -> None:
        self._at(self.mono + after_ns, lambda: self.take(event))

    def _fails(self) -> bool:
        return self.random.random() < self.faults

    def _soon(self) -> int:
        return self.random.randrange(1, 2_000 if self._fails() else 80) * MILLISECOND_NS

    def _person(self) -> None:
        self._named += 1
        ticker = self.random.choice(TICKERS)
        kind = self.random.random()
        body: command.CommandBody
        if kind < 0.6:
            leg = self.random.choice((Leg.YES, Leg.NO))
            body = command.PlaceOrder(
                f"c{self._named}", ticker, leg, True, self.random.randrange(40, 54) * 100,
                self.random.randrange(1, 1_500),
                self.random.choice((TimeInForce.GOOD_TILL_CANCELED, TimeInForce.IMMEDIATE_OR_CANCEL)),
                again=True, flip=True,
            )  # fmt: skip
        elif kind < 0.75:
            body = command.ClosePosition(f"c{self._named}", ticker)
        elif kind < 0.95:
            names = list(self.engine.money.working) or ["none"]
            body = command.CancelOrder(self.random.choice(names))
        elif kind < 0.98:
            body = command.CancelAll(ticker)
        elif self.engine.mode == "RUNNING":
            body = command.Kill(exits_off=kind < 0.985)
        else:
            body = command.Resume("on with it")
        self.take(Command(f"q{self._named}", "dan", body))

    def _trade(self) -> None:
        resting = [name for name, order in self.exchange.orders.items() if order.status is RESTING]
        if resting:
            name = self.random.choice(resting)
            before = len(self.exchange.fills)
            self.exchange.trade(name, self.random.randrange(1, 1_000), self.now)
            self._stream(name, before)

    def _books(self) -> None:
        for ticker in TICKERS:
            middle = self.random.randrange(45, 55) * 100
            self.take(BookFresh(ticker, ((middle - 100, 10_000),), ((middle + 100, 10_000),), None))
            self.take(BookUpdated(ticker, BookSide.BID, middle - 100, 500, None, None))

    def _stream(self, name: str, fills_before: int) -> None:
        """What the private channels say, late, twice or not at all."""
        order = self.exchange.orders[name]
        events: list[CoreEvent] = [seen_order(order)]
        for fill in self.exchange.fills[fills_before:]:
            named = msgspec.structs.replace(fill, client_order_id=name)
            events.append(FillSeen(named, self.exchange.position_c(fill.ticker), 0))
        for event in events:
            if not self._fails():
                self._post(event, self._soon())
            if self._fails():
                self._post(event, self._soon())

    def _carry_out(self, effect: object) -> None:
        match effect:
            case SubmitOrder():
                self._at(self.mono + self._soon(), lambda: self._submit(effect.request))
            case CancelOrder():
                self._at(self.mono + self._soon(), lambda: self._cancel(effect))
            case CancelOrders():
                for one in effect.orders:
                    self._carry_out(one)
            case AmendOrder():
                self._at(self.mono + self._soon(), lambda: self._amend(effect))
            case (
                ReadOrders()
                | ReadFills()
                | ReadPositions()
                | ReadSettlements()
                | ReadBalance()
                | ReadStatus()
            ):
                self._at(self.mono + self._soon(), lambda: self._read(effect))
            case ReadGroups():
                self._post(GroupsRead(tuple(self._groups)), self._soon())
            case ChangeGroup():
                self._at(self.mono + self._soon(), lambda: self._group(effect))
            case LiftHalt():
                self._post(HaltLifted(effect.halt_id), self._soon())
            case ReadMarkets():
                self._post(
                    MarketsRead(SERIES, (event_of(self.markets[0]),), self.markets, True), self._soon()
                )

    def _group(self, effect: ChangeGroup) -> None:
        """Made or not, and told or not."""
        key, verb, is_lost = effect.key, effect.verb, self._fails()
        if is_lost and self._fails():
            self._post(GroupAnswered(key, verb, GroupOutcome.NOT_SENT, cause="no connection"), self._soon())
            return
        group_id = effect.group_id
        if verb is GroupVerb.CREATE:
            group_id = f"g{len(self._groups) + 1}"
            self._groups.append(OrderGroupState(group_id, effect.limit_c, True, effect.exchange_index))
        outcome = GroupOutcome.UNKNOWN if is_lost else GroupOutcome.DONE
        told = GroupAnswered(key, verb, outcome, "" if is_lost else group_id, effect.limit_c)
        self._post(told, self._soon())

    def _submit(self, request: OrderRequest) -> None:
        name = request.client_order_id
        if self._fails():
            self._submit_badly(request)
            return
        before = len(self.exchange.fills)
        order = self.exchange.submit(request, self.now, self.random.choice((0, 100, request.count_c)))
        if order is None:
            self._post(Unknown(name, "order_already_exists"), self._soon())
            return
        self._post(Acked(name, order.order_id, order.filled_c, order.remaining_c), self._soon())
        self._stream(name, before)

    def _submit_badly(self, request: OrderRequest) -> None:
        name = request.client_order_id
        kind = self.random.choice(("not sent", "rejected", "lost", "accepted and lost"))
        if kind == "not sent":
            self._post(NotSent(name, "rate budget"), self._soon())
        elif kind == "rejected":
            self._post(Rejected(name, 400, "invalid_order", ""), self._soon())
        else:
            if kind == "accepted and lost":
                before = len(self.exchange.fills)
                order = self.exchange.submit(request, self.now, self.random.choice((0, 100)))
                if order is not None:
                    self._stream(name, before)
            self._post(Unknown(name, "timeout"), self.random.choice((10 * MILLISECOND_NS, 5 * SECOND_NS)))

    def _cancel(self, effect: CancelOrder) -> None:
        name = effect.client_order_id
        is_lost = self._fails()
        if is_lost and self._fails():
            self._post(CancelFailed(name, "timeout", True), self._soon())
            return
        rested_c = self.exchange.orders[name].remaining_c
        was_there = self.exchange.end(name, self.now)
        if is_lost:
            self._post(CancelFailed(name, "timeout", True), self._soon())
        else:
            self._post(CancelAcked(name, rested_c) if was_there else CancelGone(name), self._soon())
        self._stream(name, len(self.exchange.fills))

    def _amend(self, effect: AmendOrder) -> None:
        name = effect.client_order_id
        done = self.exchange.amend(name, effect.expires_ns, self.now)
        order = self.exchange.orders[name]
        if self._fails():
            self._post(Unknown(name, "timeout"), self._soon())
        elif done:
            self._post(Acked(name, order.order_id, order.filled_c, order.remaining_c), self._soon())
        else:
            self._post(Rejected(name, 404, "not_found", ""), self._soon())

    def _read(self, effect: object) -> None:
        """Answered from one moment, and on the way for a while."""
        if self._fails():
            scope = effect.ticker if isinstance(effect, ReadOrders) else ""
            self._post(ReadFailed(type(effect).__name__, scope, "503"), self._soon())
            return
        self._post(self._page(effect), self._soon())

    def _page(self, effect: object) -> CoreEvent:
        whole = not self._fails()
        match effect:
            case ReadOrders(ticker, since_ns):
                rows = [
                    order
                    for order in self.exchange.orders.values()
                    if (order.ticker == ticker and (order.created_ns or 0) >= since_ns)
                    or (not ticker and order.status is RESTING)
                ]
                return OrdersRead(ticker, since_ns, tuple(self._part(rows, whole)), self.now, whole)
            case ReadFills(since_ns):
                fills = [fill for fill in self.exchange.fills if fill.at_ns >= since_ns]
                return FillsRead(since_ns, tuple(self._part(fills, whole)), self.now, whole)
            case ReadPositions():
                held = [held_position(t, self.exchange.position_c(t)) for t in TICKERS]
                rows_held = [row for row in held if row.count_c]
                return PositionsRead(tuple(self._part(rows_held, whole)), self.now, whole)
            case ReadSettlements(since_ns):
                return SettlementsRead(since_ns, (), True)
            case ReadBalance():
                return BalanceRead(balance(1_000_000 * DOLLAR_UD - len(self.exchange.fills)))
        return StatusRead(True, True, {})

    def _part(self, rows: list[Any], whole: bool) -> list[Any]:
        rows = self.random.sample(rows, len(rows))
        return rows if whole else rows[: len(rows) // 2]


def run_history(
    seed: int, actions: int = 60, faults: float = 0.25, *, has_strategy: bool = True
) -> CoreWorld:
    """A history with its quiet end."""
    world = CoreWorld(seed, faults, has_strategy=has_strategy)
    for _ in range(actions):
        world.act()
    world.settle()
    return world
