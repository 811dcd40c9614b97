"""The reducer of orders: outcomes, the stream and listings all end in :meth:`Orders.believe`."""

from __future__ import annotations

from engine.core.answers import Answers
from engine.core.cancels import Cancels
from engine.core.desk import Desk
from engine.core.doubts import Doubts
from engine.core.effects import AlertLevel
from engine.core.evidence import Evidence, Sighting, state_after
from engine.core.facts.orders import EXTERNAL, CancelState, OrderAdopted, OrderAmended, OrderMoved, OrderTerms
from engine.core.fills import Fills
from engine.core.foreign import seen_foreign
from engine.core.group_record import cause_of_end
from engine.core.inputs import Acked, CancelAcked, CancelGone, NotSent, Rejected, Unknown
from engine.core.order_record import OrderRecord
from engine.core.timers import Due
from engine.domain.fill import Fill
from engine.domain.order import TERMINAL_STATES, BookSide, Leg, OrderState, TimeInForce
from engine.domain.units import Nanoseconds

_ASKING = (OrderState.INTENT, OrderState.SENT)
_RESTING = (OrderState.RESTING, OrderState.PARTIAL)


class Orders:
    def __init__(self, desk: Desk, answers: Answers, doubts: Doubts, cancels: Cancels, fills: Fills) -> None:
        self._desk = desk
        self._answers = answers
        self._doubts = doubts
        self._cancels = cancels
        self._fills = fills
        self._terms_seen: dict[str, Nanoseconds] = {}
        """When the newest sighting whose price, count and expiry were taken was made."""

    def acked(self, event: Acked) -> None:
        """``remaining_c`` of 0 with less than the whole filled: the rest was canceled on arrival."""
        self._desk.in_flight.pop(event.client_order_id, None)
        has_rest = event.remaining_c > 0
        evidence = Evidence(
            cause="",
            order_id=event.order_id,
            filled_c=event.filled_c,
            end=None if has_rest else OrderState.CANCELED,
            is_live=has_rest,
        )
        self.believe(event.client_order_id, evidence)

    def rejected(self, event: Rejected) -> None:
        self._desk.in_flight.pop(event.client_order_id, None)
        words = ": ".join(part for part in (event.code, event.details) if part)
        cause = f"{event.status} {words}"
        self.believe(event.client_order_id, Evidence(cause=cause, is_refusal=True))

    def not_sent(self, event: NotSent) -> None:
        """Nothing left. The first time that ends it; of a repetition the listings have proven the rest."""
        self._desk.in_flight.pop(event.client_order_id, None)
        record = self._desk.money.orders.get(event.client_order_id)
        if record is None:
            return
        cause = f"not sent: {event.cause}"
        if record.sends == 1:
            self.believe(event.client_order_id, Evidence(cause=cause, is_refusal=True))
        elif record.state is OrderState.SENT:
            self.move(record, OrderState.UNKNOWN, cause)
            self._doubts.begin(event.client_order_id)

    def unknown(self, event: Unknown) -> None:
        """A state, not an error: the order is looked for until it is found or proven absent."""
        desk = self._desk
        desk.in_flight.pop(event.client_order_id, None)
        record = desk.money.orders.get(event.client_order_id)
        if record is None:
            return
        if record.state in _ASKING:
            self.move(record, OrderState.UNKNOWN, event.cause)
            self._doubts.begin(event.client_order_id)
        elif record.state is OrderState.PARTIAL:
            # A fill was faster than the answer; whether the rest still works has to be read.
            self._doubts.begin(event.client_order_id)

    def cancel_acked(self, event: CancelAcked) -> None:
        """Where less was canceled than was left by our count, a fill came before it that is not here yet."""
        self._cancels.answered(event.client_order_id)
        self.believe(event.client_order_id, Evidence(cause="canceled", end=OrderState.CANCELED))
        record = self._desk.money.orders.get(event.client_order_id)
        if record is None:
            return
        if max(record.filled_c, record.venue_filled_c) + event.reduced_c < record.terms.count_c:
            self.look_for(event.client_order_id)

    def cancel_gone(self, event: CancelGone) -> None:
        """It rests no more. Whether a fill won is what the next listing says."""
        self._cancels.answered(event.client_order_id)
        self.believe(event.client_order_id, Evidence(cause="gone", end=OrderState.CANCELED))
        record = self._desk.money.orders.get(event.client_order_id)
        if record is not None and record.filled_c < record.terms.count_c:
            self.look_for(event.client_order_id)

    def look_for(self, client_order_id: str) -> None:
        """What became of it is read, and what it traded."""
        self._doubts.begin(client_order_id)
        self._fills.ask()

    def seen(self, sighting: Sighting, as_of_ns: Nanoseconds | None = None) -> None:
        """An order as the exchange has it; ``as_of_ns`` is given where a listing said it."""
        record = self._find(sighting)
        if record is None:
            self._adopt(sighting)
            return
        client_order_id = record.terms.client_order_id
        if record.state not in TERMINAL_STATES:
            self._take_terms(record, sighting)
        evidence = sighting.evidence()
        had_ended = record.state in TERMINAL_STATES and record.state is not OrderState.FILLED
        ended_at = record.updated_at
        self.believe(client_order_id, evidence)
        is_later = as_of_ns is not None and as_of_ns > ended_at + self._desk.timings.freshness_margin_ns
        if had_ended and is_later and evidence.is_live:
            self._contradiction(self._desk.money.orders[client_order_id])

    def believe(self, client_order_id: str, evidence: Evidence) -> None:
        """The one place where an order's state follows from what was said of it."""
        desk = self._desk
        record = desk.money.orders.get(client_order_id)
        if record is None:
            desk.alert(
                AlertLevel.WARNING, "UNKNOWN_ORDER", f"an outcome names {client_order_id}: {evidence.cause}"
            )
            return
        state = state_after(record, evidence)
        has_name = bool(evidence.order_id) and not record.order_id
        if state is not record.state or has_name or evidence.filled_c > record.venue_filled_c:
            was_over = record.state in TERMINAL_STATES
            cause = record.cause if was_over else cause_of_end(desk.money.groups, record, evidence.cause)
            self.move(record, state, cause, evidence)
        self._settle(client_order_id, has_name)

    def move(
        self, record: OrderRecord, state: OrderState, cause: str, evidence: Evidence | None = None
    ) -> None:
        client_order_id = record.terms.client_order_id
        if record.state is OrderState.ABSENT and state is not OrderState.ABSENT:
            self._reappeared(client_order_id, cause or state)
        self._desk.record(
            OrderMoved(
                client_order_id=client_order_id,
                state=state,
                at=self._desk.at,
                order_id=evidence.order_id if evidence else "",
                venue_filled_c=evidence.filled_c if evidence and evidence.filled_c else None,
                cause=cause,
            )
        )
        self._desk.touch(record.terms.ticker)
        if state in TERMINAL_STATES:
            self._desk.cash_moved()  # what it held is free
        if state not in _ASKING:
            self._answers.order_settled(client_order_id)

    def fill(self, fill: Fill) -> None:
        """A fill from the stream or a listing."""
        if self._fills.take(fill):
            self.filled(self._desk.money.client_id_of.get(fill.order_id, fill.client_order_id))

    def filled(self, client_order_id: str) -> None:
        """A fill of it was booked: it exists, and may be over."""
        record = self._desk.money.orders.get(client_order_id)
        if record is None:
            return
        if record.state is OrderState.ABSENT:
            self.move(record, OrderState.UNKNOWN, "a fill of it was seen")
            self._doubts.begin(client_order_id)
        elif client_order_id in self._desk.absent:
            self._reappeared(client_order_id, "filled")
        self._settle(client_order_id, has_name=False)

    def _reappeared(self, client_order_id: str, cause: str) -> None:
        self._desk.absent.pop(client_order_id, None)
        text = f"order {client_order_id} was taken for absent and is at the exchange: {cause}"
        self._desk.alert(AlertLevel.URGENT, "ORDER_REAPPEARED", text)

    def pursue_cancel(self, client_order_id: str) -> None:
        """A listing shows it resting: a cancel that is still wanted goes out again."""
        self._cancels.pursue(client_order_id)

    def over(self, client_order_id: str) -> None:
        """Proven absent: whoever wanted it canceled has that."""
        self._desk.intended.pop(client_order_id, None)
        self._cancels.ended(client_order_id)

    def _settle(self, client_order_id: str, has_name: bool) -> None:
        """What follows when an order got its id, fell behind its fills, or ended."""
        desk = self._desk
        record = desk.money.orders[client_order_id]
        if record.state not in _ASKING:
            self._answers.order_settled(client_order_id)
        if has_name:
            for other in self._fills.release(record.terms.ticker):
                if other != client_order_id:
                    self.filled(other)
            record = desk.money.orders[client_order_id]
        if record.venue_filled_c > record.filled_c:
            self._fills.expect(client_order_id)
        if record.state in TERMINAL_STATES:
            desk.intended.pop(client_order_id, None)
            self._terms_seen.pop(client_order_id, None)
            desk.timers.drop(Due.EXTEND, client_order_id)
            self._cancels.ended(client_order_id)
        elif record.cancel is CancelState.ASKED:
            self._cancels.pursue(client_order_id)
        elif record.state in _RESTING and record.terms.expires_ns is not None:
            when = record.terms.expires_ns - desk.timings.extend_before_ns
            if not desk.timers.is_set(Due.EXTEND, client_order_id):
                desk.timers.after_at(when, Due.EXTEND, client_order_id)

    def _find(self, sighting: Sighting) -> OrderRecord | None:
        desk = self._desk
        found = desk.order(sighting.order_id)
        if found is None and sighting.client_order_id:
            found = desk.money.orders.get(sighting.client_order_id)
        return found

    def _take_terms(self, record: OrderRecord, sighting: Sighting) -> None:
        """Price, count and expiry follow the exchange while the order rests and no request is under way."""
        terms = record.terms
        count_c = sighting.filled_c + sighting.remaining_c
        is_newer = (sighting.updated_ns or 0) > self._terms_seen.get(terms.client_order_id, -1)
        is_resting = sighting.evidence().is_live and record.state in _RESTING
        if not is_resting or not is_newer or terms.client_order_id in self._desk.in_flight:
            return
        self._terms_seen[terms.client_order_id] = sighting.updated_ns or 0
        there = (sighting.price_bp, count_c, sighting.expires_ns)
        if there != (terms.price_bp, terms.count_c, terms.expires_ns) and count_c > 0:
            self._desk.record(OrderAmended(terms.client_order_id, *there, self._desk.at))
            self._desk.cash_moved()

    def _adopt(self, sighting: Sighting) -> None:
        """An order that no intent of ours explains; only a working one is worth taking over."""
        desk = self._desk
        if not sighting.evidence().is_live:
            return
        if not sighting.client_order_id and desk.nameless(sighting.ticker):
            return
        name = sighting.client_order_id or f"external:{sighting.order_id}"
        terms = OrderTerms(
            client_order_id=name,
            owner=EXTERNAL,
            ticker=sighting.ticker,
            leg=Leg.YES if sighting.side is BookSide.BID else Leg.NO,
            side=sighting.side,
            price_bp=sighting.price_bp,
            count_c=sighting.filled_c + sighting.remaining_c,
            time_in_force=TimeInForce.GOOD_TILL_CANCELED,
            opens=True,
            exchange_index=sighting.exchange_index,
            expires_ns=sighting.expires_ns,
        )
        state = OrderState.PARTIAL if sighting.filled_c else OrderState.RESTING
        at = sighting.created_ns or desk.at
        desk.record(OrderAdopted(terms, sighting.order_id, state, sighting.filled_c, at))
        desk.cash_moved()
        self._say_adopted(terms)
        self._settle(name, has_name=True)

    def _say_adopted(self, terms: OrderTerms) -> None:
        desk = self._desk
        text = f"{terms.ticker}: order {terms.client_order_id} is not ours; taken over as external"
        desk.alert(AlertLevel.WARNING, "ORDER_ADOPTED", text)
        seen_foreign(desk)

    def _contradiction(self, record: OrderRecord) -> None:
        """A listing newer than the end that we believed shows it resting: it must not work unseen."""
        client_order_id = record.terms.client_order_id
        text = f"order {client_order_id} is {record.state} here and rests at the exchange; it is canceled"
        self._desk.alert(AlertLevel.URGENT, "ENDED_ORDER_RESTS", text)
        self._cancels.put_down(record)
