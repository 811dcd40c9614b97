"""Cancels: asked for once, sent as soon as the order has an id at the exchange, and never given up silently.

404 means gone, and a fill may have won the race; what cannot be known is read.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.core.answers import Answers
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.doubts import Doubts
from engine.core.effects import AlertLevel, CancelOrder, CancelOrders
from engine.core.facts.orders import CancelMoved, CancelState
from engine.core.inputs import CancelFailed
from engine.core.order_record import OrderRecord
from engine.core.timers import Due


class Cancels:
    def __init__(self, desk: Desk, answers: Answers, doubts: Doubts) -> None:
        self._desk = desk
        self._answers = answers
        self._doubts = doubts
        self._sent: dict[str, None] = {}
        self._tries: dict[str, int] = {}

    def want(self, record: OrderRecord) -> None:
        """The order shall end. Without an exchange id it waits for one, and is not sent again."""
        client_order_id = record.terms.client_order_id
        if record.cancel is CancelState.NONE:
            self._desk.record(CancelMoved(client_order_id, CancelState.ASKED, self._desk.at))
        self._tries.pop(client_order_id, None)
        self.pursue(client_order_id)

    def want_all(self, records: Sequence[OrderRecord]) -> None:
        """As :meth:`want`, of many orders at once and with few requests."""
        desk = self._desk
        ready = []
        for record in records:
            client_order_id = record.terms.client_order_id
            if record.cancel is CancelState.NONE:
                desk.record(CancelMoved(client_order_id, CancelState.ASKED, desk.at))
            self._tries.pop(client_order_id, None)
            request = self._next_request(client_order_id)
            if request is not None:
                ready.append(request)
        most = desk.settings.most_in_cancel_batch
        for first in range(0, len(ready), most):
            part = ready[first : first + most]
            desk.ask(CancelOrders((*part,)) if len(part) > 1 else part[0])

    def pursue(self, client_order_id: str) -> None:
        """Sends the cancel that is wanted, if there is an id, it rests, and none is under way."""
        request = self._next_request(client_order_id)
        if request is not None:
            self._desk.ask(request)

    def _next_request(self, client_order_id: str) -> CancelOrder | None:
        """Counted as under way from now on; None where nothing can or need be sent."""
        desk = self._desk
        record = desk.money.orders[client_order_id]
        is_wanted = record.cancel is not CancelState.NONE and client_order_id in desk.money.working
        if not is_wanted or not record.order_id or client_order_id in self._sent:
            return None
        self._sent[client_order_id] = None
        self._tries[client_order_id] = self._tries.get(client_order_id, 0) + 1
        terms = record.terms
        return CancelOrder(client_order_id, record.order_id, terms.ticker, terms.exchange_index)

    def put_down(self, record: OrderRecord) -> None:
        """Cancels at the exchange what we hold for ended, should it rest there after all."""
        terms = record.terms
        if record.order_id and terms.client_order_id not in self._sent:
            self._sent[terms.client_order_id] = None
            self._desk.ask(
                CancelOrder(terms.client_order_id, record.order_id, terms.ticker, terms.exchange_index)
            )

    def answered(self, client_order_id: str) -> None:
        """An outcome of the cancel request came."""
        self._sent.pop(client_order_id, None)

    def ended(self, client_order_id: str) -> None:
        """The order is over; whoever asked for that is told."""
        self._tries.pop(client_order_id, None)
        self._desk.timers.drop(Due.CANCEL_RETRY, client_order_id)
        self._answers.cancel_settled(client_order_id)

    def failed(self, event: CancelFailed) -> None:
        """It may still rest: unknown ones are read, the others tried again a few times."""
        desk = self._desk
        client_order_id = event.client_order_id
        self.answered(client_order_id)
        record = desk.money.orders.get(client_order_id)
        if record is None or client_order_id not in desk.money.working:
            return
        if event.is_unknown:
            if record.cancel is not CancelState.UNKNOWN:
                desk.record(CancelMoved(client_order_id, CancelState.UNKNOWN, desk.at))
            self._doubts.begin(client_order_id)
            return
        if self._tries.get(client_order_id, 0) < desk.settings.most_cancel_tries:
            desk.timers.after_mono(
                desk.mono + desk.timings.cancel_retry_ns, Due.CANCEL_RETRY, client_order_id
            )
            return
        self._give_up(client_order_id, event.cause)

    def _give_up(self, client_order_id: str, cause: str) -> None:
        desk = self._desk
        tries = self._tries.pop(client_order_id)
        desk.record(CancelMoved(client_order_id, CancelState.NONE, desk.at))
        text = f"order {client_order_id}: not canceled after {tries} tries: {cause}; it may still rest"
        desk.alert(AlertLevel.URGENT, "CANCEL_FAILED", text)
        self._answers.cancel_settled(client_order_id, Denial(DenyCode.CANCEL_FAILED, text, {"tries": tries}))
