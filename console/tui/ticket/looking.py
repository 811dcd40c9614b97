"""From the desk to a scene: what there is to judge an order by, now."""

from __future__ import annotations

from collections.abc import Iterable

from console.tui.desk import Desk
from console.tui.panels.labels import outcome_label
from console.tui.ticket.bounds import Bounds, Left
from console.tui.ticket.scene import Scene
from engine.control.protocol import book_topic
from engine.control.replica import Replica
from engine.control.rows.orders import OrderRow
from engine.control.rows.risk import LimitRow
from engine.domain.units import SECOND_NS, CountC, Nanoseconds


def scene_of(
    desk: Desk,
    ticker: str,
    *,
    is_armed: bool,
    armed_by: str,
    is_observing: bool,
    is_roomy: bool,
    usual_c: CountC,
) -> Scene:
    """A scene that trusts nothing which is not current: what is missing refuses entries."""
    facts, market, status = desk.facts.get(ticker), desk.market(ticker), desk.status
    book = desk.book(ticker)
    shard = facts.market.exchange_index if facts else market.exchange_index if market else None
    return Scene(
        ticker=ticker,
        now_ns=desk.now_ns,
        venue="" if status is None else status.venue,
        mode="" if status is None else status.mode,
        entries_stopped="" if status is None else status.entries_stopped,
        is_attached=desk.is_attached and not desk.is_silent,
        is_ready=status is not None and status.is_ready and not status.is_stopping,
        is_observing=is_observing,
        is_armed=is_armed,
        armed_by=armed_by,
        label=outcome_label(market) if market is not None and market.yes_sub_title else "",
        status=market.status if market else facts.market.status if facts else None,
        close_ns=market.close_ns if market else facts.market.close_ns if facts else None,
        shard=shard,
        grid=None if facts is None else facts.market.grid,
        fees=None if facts is None else facts.market.fees,
        bids=() if book is None else tuple(book.bids_down()),
        asks=() if book is None else tuple(book.asks_up()),
        is_book_fresh=not desk.is_stale(book_topic(ticker)),
        stale_reason="" if book is None else book.stale_reason,
        feed_age_ns=_age_ns(desk),
        position=desk.position(ticker),
        orders=tuple(_orders(desk.replica, ticker)),
        cash=desk.cash,
        bounds=bounds_of(() if status is None else status.limits),
        is_roomy=is_roomy,
        usual_c=usual_c,
    )


def _age_ns(desk: Desk) -> Nanoseconds | None:
    age_s = desk.feed_age_s
    return None if age_s is None else int(age_s * SECOND_NS)


def _orders(replica: Replica, ticker: str) -> Iterable[OrderRow]:
    for orders in (replica.desk.orders, replica.desk.ended):
        yield from (order for order in orders.values() if order.ticker == ticker)


def known_order(replica: Replica, client_order_id: str) -> OrderRow | None:
    """What the engine's picture has of an order, working or lately ended."""
    return replica.desk.orders.get(client_order_id) or replica.desk.ended.get(client_order_id)


def bounds_of(rows: Iterable[LimitRow]) -> Bounds:
    """The engine's rows of limits: those that bound one order, and the rest with what is used of them."""
    found: dict[str, int] = {}
    others = []
    for row in rows:
        if row.used is not None:
            others.append(Left(row.name, row.unit, row.limit, row.used))
            continue
        field = _FIELDS.get((row.name.partition("_")[0], row.unit)) or _NEAR.get(row.name)
        if field is not None:
            found[field] = row.limit
    return Bounds(**found, others=tuple(others))


_FIELDS = {
    ("order", "count"): "order_count_c",
    ("order", "ud"): "order_loss_ud",
    ("collar", "bp"): "collar_bp",
}
_NEAR = {"near_low": "near_low_bp", "near_high": "near_high_bp"}
"""By the first word of a row's name and its unit, or by its name."""
