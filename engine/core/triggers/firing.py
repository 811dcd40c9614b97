"""From a prepared ticket to an order, through the gate like any other."""

from __future__ import annotations

from engine.core.denial import Denial
from engine.core.facts.orders import MANUAL
from engine.core.placing import Placing
from engine.domain.command import PlaceOrder
from engine.domain.trigger import Ticket


def send(
    placing: Placing,
    ticket: Ticket,
    client_order_id: str,
    why: dict[str, int | str],
    who: str = "",
    is_interactive: bool = False,
) -> Denial | None:
    """Sends the ticket, or says why not. A sale only reduces what is held. ``why`` goes into the intent."""
    body = PlaceOrder(
        client_order_id=client_order_id,
        ticker=ticket.ticker,
        leg=ticket.leg,
        buys=ticket.buys,
        price_bp=ticket.price_bp,
        count_c=ticket.count_c,
        time_in_force=ticket.time_in_force,
        opens=ticket.buys,
        far=ticket.far,
        plan=ticket.plan,
    )
    return placing.place(body, MANUAL, who, is_interactive, why)
