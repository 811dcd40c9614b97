"""Orders as they are read: list, one, queue positions, and the value that rests."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.domain.order import VenueOrderStatus
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.sandbox.core.orders import Order
from engine.sandbox.server.answers import json_response, not_found
from engine.sandbox.server.auth import require_caller
from engine.sandbox.server.rest.context import cutoff_ns, desk_of, exchange_of
from engine.sandbox.server.rest.paging import newest_first
from engine.sandbox.server.rest.projection import count_of
from engine.sandbox.server.rest.projection_portfolio import leg_value_ud, order_shape, whole_cents
from engine.sandbox.server.rest.query import Query, query_refusal
from engine.wire.orders import OrderAnswer, OrderPage, QueuePosition, QueuePositionAnswer, QueuePositions
from engine.wire.portfolio import RestingOrderValue

TICKERS_MAX = 100
STATUS_WORDS = frozenset(status.value for status in VenueOrderStatus)


def is_historical(order: Order, cutoff: Nanoseconds) -> bool:
    """Whether an order ended, and changed last before the cutoff."""
    return order.status is not VenueOrderStatus.RESTING and order.updated_ns < cutoff


async def list_orders(request: Request) -> Response:
    return await order_page(request, Query(request, "GetOrders"), historical=False)


async def order_page(request: Request, query: Query, *, historical: bool) -> Response:
    """Newest first. Times are of creation in the live tier, of the last change in the historical one."""
    caller = await require_caller(request, "read")
    limit = query.limit()
    wanted = _order_filter(request, query, historical=historical)
    page, cursor = newest_first(
        "historical_orders" if historical else "orders",
        desk_of(request).orders.of(caller.account_id),
        query.text("cursor"),
        limit,
        wanted,
    )
    return json_response(OrderPage(orders=[order_shape(order) for order in page], cursor=cursor))


def _order_filter(request: Request, query: Query, *, historical: bool) -> Callable[[Order], bool]:
    query.refuse_other_subaccounts()
    status = query.text("status")
    if status is not None and status not in STATUS_WORDS:
        raise query_refusal("invalid status filter")
    tickers = frozenset(query.csv("ticker", TICKERS_MAX))
    events = frozenset(query.csv("event_ticker", TICKERS_MAX))
    min_ns, max_s = query.time_ns("min_ts"), query.integer("max_ts", minimum=0)
    max_ns = None if max_s is None else (max_s + 1) * SECOND_NS - 1
    shard, markets, cutoff = query.shard(), exchange_of(request).markets, cutoff_ns(request)

    def wanted(order: Order) -> bool:
        at_ns = order.updated_ns if historical else order.created_ns
        return (
            (not tickers or order.ticker in tickers)
            and (not events or markets[order.ticker].event_ticker in events)
            and (status is None or order.status.value == status)
            and (min_ns is None or at_ns >= min_ns)
            and (max_ns is None or at_ns <= max_ns)
            and shard in (None, order.exchange_index)
            and is_historical(order, cutoff) is historical
        )

    return wanted


async def one_order(request: Request) -> Response:
    caller = await require_caller(request, "read")
    order_id = request.path_params["order_id"]
    order = exchange_of(request).orders.get(order_id)
    if order is None or order.account_id != caller.account_id:
        raise not_found(f"order_id: got {order_id}")
    return json_response(OrderAnswer(order=order_shape(order)))


async def queue_position(request: Request) -> Response:
    caller = await require_caller(request, "read")
    ahead_c = exchange_of(request).queue_position_c(caller.account_id, request.path_params["order_id"])
    return json_response(QueuePositionAnswer(queue_position_fp=count_of(ahead_c)))


async def queue_positions(request: Request) -> Response:
    """Of every resting order in the markets named, or in the event's; one of the two is needed."""
    caller = await require_caller(request, "read")
    query, exchange = Query(request, "GetOrderQueuePositions"), exchange_of(request)
    query.refuse_other_subaccounts()
    tickers, event_ticker = set(query.csv("market_tickers")), query.text("event_ticker")
    if not tickers and event_ticker is None:
        raise query_refusal("wanted market_tickers or event_ticker")
    if event_ticker is not None:
        tickers.update(record.ticker for record in exchange.markets_of(event_ticker))
    resting = exchange.accounts[caller.account_id].resting.values()
    return json_response(
        QueuePositions(
            queue_positions=[
                QueuePosition(
                    order_id=order.order_id,
                    market_ticker=order.ticker,
                    queue_position_fp=count_of(exchange.queue_position_c(caller.account_id, order.order_id)),
                )
                for order in resting
                if order.ticker in tickers
            ]
        )
    )


async def resting_value(request: Request) -> Response:
    """What the resting orders would cost if they filled, in prices of the legs they buy; whole cents."""
    caller = await require_caller(request, "read")
    by_shard: dict[int, int] = {}
    for order in exchange_of(request).accounts[caller.account_id].resting.values():
        value_ud = leg_value_ud(order.side, order.price_bp, order.remaining_c)
        by_shard[order.exchange_index] = by_shard.get(order.exchange_index, 0) + value_ud
    return json_response(
        RestingOrderValue(
            total_resting_order_value=whole_cents(sum(by_shard.values())),
            resting_order_value_breakdown=[
                {"exchange_index": index, "resting_order_value": whole_cents(by_shard[index])}
                for index in sorted(by_shard)
            ],
        )
    )


routes = [
    Route("/portfolio/orders", list_orders, methods=["GET"]),
    Route("/portfolio/orders/queue_positions", queue_positions),
    Route("/portfolio/orders/{order_id}", one_order, methods=["GET"]),
    Route("/portfolio/orders/{order_id}/queue_position", queue_position),
    Route("/portfolio/summary/total_resting_order_value", resting_value),
]
