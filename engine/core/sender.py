"""The one place where an order becomes a request, and the gate's word is needed for it."""

from __future__ import annotations

from engine.core.changes import OrderIntended, OrderResent, OrderTerms
from engine.core.desk import Asked, Desk
from engine.core.effects import Lane, SubmitOrder
from engine.core.gate import Allow
from engine.domain.order import OrderRequest

_ENTRY, _EXIT = Lane.ENTRY, Lane.EXIT
_SUBMIT = Asked.SUBMIT


def request_of(terms: OrderTerms) -> OrderRequest:
    """The request that an order's terms make: the same for the first send and for a repetition."""
    return OrderRequest(
        terms.ticker,
        terms.side,
        terms.price_bp,
        terms.count_c,
        terms.client_order_id,
        terms.time_in_force,
        post_only=terms.post_only,
        reduce_only=terms.reduce_only,
        expires_ns=terms.expires_ns,
        order_group_id=terms.group or None,
        exchange_index=terms.exchange_index,
    )


class Sender:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def send(self, allow: Allow) -> None:
        """Writes the intent down and asks for the order; it leaves once the intent is durable."""
        desk = self._desk
        terms = allow.terms
        desk.record(OrderIntended(terms, desk.at, allow.numbers))
        desk.intended[terms.client_order_id] = desk.mono
        desk.touch(terms.ticker)
        self._submit(allow)

    def send_again(self, allow: Allow) -> None:
        """The same request and id once more, after listings have proven the order absent."""
        self._desk.record(OrderResent(allow.terms.client_order_id, self._desk.at))
        self._submit(allow)

    def _submit(self, allow: Allow) -> None:
        desk, terms = self._desk, allow.terms
        desk.in_flight[terms.client_order_id] = _SUBMIT
        desk.ask(SubmitOrder(request_of(terms), _ENTRY if terms.opens else _EXIT))
