"""Plans follow positions: set in the step of the opening fill, resized by every other, retired with the last.

One live plan a market. It guards the whole position, whoever added to it; distances count from the average
price of what is held, as of the last fill of the order that brought the plan.
"""

from __future__ import annotations

from engine.core.desk import Desk
from engine.core.effects import AlertLevel
from engine.core.exits.levels import average_bp
from engine.core.exits.plan_record import PlanRecord
from engine.core.exits.watch import Plans
from engine.core.facts.orders import EXTERNAL, MANUAL
from engine.core.facts.plans import PlanRetired, PlanSet
from engine.core.fills import Fills
from engine.core.holdings import PositionRecord
from engine.core.order_record import OrderRecord
from engine.domain.order import Leg
from engine.domain.plan import PlanTerms, Retirement
from engine.domain.units import CountC, Nanoseconds, contracts


class Keeping:
    def __init__(self, desk: Desk, plans: Plans, fills: Fills) -> None:
        self._desk = desk
        self._plans = plans
        self._fills = fills

    def follow(self, ticker: str) -> None:
        """Makes a market's plan what its position, and the fills of this step, make of it."""
        held = self._desk.money.positions.get(ticker)
        entry = self._entry(ticker, held)
        record = self._plans.live(ticker)
        if record is not None:
            record = self._still(record, held)
        if held is None or held.position.count_c == 0:
            return
        if record is None:
            entry = entry or self._late_entry(ticker, held.position.count_c)
            if entry is not None and not self._was_dropped(ticker, entry):
                self._begin(held, entry, self._desk.settings.exits.grace_ns)
            return
        count_c = abs(held.position.count_c)
        grew = count_c > record.count_c
        if entry is not None and entry.terms.client_order_id != record.entry and grew:
            self._begin(held, entry, self._plans.grace_left_ns(ticker))
            return
        entry_bp = record.entry_bp
        if grew and record.entry in self._filled_now(ticker):
            entry_bp = average_bp(held.position.cost_ud, count_c)
        self._plans.move(record, count_c=count_c, entry_bp=entry_bp)

    def attach(
        self,
        held: PositionRecord,
        terms: PlanTerms,
        *,
        owner: str,
        entry: str,
        grace_ns: Nanoseconds,
        who: str,
    ) -> None:
        """Puts a plan on what is held."""
        desk, position = self._desk, held.position
        count_c = abs(position.count_c)
        before = self._plans.live(position.ticker)
        opened_at = self._opened_at(position.ticker) if before is None else before.opened_at
        desk.record(
            PlanSet(
                ticker=position.ticker,
                leg=leg_of(position.count_c),
                owner=owner,
                terms=terms,
                count_c=count_c,
                entry_bp=average_bp(position.cost_ud, count_c),
                opened_at=opened_at,
                at=desk.at,
                grace_ns=grace_ns,
                entry=entry,
                who=who,
            )
        )
        desk.touch(position.ticker)
        self._plans.begin(desk.money.plans[position.ticker])

    def retire(self, record: PlanRecord, why: Retirement, text: str) -> None:
        self._desk.record(PlanRetired(record.ticker, why, self._desk.at, text))
        self._desk.touch(record.ticker)

    def _begin(self, held: PositionRecord, entry: OrderRecord, grace_ns: Nanoseconds) -> None:
        """``grace_ns`` counts from the first opening fill: who adds to what is held keeps no stop off."""
        terms = entry.terms
        assert terms.plan is not None
        name = terms.client_order_id
        self.attach(held, terms.plan, owner=terms.owner, entry=name, grace_ns=grace_ns, who="")

    def _still(self, record: PlanRecord, held: PositionRecord | None) -> PlanRecord | None:
        """The plan, unless what it guarded is gone, turned over, or somebody else's now."""
        count_c = 0 if held is None else held.position.count_c
        ticker = record.ticker
        if held is None or count_c == 0:
            is_paid = held is not None and held.settled_bp is not None
            by = f" by {record.cause.replace('_', ' ')}" if record.cause else ""
            text = "the market paid" if is_paid else f"nothing is held any more{by}"
            self.retire(record, Retirement.SETTLED if is_paid else Retirement.CLOSED, text)
            self._desk.alert(AlertLevel.NOTE, "PLAN_ENDED", f"{ticker}: {text}", ticker)
            return None
        if leg_of(count_c) is not record.leg:
            text = f"holds {contracts(abs(count_c))} {leg_of(count_c).upper()} now, not {record.leg.upper()}"
            self.retire(record, Retirement.FLIPPED, text)
            self._desk.alert(
                AlertLevel.URGENT, "POSITION_FLIPPED", f"{ticker}: {text}; its plan is over", ticker
            )
            return None
        if held.owner == MANUAL and record.owner not in (MANUAL, EXTERNAL):
            text = f"taken over from {record.owner}"
            self.retire(record, Retirement.TAKEN_OVER, text)
            self._desk.alert(AlertLevel.WARNING, "PLAN_ENDED", f"{ticker}: {text}; its plan is over", ticker)
            return None
        return record

    def _entry(self, ticker: str, held: PositionRecord | None) -> OrderRecord | None:
        """The last order that opened or added in this step and brings a plan. One listing may bring the fills
        of several, entries of the other leg among them: what is held now says which of them count."""
        if held is None:
            return None
        for name in reversed(self._filled_now(ticker)):
            terms = self._desk.money.orders[name].terms
            if terms.plan is not None and terms.side.sign * held.position.count_c > 0:
                return self._desk.money.orders[name]
        return None

    def _late_entry(self, ticker: str, held_c: CountC) -> OrderRecord | None:
        """The last order with a plan among those that made what is held, where the fills of this step only
        uncovered it: an entry may be heard of before the sale of the other leg that went ahead of it."""
        found: OrderRecord | None = None
        running_c = 0
        for booked in self._desk.money.fills_in[ticker] if ticker in self._fills.turned else ():
            running_c += booked.fill.signed_count_c
            order = self._desk.money.orders.get(booked.client_order_id)
            if running_c * held_c <= 0:
                found = None
            elif (
                booked.fill.signed_count_c * held_c > 0 and order is not None and order.terms.plan is not None
            ):
                found = order
        return found

    def _filled_now(self, ticker: str) -> dict[str, None]:
        return self._fills.entries_filled.get(ticker, {})

    def _was_dropped(self, ticker: str, entry: OrderRecord) -> bool:
        """A plan that a person dropped does not come back with the next fill of its entry."""
        before = self._desk.money.plans.get(ticker)
        is_dropped = before is not None and before.retirement == Retirement.DROPPED
        return is_dropped and before is not None and before.entry == entry.terms.client_order_id

    def _opened_at(self, ticker: str) -> Nanoseconds:
        """When the holding of now began, as far as fills tell; else now."""
        held_c, since = 0, self._desk.at
        for booked in self._desk.money.fills_in.get(ticker, ()):
            after_c = held_c + booked.fill.signed_count_c
            if held_c * after_c <= 0 and after_c:
                since = booked.fill.at_ns
            held_c = after_c
        return since if held_c == self._desk.held_c(ticker) else self._desk.at


def leg_of(held_c: CountC) -> Leg:
    return Leg.YES if held_c > 0 else Leg.NO
