"""The one place where an order becomes a request, and the gate's word is needed for it."""

from __future__ import annotations

from engine.core.desk import Asked, Desk
from engine.core.effects import Lane, SubmitOrder
from engine.core.facts.orders import OrderIntended, OrderResent, OrderTerms
from engine.core.gate import Allow
from engine.domain.order import OrderRequest

_ENTRY, _EXIT = Lane.ENTRY, Lane.EXIT


def submit_of(terms: OrderTerms) -> SubmitOrder:
    """The request that an order's terms make: the same for the first send and for a repetition."""
    request = OrderRequest(
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
    return SubmitOrder(request, _ENTRY if terms.opens else _EXIT)


class Sender:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def send(self, allow: Allow) -> None:
        """Writes the intent down and asks for the order; it leaves once the intent is durable."""
        desk, terms = self._desk, allow.terms
        desk.intend(OrderIntended(terms, desk.at, allow.numbers), submit_of(terms))

    def send_again(self, allow: Allow) -> None:
        """The same request and id once more, after listings have proven the order absent."""
        desk, terms = self._desk, allow.terms
        desk.record(OrderResent(terms.client_order_id, desk.at))
        desk.in_flight[terms.client_order_id] = Asked.SUBMIT
        desk.ask(submit_of(terms))
