"""Placing, changing and canceling orders (V2). Each request is sent once; its outcome is a value."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from engine.domain.order import BookSide, OrderRequest
from engine.domain.units import SECOND_NS, CountC, Nanoseconds, PriceBp
from engine.kalshi import order_answers
from engine.kalshi.budget_queue import Lane
from engine.kalshi.order_answers import AmendedOrder, CanceledOrder, DecreasedOrder, PlacedOrder
from engine.kalshi.outcome import (
    AlreadyExists,
    ChangeOutcome,
    CreateOutcome,
    Gone,
    NotSent,
    NotSentCause,
    Outcome,
    Refused,
)
from engine.kalshi.query import Query, path_of
from engine.kalshi.sender import Change, Sender, done
from engine.wire import orders as wire
from engine.wire.errors import ErrorBody
from engine.wire.fixed_point import count_text, price_text
from engine.wire.shape import ABSENT

T = TypeVar("T")
ORDERS_PATH = "/portfolio/events/orders"
KEEP = "keep"
"""The expiry of an amended order stays as it is."""


class OrderWrites:
    """A client order id is needed for every order: without it an unknown outcome could never be settled.

    The market of an order goes with every cancel, decrease and amend: without it the exchange looks on shard
    0 alone and answers 404 for an order that rests elsewhere.
    """

    def __init__(self, sender: Sender, *, subaccount: int | None = None) -> None:
        self._sender = sender
        self._subaccount = subaccount

    async def create(self, request: OrderRequest, *, lane: Lane | None = None) -> CreateOutcome[PlacedOrder]:
        """``POST /portfolio/events/orders``. Without ``lane`` a reduce-only order goes as an exit, any other
        as an entry."""
        if not request.client_order_id:
            return NotSent(NotSentCause.REQUEST, "client order id: got none")
        body = msgspec.json.encode(create_body(request, self._subaccount))
        wanted = lane_of(request) if lane is None else lane
        change = Change("POST", ORDERS_PATH, wanted, body=body, adds_risk=wanted is not Lane.EXIT)

        def read(answer: bytes) -> PlacedOrder:
            found = self._sender.decode(f"POST {ORDERS_PATH}", answer, wire.OrderPlaced)
            return order_answers.placed(found, request.client_order_id, self._sender.drift)

        outcome = await self._sender.send(change, read)
        if isinstance(outcome, Refused):
            return refused_create(outcome.status, outcome.error, request.client_order_id)
        return outcome

    async def cancel(
        self, order_id: str, ticker: str, *, exchange_index: int | None = None
    ) -> ChangeOutcome[CanceledOrder]:
        """``DELETE /portfolio/events/orders/{id}``."""
        query: Query = {
            "market_ticker": ticker,
            "exchange_index": exchange_index,
            "subaccount": self._subaccount,
        }
        change = Change("DELETE", _order_path(order_id), Lane.EXIT, query=query)

        def read(answer: bytes) -> CanceledOrder:
            found = self._sender.decode(f"DELETE {ORDERS_PATH}", answer, wire.OrderCanceled)
            return order_answers.canceled(found, order_id, self._sender.drift)

        return _gone(await self._sender.send(change, read), order_id)

    async def cancel_all(self) -> Outcome[None]:
        """``DELETE /portfolio/events/orders``: every resting order, at most 10,000; orders placed within the
        next minute may be canceled too. It needs a direct member's account."""
        change = Change("DELETE", ORDERS_PATH, Lane.EXIT, query={"subaccount": self._subaccount})
        return await self._sender.send(change, done)

    async def amend(
        self,
        order_id: str,
        *,
        ticker: str,
        side: BookSide,
        price_bp: PriceBp,
        total_c: CountC,
        expires_ns: Nanoseconds | str | None = KEEP,
        client_order_id: str | None = None,
        updated_client_order_id: str | None = None,
        lane: Lane = Lane.ENTRY,
    ) -> ChangeOutcome[AmendedOrder]:
        """``POST .../{id}/amend``. ``total_c`` is what was filled already and what is still wanted.

        The place in the queue is kept only if the size shrinks or the expiry changes and nothing else.
        ``expires_ns`` None removes the expiry.
        """
        body = wire.AmendOrder(
            ticker=ticker,
            side=side.value,
            price=price_text(price_bp),
            count=count_text(total_c),
            client_order_id=client_order_id or ABSENT,
            updated_client_order_id=updated_client_order_id or ABSENT,
            expiration_time=_expiration(expires_ns),
        )
        change = Change(
            "POST",
            _order_path(order_id, "amend"),
            lane,
            body=msgspec.json.encode(body),
            query={"subaccount": self._subaccount},
            adds_risk=lane is not Lane.EXIT,
        )

        def read(answer: bytes) -> AmendedOrder:
            found = self._sender.decode(f"POST {ORDERS_PATH}/amend", answer, wire.OrderAmended)
            return order_answers.amended(found, order_id, self._sender.drift)

        return _gone(await self._sender.send(change, read), order_id)

    async def decrease(
        self,
        order_id: str,
        ticker: str,
        *,
        reduce_by_c: CountC | None = None,
        reduce_to_c: CountC | None = None,
    ) -> ChangeOutcome[DecreasedOrder]:
        """``POST .../{id}/decrease`` by exactly one of the two amounts; keeps the place in the queue."""
        if (reduce_by_c is None) == (reduce_to_c is None):
            got = "none" if reduce_by_c is None else "both"
            return NotSent(NotSentCause.REQUEST, f"reduce_by, reduce_to: got {got}, wanted one")
        body = wire.DecreaseOrder(
            reduce_by=ABSENT if reduce_by_c is None else count_text(reduce_by_c),
            reduce_to=ABSENT if reduce_to_c is None else count_text(reduce_to_c),
            market_ticker=ticker,
        )
        change = Change(
            "POST",
            _order_path(order_id, "decrease"),
            Lane.EXIT,
            body=msgspec.json.encode(body),
            query={"subaccount": self._subaccount},
        )

        def read(answer: bytes) -> DecreasedOrder:
            found = self._sender.decode(f"POST {ORDERS_PATH}/decrease", answer, wire.OrderDecreased)
            return order_answers.decreased(found, order_id, self._sender.drift)

        return _gone(await self._sender.send(change, read), order_id)


def create_body(request: OrderRequest, subaccount: int | None = None) -> wire.CreateOrder:
    """The body of one order; what is off or not set stays out of it."""
    return wire.CreateOrder(
        ticker=request.ticker,
        side=request.side.value,
        count=count_text(request.count_c),
        price=price_text(request.price_bp),
        time_in_force=request.time_in_force.value,
        self_trade_prevention_type=request.self_trade_prevention.value,
        client_order_id=request.client_order_id,
        expiration_time=ABSENT if request.expires_ns is None else request.expires_ns // SECOND_NS,
        post_only=request.post_only or ABSENT,
        reduce_only=request.reduce_only or ABSENT,
        cancel_order_on_pause=request.cancel_on_pause or ABSENT,
        subaccount=ABSENT if subaccount is None else subaccount,
        order_group_id=request.order_group_id or ABSENT,
        exchange_index=ABSENT if request.exchange_index is None else request.exchange_index,
    )


def lane_of(request: OrderRequest) -> Lane:
    return Lane.EXIT if request.reduce_only else Lane.ENTRY


def refused_create(status: int, error: ErrorBody, client_order_id: str) -> Refused | AlreadyExists:
    """409 has two meanings; only the one about the client id says that an order may exist."""
    if error.code == "order_already_exists":
        return AlreadyExists(client_order_id, error)
    return Refused(status, error)


def _gone(outcome: Outcome[T], order_id: str) -> ChangeOutcome[T]:
    if isinstance(outcome, Refused) and outcome.status == 404:
        return Gone(order_id, outcome.error)
    return outcome


def _order_path(order_id: str, *more: str) -> str:
    return path_of("portfolio", "events", "orders", order_id, *more)


def _expiration(expires_ns: Nanoseconds | str | None) -> int | msgspec.UnsetType:
    if expires_ns is None:
        return 0
    return ABSENT if isinstance(expires_ns, str) else expires_ns // SECOND_NS
