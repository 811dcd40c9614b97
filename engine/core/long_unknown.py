"""An outcome that stays unknown is told to people: the engine goes on looking, and they may look too."""

from __future__ import annotations

from collections.abc import Container

from engine.core.desk import Desk
from engine.core.effects import AlertLevel
from engine.core.facts.orders import CancelState
from engine.core.timers import Due
from engine.domain.order import OrderState
from engine.domain.units import SECOND_NS


def watch_unknown(desk: Desk, client_order_id: str) -> None:
    """Looks again after a while; a watch that is set already keeps its time."""
    if not desk.timers.is_set(Due.UNKNOWN_LONG, client_order_id):
        due_mono = desk.mono + desk.timings.tell_unknown_ns
        desk.timers.after_mono(due_mono, Due.UNKNOWN_LONG, client_order_id)


def tell_long_unknown(desk: Desk, in_doubt: Container[str], client_order_id: str) -> None:
    """Tells of an order whose own outcome, or whose cancel's, is still unknown; one that is in doubt for
    another reason is looked at again later."""
    if client_order_id not in in_doubt:
        return
    record = desk.money.orders[client_order_id]
    if record.state is OrderState.UNKNOWN:
        what = "whether it is at the exchange"
    elif record.cancel is CancelState.UNKNOWN:
        what = "whether it was canceled"
    else:
        watch_unknown(desk, client_order_id)
        return
    seconds = desk.timings.tell_unknown_ns // SECOND_NS
    text = (
        f"order {client_order_id} in {record.terms.ticker}: in doubt for over {seconds} s, {what} is "
        "unknown; the engine goes on looking, nothing is sent twice"
    )
    desk.alert(AlertLevel.URGENT, "UNKNOWN_LONG", text, client_order_id)
