"""Commands that change something: sent once, then watched until there is something to tell."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from console.tools.failure import OutcomeUnknown
from engine.domain.order import TERMINAL_STATES, OrderState, TimeInForce

if TYPE_CHECKING:
    from engine.control.client import ControlClient
    from engine.control.protocol import CommandAnswer
    from engine.control.replica import Replica
    from engine.control.rows.orders import OrderRow
    from engine.domain.command import CommandBody

ANSWER_WITHIN_S = 10.0
"""An order, a close and a cancel are told of after this long, whatever is known."""
_BOOKED_WITHIN_S = 2.0
"""How long the fills that the exchange counts are waited for, so that their price and fee can be told."""
ENDED = TERMINAL_STATES | {OrderState.ABSENT}


class Deadline:
    """Ten seconds from now, over all steps of a command."""

    def __init__(self) -> None:
        self._at = time.monotonic() + ANSWER_WITHIN_S

    @property
    def left_s(self) -> float:
        return max(0.0, self._at - time.monotonic())


async def ask(client: ControlClient, body: CommandBody, deadline: Deadline) -> CommandAnswer:
    """The engine's answer to a command. Raises OutcomeUnknown where none comes, or nobody waits for it."""
    from engine.control.errors import ConnectionLost, NoAnswer

    try:
        return await client.command(body, within_s=deadline.left_s)
    except NoAnswer:
        raise OutcomeUnknown(
            "the engine did not answer within 10 s; what was asked for may go on: sparko orders --all"
        ) from None
    except ConnectionLost:
        raise OutcomeUnknown(
            "the engine went away before it answered; once it runs again, see: sparko orders --all"
        ) from None
    except asyncio.CancelledError:
        raise OutcomeUnknown(
            "interrupted before the engine answered; what was asked for may go on: sparko orders --all"
        ) from None


def known_order(replica: Replica, client_order_id: str) -> OrderRow | None:
    """The order as the engine last told it unasked."""
    return replica.desk.orders.get(client_order_id) or replica.desk.ended.get(client_order_id)


async def settled(client: ControlClient, order: OrderRow, deadline: Deadline) -> OrderRow:
    """The order as soon as its fills are booked and, if it may not rest, it has ended; else, or when somebody
    interrupts, as it is then."""
    from engine.control.errors import ConnectionLost

    name = order.client_order_id

    def is_settled(replica: Replica) -> bool:
        return _is_settled(known_order(replica, name) or order)

    if not _is_settled(order):
        try:
            async with asyncio.timeout(min(_BOOKED_WITHIN_S, deadline.left_s)):
                await client.until(is_settled)
        except (TimeoutError, ConnectionLost, asyncio.CancelledError):
            pass
        return known_order(client.replica, name) or order
    return order


def _is_settled(order: OrderRow) -> bool:
    if order.state in (OrderState.UNKNOWN, OrderState.REJECTED):
        return True
    if order.booked_c < order.filled_c:
        return False
    return order.time_in_force is TimeInForce.GOOD_TILL_CANCELED or order.state in ENDED
