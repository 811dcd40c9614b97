"""Orders in doubt are looked for until a listing settles them.

One complete listing of the market, all statuses, from a minute before the intent, whose ``as_of`` is past the
last send by a margin, and which lacks the order, is one not-found. After two, at least a second apart, the
same request and id go out again if the order is still wanted; else it is ABSENT, until anything shows it.
"""

from __future__ import annotations

from engine.core.desk import Desk
from engine.core.doubts import Doubt, Doubts
from engine.core.effects import AlertLevel
from engine.core.evidence import sighting
from engine.core.facts.orders import CancelState, NotFound
from engine.core.fills import Fills
from engine.core.gate import Allow, Gate
from engine.core.inputs import OrdersRead
from engine.core.order_record import OrderRecord
from engine.core.orders import Orders
from engine.core.pauses import is_paused
from engine.core.sender import Sender
from engine.domain.order import TERMINAL_STATES, OrderState, TimeInForce

_ENOUGH = 2


class Lookups:
    def __init__(
        self, desk: Desk, doubts: Doubts, orders: Orders, fills: Fills, gate: Gate, sender: Sender
    ) -> None:
        self._desk = desk
        self._doubts = doubts
        self._orders = orders
        self._fills = fills
        self._gate = gate
        self._sender = sender

    def recovered(self) -> None:
        """At the start nothing is known of what was under way: all of it is looked for."""
        for record in self._desk.working():
            client_order_id = record.terms.client_order_id
            if record.state in (OrderState.INTENT, OrderState.SENT):
                self._orders.move(record, OrderState.UNKNOWN, "the engine ended before the answer came")
            record = self._desk.money.orders[client_order_id]
            if record.state is OrderState.UNKNOWN or record.cancel is not CancelState.NONE:
                self._doubts.begin(client_order_id)

    def listed(self, read: OrdersRead) -> None:
        """A listing of one market."""
        for seen in read.orders:
            self._orders.seen(sighting(seen), read.as_of_ns)
        names = {order.client_order_id for order in read.orders}
        ids = {order.order_id for order in read.orders}
        for client_order_id, doubt in self._doubts.of_market(read.ticker):
            record = self._desk.money.orders[client_order_id]
            is_there = client_order_id in names or record.order_id in ids
            if is_there and (read.as_of_ns >= doubt.since_at or record.state in TERMINAL_STATES):
                self._found(record)
            elif not is_there and self._proves_absence(read, record, doubt):
                self._missed(record, doubt)
        for client_order_id in self._fills.release(read.ticker):
            self._orders.filled(client_order_id)
        self._doubts.looked(read.ticker)

    def _found(self, record: OrderRecord) -> None:
        """Seen in a listing newer than the doubt: what it says is so."""
        client_order_id = record.terms.client_order_id
        if record.state is OrderState.UNKNOWN:
            return  # its status is a word that is not known yet: look again
        self._doubts.end(client_order_id)
        self._orders.pursue_cancel(client_order_id)

    def _proves_absence(self, read: OrdersRead, record: OrderRecord, doubt: Doubt) -> bool:
        if is_paused(self._desk, record.terms.exchange_index):
            return False  # frozen: what a pausing exchange does not list proves nothing
        timings = self._desk.timings
        is_past_send = read.as_of_ns > record.last_sent_at + timings.freshness_margin_ns
        is_late = is_past_send and read.as_of_ns >= doubt.since_at
        reaches_back = read.since_ns <= max(0, record.intended_at - timings.listing_overlap_ns)
        last = doubt.last_miss_mono
        is_apart = last is None or self._desk.mono - last >= timings.lookup_spacing_ns
        return read.is_complete and is_late and reaches_back and is_apart

    def _missed(self, record: OrderRecord, doubt: Doubt) -> None:
        desk = self._desk
        client_order_id = record.terms.client_order_id
        doubt.misses += 1
        doubt.last_miss_mono = desk.mono
        is_proven_to_exist = bool(record.order_id or record.filled_c)
        if record.state is OrderState.UNKNOWN and not is_proven_to_exist:
            desk.record(NotFound(client_order_id, doubt.misses, desk.at))
            if doubt.misses >= _ENOUGH:
                self._conclude(desk.money.orders[client_order_id])
            return
        if doubt.misses < _ENOUGH:
            return
        if record.state is OrderState.ABSENT or record.state in TERMINAL_STATES:
            self._doubts.end(client_order_id)
        elif doubt.misses == _ENOUGH:
            text = f"order {client_order_id} ({record.state}) is known to exist and is in no listing"
            desk.alert(AlertLevel.URGENT, "ORDER_NOT_LISTED", text)

    def _conclude(self, record: OrderRecord) -> None:
        """Absent. It goes out again if it is still wanted and the gate lets it."""
        self._doubts.end(record.terms.client_order_id)
        allow = self._wanted(record)
        if allow is not None:
            self._sender.send_again(allow)
            return
        self._desk.absent[record.terms.client_order_id] = None
        self._orders.move(record, OrderState.ABSENT, "in no complete listing")
        self._orders.over(record.terms.client_order_id)

    def _wanted(self, record: OrderRecord) -> Allow | None:
        """Whether the decision still stands: made in this run, a short while ago, nobody canceled it."""
        desk = self._desk
        intended = desk.intended.get(record.terms.client_order_id)
        if intended is None or desk.mono - intended > desk.timings.resend_within_ns:
            return None
        if record.cancel is not CancelState.NONE or record.sends > desk.settings.most_resends:
            return None
        if record.terms.exit_cause and not self._still_leaves(record):
            return None
        verdict = self._gate.again(record)
        return verdict if isinstance(verdict, Allow) else None

    def _still_leaves(self, record: OrderRecord) -> bool:
        """Whether the plan of now is what the exit was sent for; what rests is canceled where it is not."""
        terms = record.terms
        if terms.time_in_force is not TimeInForce.IMMEDIATE_OR_CANCEL:
            return True
        plan = self._desk.money.plans.get(terms.ticker)
        return plan is not None and plan.is_leaving and plan.cause == terms.exit_cause
