"""Many orders in one request. The request is sent once; each order has an outcome of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

import msgspec

from engine.domain.order import OrderRequest
from engine.kalshi import order_answers
from engine.kalshi.budget_queue import Lane
from engine.kalshi.errors import DecodeError
from engine.kalshi.fields import present
from engine.kalshi.order_answers import CanceledOrder, PlacedOrder
from engine.kalshi.outcome import (
    AlreadyExists,
    Answered,
    ChangeOutcome,
    CreateOutcome,
    Gone,
    NotSent,
    NotSentCause,
    Outcome,
    OutcomeUnknown,
    Refused,
    UnknownCause,
)
from engine.kalshi.rest.orders import ORDERS_PATH, create_body, lane_of, refused_create
from engine.kalshi.sender import Change, Sender, WithoutOrder
from engine.wire import orders as wire
from engine.wire.errors import ErrorBody
from engine.wire.shape import ABSENT

T = TypeVar("T")
_PATH = f"{ORDERS_PATH}/batched"
_GONE_CODE = "not_found"
Resting: TypeAlias = tuple[str, str]
"""An order id and its market's ticker."""


class OrderBatches:
    """A batch is paid whole: one that the write bucket can never hold is NotSent for every order of it."""

    def __init__(self, sender: Sender, *, subaccount: int | None = None) -> None:
        self._sender = sender
        self._subaccount = subaccount

    async def create(
        self, requests: Sequence[OrderRequest], *, lane: Lane | None = None
    ) -> tuple[CreateOutcome[PlacedOrder], ...]:
        """``POST .../batched``: one outcome for each request, in its order.

        The batch goes as an exit only if every order of it reduces.
        """
        client_ids = [request.client_order_id for request in requests]
        if not all(client_ids) or len(set(client_ids)) != len(client_ids):
            problem = NotSent(
                NotSentCause.REQUEST, "client order ids: wanted one for each order, all different"
            )
            return (problem,) * len(requests)
        if not requests:
            return ()
        body = wire.BatchCreate(orders=[create_body(request, self._subaccount) for request in requests])
        wanted = max(lane_of(request) for request in requests) if lane is None else lane
        change = Change(
            "POST",
            _PATH,
            wanted,
            body=msgspec.json.encode(body),
            items=len(requests),
            adds_risk=wanted is not Lane.EXIT,
        )
        outcome = await self._sender.send(change, self._placed)
        if not isinstance(outcome, Answered):
            return (outcome,) * len(requests)
        return _each(client_ids, outcome.value, self._of_placed)

    async def cancel(self, orders: Sequence[Resting]) -> tuple[ChangeOutcome[CanceledOrder], ...]:
        """``DELETE .../batched`` with a body: one outcome for each order, in its order."""
        if not orders:
            return ()
        items = [
            wire.CancelItem(
                order_id=order_id,
                market_ticker=ticker,
                subaccount=ABSENT if self._subaccount is None else self._subaccount,
            )
            for order_id, ticker in orders
        ]
        body = msgspec.json.encode(wire.BatchCancel(orders=items))
        change = Change("DELETE", _PATH, Lane.EXIT, body=body, items=len(orders))
        outcome = await self._sender.send(change, self._canceled)
        if not isinstance(outcome, Answered):
            return (outcome,) * len(orders)
        return _each([order_id for order_id, _ in orders], outcome.value, self._of_canceled)

    def _placed(self, body: bytes) -> dict[str, wire.BatchPlacedItem]:
        """Items by client id; where the exchange left the ids out of refusals, by their place."""
        answer = self._sender.decode(f"POST {_PATH}", body, wire.BatchPlaced)
        return {present(item.client_order_id) or f"#{n}": item for n, item in enumerate(answer.orders)}

    def _canceled(self, body: bytes) -> dict[str, wire.BatchCanceledItem]:
        answer = self._sender.decode(f"DELETE {_PATH}", body, wire.BatchCanceled)
        return {item.order_id: item for item in answer.orders}

    def _of_placed(self, client_id: str, item: wire.BatchPlacedItem) -> CreateOutcome[PlacedOrder]:
        error = present(item.error)
        if error is not None:
            return refused_create(_status_of(error), _body_of(error), client_id)
        return _read(lambda: order_answers.placed(item, client_id, self._sender.drift), 201)

    def _of_canceled(self, order_id: str, item: wire.BatchCanceledItem) -> ChangeOutcome[CanceledOrder]:
        error = present(item.error)
        if error is not None:
            found = _body_of(error)
            return Gone(order_id, found) if error.code == _GONE_CODE else Refused(_status_of(error), found)
        return _read(lambda: order_answers.canceled(item, order_id, self._sender.drift), 200)


ItemT = TypeVar("ItemT")
OutcomeT = TypeVar(
    "OutcomeT", bound=Answered[object] | Refused | OutcomeUnknown | NotSent | AlreadyExists | Gone
)


def _each(
    ids: Sequence[str], items: dict[str, ItemT], read: Callable[[str, ItemT], OutcomeT]
) -> tuple[OutcomeT | OutcomeUnknown, ...]:
    """The outcome of each id. One that the answer passes over in silence is unknown; a nameless item is taken
    for the order at its place only if the answer is as long as the request."""
    found: list[OutcomeT | OutcomeUnknown] = []
    for number, key in enumerate(ids):
        item = items.get(key)
        if item is None and len(items) == len(ids):
            item = items.get(f"#{number}")
        if item is None:
            detail = f"{key}: not among the {len(items)} answered of {len(ids)}"
            found.append(OutcomeUnknown(UnknownCause.WITHOUT_ORDER, detail))
        else:
            found.append(read(key, item))
    return tuple(found)


def _read(make: Callable[[], T], status: int) -> Outcome[T]:
    try:
        return Answered(make(), status)
    except WithoutOrder as problem:
        return OutcomeUnknown(UnknownCause.WITHOUT_ORDER, str(problem), status)
    except DecodeError as problem:
        return OutcomeUnknown(UnknownCause.UNREADABLE, str(problem), status)


def _body_of(error: wire.ItemError) -> ErrorBody:
    return ErrorBody(error.code, present(error.message) or "", present(error.details) or "")


def _status_of(error: wire.ItemError) -> int:
    """Items carry no status; these codes have one of their own."""
    if error.code == _GONE_CODE:
        return 404
    return 409 if error.code in ("order_already_exists", "fill_or_kill_insufficient_resting_volume") else 400
