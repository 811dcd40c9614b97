"""Conditional orders: armed, looked after, and fired once through the gate.

A condition fires when its value is at or through its level after it was seen on the other side. A value that
is missing (a stale, one-sided or crossed book, an index that fell silent) neither primes nor fires. One whose
order the gate refuses has fired too: it is told and not tried again, unless the refusal passes by itself.
"""

from __future__ import annotations

import msgspec

from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import AlertLevel
from engine.core.facts.prepared import ConditionMoved, ConditionSet
from engine.core.placing import Placing
from engine.core.timers import Due
from engine.core.triggers.condition_record import ConditionRecord
from engine.core.triggers.firing import send
from engine.core.triggers.lifetime import has_closed, is_expired, set_timer
from engine.core.triggers.lookout import Lookout, looked_at, markets_of
from engine.core.triggers.making_way import MakingWay
from engine.core.triggers.refusals import already_true, live_conditions, not_found, over, unfit_condition
from engine.core.triggers.settling import Settling
from engine.core.triggers.sight import Best, Sight, Value, is_reached, number, seen_numbers
from engine.core.triggers.validity import ORDER_SUFFIX
from engine.domain.command import AddCondition, ChangeCondition
from engine.domain.trigger import ConditionState, ConditionTerms
from engine.domain.trigger_text import text_of_ticket, text_of_trigger

_ARMED, _DISABLED, _FIRED = ConditionState.ARMED, ConditionState.DISABLED, ConditionState.FIRED
_WAITED_FOR = frozenset(
    {
        DenyCode.NOT_READY,
        DenyCode.STOPPING,
        DenyCode.STALE_BOOK,
        DenyCode.EXCHANGE_PAUSED,
        DenyCode.MARKET_NOT_ACTIVE,
        DenyCode.SETTLING,
    }
)
"""Refusals that pass by themselves: the condition stays armed."""
UNSEEN = "its value is not known yet; it fires only after it was seen on the other side of the level"


class Done(msgspec.Struct, frozen=True):
    """What a command came to, for its answer."""

    text: str
    client_order_id: str = ""
    numbers: dict[str, int | str] = {}


class Conditions:
    def __init__(self, desk: Desk, placing: Placing) -> None:
        self._desk = desk
        self._placing = placing
        self._sight = Sight(desk)
        self.hear, self.hear_level = self._sight.hear, self._sight.hear_level
        self._settling = Settling(desk)
        self._making_way = MakingWay(desk)
        self.lookout = Lookout(desk, self.book_moved)
        self._best: dict[str, Best | None] = {}
        """What each market's conditions last looked at."""

    def start(self) -> None:
        """Arms again what an earlier run had armed; every market counts as one after a pause."""
        for record in live_conditions(self._desk):
            self._settling.unsettle(markets_of(record.terms))
            self._watch(record)

    def arm(self, body: AddCondition, who: str, is_interactive: bool) -> Denial | Done:
        known = self._desk.money.conditions.get(body.condition_id)
        if known is not None and known.is_live and known.terms == body.terms:
            return Done(f"{known.state} already")
        refused = unfit_condition(self._desk, body)
        if refused is not None:
            return refused
        terms = body.terms
        value = self._sight.value(terms.trigger, looked_at(terms))
        if value is not None and is_reached(terms.trigger, value):
            if not body.now:
                return already_true(terms, value)
            if self._may_fire(terms):
                return self._fire_new(body, value, who, is_interactive)
        self._set(body, is_primed=body.now or value is not None)
        record = self._desk.money.conditions[body.condition_id]
        self._watch(record)
        return Done("armed" if record.is_primed else f"armed; {UNSEEN}")

    def change(self, body: ChangeCondition) -> Denial | Done:
        record = self._desk.money.conditions.get(body.condition_id)
        if record is None:
            return not_found(body.condition_id)
        match body.change:
            case "remove":
                self._end(record, ConditionState.REMOVED)
                return Done("removed")
            case "enable" | "disable" if not record.is_live:
                return over(record)
            case "disable":
                return self._disable(record)
            case "enable":
                return self._enable(record)
        text = f"change: got {body.change[:40]!r}, wanted enable, disable or remove"
        return Denial(DenyCode.BAD_CHANGE, text)

    def book_moved(self, ticker: str) -> None:
        """Nearly all changes of a book leave its best prices as they are."""
        best = self._sight.best(ticker)
        if self._best.get(ticker) == best:
            return
        self._best[ticker] = best
        for name in self.lookout.in_market(ticker):
            self._look(name)

    def index_moved(self, index_id: str) -> None:
        for name in self.lookout.by_index(index_id):
            self._look(name)

    def due(self, name: str) -> None:
        """Its time, or the end of its time, has come."""
        record = self._desk.money.conditions.get(name)
        if record is None or not record.is_live:
            return
        if is_expired(self._desk, record):
            self._expire(record, "its time is over")
            return
        self._look(name)
        set_timer(self._desk, name)

    def look_around(self) -> None:
        """Once a second while there is one: sees pauses, silent sides, and markets that closed."""
        self._told_as_sent()
        for record in live_conditions(self._desk):
            if has_closed(self._desk, record):
                self._expire(record, "its market has closed")
            else:
                self._is_calm(record.terms)
                self._look(record.condition_id)
        self._look_again()

    def _look(self, name: str) -> None:
        record = self._desk.money.conditions.get(name)
        if record is None or record.state is not _ARMED or is_expired(self._desk, record):
            return
        if self._making_way.is_waiting(name):
            return
        terms = record.terms
        value = self._sight.value(terms.trigger, looked_at(terms))
        if value is None or record.is_primed is not is_reached(terms.trigger, value):
            return
        if record.is_primed:
            if self._may_fire(terms):
                self._fire(record, value)
        elif self._is_calm(terms):
            self._desk.record(ConditionMoved(name, _ARMED, self._desk.at, is_primed=True))

    def _may_fire(self, terms: ConditionTerms) -> bool:
        """Whether an order could go out at all; what cannot is waited for, not refused. A sale without a
        person waits while exits are off, as plans do."""
        desk = self._desk
        if not desk.is_ready or desk.is_stopping or not self._is_calm(terms):
            return False
        if desk.money.exits_off and not terms.ticket.buys:
            return False
        return self._sight.readable(terms.ticket.ticker) is not None

    def _is_calm(self, terms: ConditionTerms) -> bool:
        calm = [self._settling.is_calm(ticker) for ticker in markets_of(terms)]
        return all(calm)

    def _fire(self, record: ConditionRecord, value: Value) -> None:
        name, terms, orders = record.condition_id, record.terms, self._desk.money.orders
        numbers, order = self._numbers(terms, value), record.condition_id + ORDER_SUFFIX
        if order in orders:
            self._fired(record, numbers, None)
            return
        denial = self._send(name, terms, value)
        if denial is None and order not in orders:
            self._making_way.begin(name, numbers)
        elif denial is None or denial.code not in _WAITED_FOR:
            self._fired(record, numbers, denial)

    def _fire_new(self, body: AddCondition, value: Value, who: str, is_interactive: bool) -> Denial | Done:
        """True at the moment of arming, and wanted so: a refusal is the answer, and nothing is armed."""
        numbers = self._numbers(body.terms, value)
        denial = self._send(body.condition_id, body.terms, value, who, is_interactive)
        if denial is not None:
            return denial
        name, order = body.condition_id, body.condition_id + ORDER_SUFFIX
        self._set(body, is_primed=True)
        if order not in self._desk.money.orders:
            self._making_way.begin(name, numbers)
            self._watch(self._desk.money.conditions[name])
            return Done("armed; its order goes out once the take profit is out of its way")
        self._fired(self._desk.money.conditions[name], numbers, None)
        return Done("fired at once", order, numbers)

    def _send(
        self, name: str, terms: ConditionTerms, value: Value, who: str = "", is_interactive: bool = False
    ) -> Denial | None:
        why: dict[str, int | str] = {
            "condition": name,
            "trigger_value": number(value),
            "trigger_level": terms.trigger.level,
        }
        return send(self._placing, terms.ticket, name + ORDER_SUFFIX, why, who, is_interactive)

    def _numbers(self, terms: ConditionTerms, value: Value) -> dict[str, int | str]:
        """The book that fires: the trigger's, and the order's where that is another one."""
        books, ticker = self._desk.books, looked_at(terms)
        numbers = seen_numbers(terms.trigger, value, books.get(ticker))
        if terms.ticket.ticker != ticker:
            there = seen_numbers(terms.trigger, value, books.get(terms.ticket.ticker))
            numbers |= {f"order_{key}": seen for key, seen in there.items() if key.startswith(("bid", "ask"))}
        return numbers

    def _fired(self, record: ConditionRecord, numbers: dict[str, int | str], denial: Denial | None) -> None:
        desk, name = self._desk, record.condition_id
        what = f"{text_of_trigger(record.terms.trigger)}: {text_of_ticket(record.terms.ticket)}"
        if denial is None:
            desk.record(
                ConditionMoved(name, _FIRED, desk.at, client_order_id=name + ORDER_SUFFIX, numbers=numbers)
            )
            desk.alert(AlertLevel.NOTE, "COND_FIRED", f"{record.terms.ticket.ticker}: {what}", name)
            self._cancel_others(record)
        else:
            cause = f"{denial.code}: {denial.text}"
            desk.record(ConditionMoved(name, _FIRED, desk.at, cause=cause, numbers=numbers))
            text = f"{record.terms.ticket.ticker}: {what}: not sent, {cause}"
            desk.alert(AlertLevel.URGENT, "COND_REFUSED", text, name)
        self._forget(record)

    def _told_as_sent(self) -> None:
        """Sales for which a take profit was canceled have fired once their orders are there."""
        for name, numbers in self._making_way.sent():
            record = self._desk.money.conditions.get(name)
            if record is not None and record.is_live:
                self._fired(record, numbers, None)

    def _cancel_others(self, fired: ConditionRecord) -> None:
        """One cancels other, in both directions."""
        name = fired.condition_id
        for record in live_conditions(self._desk):
            if record.condition_id in fired.terms.cancels or name in record.terms.cancels:
                self._end(record, ConditionState.CANCELED, f"{name} fired")

    def _expire(self, record: ConditionRecord, cause: str) -> None:
        self._end(record, ConditionState.EXPIRED, cause)
        ticket = record.terms.ticket
        text = f"{ticket.ticker}: {text_of_trigger(record.terms.trigger)}: {cause}, it did not fire"
        self._desk.alert(AlertLevel.NOTE, "COND_EXPIRED", text, record.condition_id)

    def _end(self, record: ConditionRecord, state: ConditionState, cause: str = "") -> None:
        self._desk.record(ConditionMoved(record.condition_id, state, self._desk.at, cause=cause))
        self._forget(record)

    def _disable(self, record: ConditionRecord) -> Done:
        if record.state is _ARMED:
            self._desk.record(ConditionMoved(record.condition_id, _DISABLED, self._desk.at))
            self.lookout.leave(record.condition_id)
        return Done("disabled")

    def _enable(self, record: ConditionRecord) -> Denial | Done:
        """Arms it anew: true at this moment is refused."""
        if record.state is _ARMED:
            return Done("armed")
        if has_closed(self._desk, record) or is_expired(self._desk, record):
            self._expire(record, "its time is over")
            return over(self._desk.money.conditions[record.condition_id])
        terms = record.terms
        value = self._sight.value(terms.trigger, looked_at(terms))
        if value is not None and is_reached(terms.trigger, value):
            return already_true(terms, value)
        is_primed = value is not None
        self._desk.record(ConditionMoved(record.condition_id, _ARMED, self._desk.at, is_primed=is_primed))
        self._watch(self._desk.money.conditions[record.condition_id])
        return Done("armed" if is_primed else f"armed; {UNSEEN}")

    def _set(self, body: AddCondition, *, is_primed: bool) -> None:
        desk, terms = self._desk, body.terms
        closes_ns = min(desk.markets[ticker].close_ns for ticker in markets_of(terms))
        desk.record(ConditionSet(body.condition_id, terms, closes_ns, is_primed, desk.at))

    def _watch(self, record: ConditionRecord) -> None:
        if record.state is _ARMED:
            self.lookout.enter(record)
        set_timer(self._desk, record.condition_id)
        self._look_again()

    def _forget(self, record: ConditionRecord) -> None:
        self.lookout.leave(record.condition_id)
        self._desk.timers.drop(Due.CONDITION, record.condition_id)
        needed = self.lookout.markets()
        for ticker in markets_of(record.terms):
            if ticker not in needed:
                self._settling.forget(ticker)
                self._best.pop(ticker, None)

    def _look_again(self) -> None:
        """Sets the next look around, if there is anything to look after."""
        timers, desk = self._desk.timers, self._desk
        if not timers.is_set(Due.LOOK_AROUND) and live_conditions(self._desk):
            timers.after_mono(desk.mono + desk.timings.look_around_ns, Due.LOOK_AROUND)
