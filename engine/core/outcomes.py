"""What became of a request: of an order that was sent, or of a change to one that rests."""

from __future__ import annotations

from http import HTTPStatus

from engine.core.desk import Asked, Desk
from engine.core.doubts import Doubts
from engine.core.extending import Extending
from engine.core.inputs import Acked, NotSent, Rejected, Unknown
from engine.core.orders import Orders


class Outcomes:
    """One request about an order is under way at a time, so each outcome is of that one."""

    def __init__(self, desk: Desk, orders: Orders, extending: Extending, doubts: Doubts) -> None:
        self._desk = desk
        self._orders = orders
        self._extending = extending
        self._doubts = doubts

    def acked(self, event: Acked) -> None:
        if self._is_amending(event.client_order_id):
            self._extending.settled(event.client_order_id, is_done=True)
        else:
            self._orders.acked(event)
            self._desk.cash_moved()

    def rejected(self, event: Rejected) -> None:
        """404 to a change: the order rests no more, and what ended it was missed."""
        if self._is_amending(event.client_order_id):
            self._extending.settled(event.client_order_id, is_done=False)
            if event.status == HTTPStatus.NOT_FOUND:
                self._orders.look_for(event.client_order_id)
        else:
            self._orders.rejected(event)

    def not_sent(self, event: NotSent) -> None:
        if self._is_amending(event.client_order_id):
            self._extending.settled(event.client_order_id, is_done=False)
        else:
            self._orders.not_sent(event)

    def unknown(self, event: Unknown) -> None:
        if self._is_amending(event.client_order_id):
            self._extending.settled(event.client_order_id, is_done=False)
            self._doubts.begin(event.client_order_id)
        else:
            self._orders.unknown(event)

    def _is_amending(self, client_order_id: str) -> bool:
        return self._desk.in_flight.get(client_order_id) is Asked.AMEND
