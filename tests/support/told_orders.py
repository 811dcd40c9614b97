"""Orders as an engine tells of them, for tests of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from fake_control import Script

from engine.control.protocol import AnswerState, CommandAnswer, CommandRequest, Frame
from engine.control.rows.orders import OrderRow
from engine.domain.order import Leg, OrderState

TICKER = "KXHIGHNY-26NOV20-B54.5"
KEYS = [
    "client_order_id",
    "order_id",
    "status",
    "count",
    "filled",
    "remaining",
    "average_price_cents",
    "fee_dollars",
    "deny_code",
]
"""Of the document of an order."""
FILLED: dict[str, Any] = {
    "state": OrderState.FILLED,
    "filled_c": 1_000,
    "remaining_c": 0,
    "booked_c": 1_000,
    "booked_ud": 900 * 5_700 + 100 * 5_720,
    "fees_ud": 171_500,
}


"""Ten contracts, bought at two prices."""


def order_row(**fields: Any) -> OrderRow:
    base: dict[str, Any] = {
        "client_order_id": "c1",
        "order_id": "ven-1",
        "ticker": TICKER,
        "owner": "manual",
        "leg": Leg.YES,
        "buys": True,
        "price_bp": 5_720,
        "count_c": 1_000,
        "state": OrderState.RESTING,
        "remaining_c": 1_000,
        "intended_ns": 1,
        "updated_ns": 1,
    }
    return OrderRow(**{**base, **fields})


def answered(order: OrderRow | None, **fields: Any) -> Script:
    """A script that accepts the command, unless told otherwise, with this order under the asked-for id."""

    def script(request: CommandRequest) -> Sequence[Frame]:
        name = getattr(request.body, "client_order_id", "c1")
        row = None if order is None else msgspec.structs.replace(order, client_order_id=name)
        base: dict[str, Any] = {"state": AnswerState.ACCEPTED, "client_order_id": name, "order": row}
        return [CommandAnswer(request.command_id, **{**base, **fields})]

    return script
