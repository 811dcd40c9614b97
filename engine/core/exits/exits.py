"""What ends positions by itself, as the engine's other parts see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from engine.core.answers import Answers
from engine.core.cancels import Cancels
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.doubts import Doubts
from engine.core.effects import Answer
from engine.core.exits.closing import Closing, Send
from engine.core.exits.entry_wait import EntryWait
from engine.core.exits.keeping import Keeping
from engine.core.exits.leaving import Leaving
from engine.core.exits.levels import average_bp
from engine.core.exits.looks import Looks, needs_each_change
from engine.core.exits.own_orders import OwnOrders
from engine.core.exits.plan_record import PlanRecord
from engine.core.exits.resting import RestingProfits
from engine.core.exits.sending import ExitSender
from engine.core.exits.sight import Sight
from engine.core.exits.validity import unfit_plan
from engine.core.exits.watch import Plans
from engine.core.facts.orders import EXTERNAL, MANUAL
from engine.core.facts.plans import SaleWaits
from engine.core.fills import Fills
from engine.core.holdings import PositionRecord
from engine.core.inputs import BookRead, Command
from engine.core.placing import Placing
from engine.core.timers import Due
from engine.core.triggers.settling import Settling
from engine.domain.command import DropPlan, SetPlan
from engine.domain.plan import Retirement

Handlers: TypeAlias = dict[type[Any], Callable[[Any], None]]
DueTable: TypeAlias = dict[Due, Callable[[str], None]]


class Exits:
    def __init__(
        self, desk: Desk, placing: Placing, cancels: Cancels, doubts: Doubts, fills: Fills, answers: Answers
    ) -> None:
        self._desk = desk
        self._fills = fills
        self._answers = answers
        self._plans = Plans(desk)
        self._sight = Sight(desk)
        self._own = OwnOrders(desk, cancels, doubts, fills)
        sender = ExitSender(desk, placing)
        settling = Settling(desk)
        self._keeping = Keeping(desk, self._plans, fills)
        self._profits = RestingProfits(desk, self._plans, self._own, self._sight, sender)
        self._leaving = Leaving(desk, self._plans, self._own, self._sight, settling, sender)
        self._looks = Looks(desk, self._plans, self._sight, settling, self._leaving)
        self._closing = Closing(desk, self._own, answers, placing.send_waiting)
        self.entry_wait = EntryWait(desk, cancels)
        self._watched: dict[str, None] = {}
        placing.make_way = self._make_way

    def start(self) -> None:
        """Goes on with every live plan where the last run ended."""
        for record in self._desk.money.plans.values():
            if record.is_live:
                self._plans.begin(record)
                self._attend(record.ticker)
        for order in self._desk.working():
            if order.terms.exit_cause:
                self._desk.moved_exits[order.terms.ticker] = None
        self.entry_wait.start()
        self._closing.start()

    def take(self, command: Command, body: SetPlan | DropPlan) -> None:
        done = self._set(command, body) if isinstance(body, SetPlan) else self._drop(body)
        if isinstance(done, Denial):
            self._answers.deny(command.command_id, done)
        else:
            self._answers.give(Answer(command.command_id, text=done))

    def settle(self) -> None:
        """Markets whose orders or position changed in this step: their plans follow, in the same record."""
        desk = self._desk
        while desk.moved_exits:
            moved, desk.moved_exits = desk.moved_exits, {}
            for ticker in moved:
                self._settle(ticker)
        self._fills.step_ends()

    def listening(self, table: Handlers) -> Handlers:
        return {**table, BookRead: self._read}

    def timing(self, table: DueTable) -> DueTable:
        return {
            **table,
            Due.EXIT_LOOK: self._look,
            Due.EXIT_STEP: self._go_on,
            Due.ENTRY_WAIT: self.entry_wait.due,
        }

    def _settle(self, ticker: str) -> None:
        self._closing.follow(ticker)
        self._keeping.follow(ticker)
        self._attend(ticker)
        self._go_on(ticker)

    def _go_on(self, ticker: str) -> None:
        """What an order's end, or the time of the next one, makes possible."""
        record = self._plans.live(ticker)
        if record is None:
            for order in self._own.reducing(ticker):
                if order.terms.exit_cause:
                    self._own.take_back(order)
            if self._closing.is_waiting(ticker):
                self._closing.go_on(ticker, is_clear=not self._own.resting_profits(ticker))
            return
        watch = self._plans.watches[ticker]
        makes_room = self._closing.is_waiting(ticker)
        self._profits.tend(record, watch, makes_room=makes_room)
        if makes_room:
            is_clear = not self._own.resting_profits(ticker) and self._own.is_known(ticker, record.leg)
            self._closing.go_on(ticker, is_clear=is_clear)
        self._leaving.pursue(ticker)

    def _attend(self, ticker: str) -> None:
        """Looks, and is told of each change of the book, while a live plan needs that and no longer."""
        desk, record = self._desk, self._plans.live(ticker)
        wants_changes = record is not None and needs_each_change(record.terms)
        if wants_changes and ticker not in self._watched:
            self._watched[ticker] = None
            desk.watch_book(ticker, self._book_moved)
        elif not wants_changes and ticker in self._watched:
            del self._watched[ticker]
            desk.leave_book(ticker, self._book_moved)
        if record is None:
            if self._plans.watches.pop(ticker, None) is not None:
                desk.timers.drop(Due.EXIT_LOOK, ticker)
                self._sight.forget(ticker)
        elif not desk.timers.is_set(Due.EXIT_LOOK, ticker):
            self._looks.again(record)

    def _look(self, ticker: str) -> None:
        record = self._plans.live(ticker)
        if record is None:
            return
        self._looks.again(record)
        self._go_on(ticker)
        record = self._plans.live(ticker)
        if record is not None:
            self._looks.look(record, self._plans.watches[ticker])

    def _read(self, event: BookRead) -> None:
        record = self._plans.live(event.ticker)
        if record is None:
            return
        self._sight.read(event)
        self._looks.look(record, self._plans.watches[event.ticker])
        self._leaving.pursue(event.ticker)

    def _book_moved(self, ticker: str) -> None:
        view, record = self._desk.books.get(ticker), self._plans.live(ticker)
        if record is not None and view is not None and not self._desk.is_book_stale(view):
            self._looks.book_moved(record, view.book)

    def _make_way(self, ticker: str, client_order_id: str, send: Send, kept: SaleWaits | None) -> bool:
        """A sale finds too little that is free: whether it waits for the take profit to be gone."""
        return self._closing.wait(ticker, client_order_id, send, kept)

    def _set(self, command: Command, body: SetPlan) -> Denial | str:
        held = self._desk.money.positions.get(body.ticker)
        if held is None or held.position.count_c == 0:
            return Denial(DenyCode.NO_POSITION, f"{body.ticker}: nothing is held")
        before = self._plans.live(body.ticker)
        if before is not None and before.is_leaving:
            text = f"{body.ticker}: its exit is under way ({before.cause.replace('_', ' ')})"
            return Denial(DenyCode.EXIT_UNDER_WAY, text, {"cause": before.cause})
        entry_bp = average_bp(held.position.cost_ud, abs(held.position.count_c))
        refused = unfit_plan(body.plan, entry_bp)
        if refused is not None:
            return refused
        owner = MANUAL if held.owner == EXTERNAL else held.owner
        self._keeping.attach(
            held,
            body.plan,
            owner=owner,
            entry=self._entry_of(held, before),
            grace_ns=self._plans.grace_left_ns(body.ticker),  # one that had no plan was not opened just now
            who=command.who,
        )
        self._desk.moved_exits[body.ticker] = None
        return self._words(self._desk.money.plans[body.ticker])

    def _drop(self, body: DropPlan) -> Denial | str:
        record = self._plans.live(body.ticker)
        if record is None:
            return Denial(DenyCode.NO_PLAN, f"{body.ticker}: no plan guards it")
        self._keeping.retire(record, Retirement.DROPPED, "dropped")
        self._desk.moved_exits[body.ticker] = None
        return "dropped: the position is not guarded any more"

    def _entry_of(self, held: PositionRecord, before: PlanRecord | None) -> str:
        """The order that still adds to the position: its fills move the average price."""
        if before is not None and before.entry in self._desk.money.working:
            return before.entry
        for order in self._desk.working(held.position.ticker):
            adds = order.terms.side.sign * held.position.count_c > 0
            if order.terms.opens and order.terms.owner != EXTERNAL and adds:
                return order.terms.client_order_id
        return ""

    def _words(self, record: PlanRecord) -> str:
        notes = "; ".join(self._plans.levels(record).notes)
        return f"guarded ({notes})" if notes else "guarded"
