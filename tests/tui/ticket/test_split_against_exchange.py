"""What REVIEW says fills now, rests and costs is what the sandbox's core then does."""

from __future__ import annotations

from exchange_world import ASK, BID, limit, world
from hypothesis import given, settings
from hypothesis import strategies as st
from ticket_scene import scene

from console.tui.ticket.review import review
from console.tui.ticket.ticket import Ticket, place_order
from engine.control.rows.orders import OrderRow
from engine.domain.fee import FeeRounding, FeeSchedule, FeeType
from engine.domain.order import BookSide, Leg, OrderState, TimeInForce, VenueOrderStatus, book_order
from engine.sandbox.core.refusal import Refusal

FEES = st.builds(
    FeeSchedule,
    st.sampled_from([FeeType.QUADRATIC, FeeType.QUADRATIC_WITH_MAKER_FEES]),
    st.just(1_000_000),
    st.sampled_from(FeeRounding),
)
OFFERS = st.lists(
    st.tuples(st.sampled_from(BookSide), st.integers(1, 99), st.integers(1, 1_500)),
    max_size=8,
    unique_by=lambda offer: offer[1],
)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    offers=OFFERS,
    own=st.none() | st.tuples(st.sampled_from(BookSide), st.integers(1, 99), st.integers(1, 500)),
    leg=st.sampled_from(Leg),
    cents=st.integers(1, 99),
    count_c=st.integers(1, 3_000),
    life=st.sampled_from(TimeInForce),
    fees=FEES,
)
def test_fills_and_fees_are_those_of_the_exchange(
    offers: list[tuple[BookSide, int, int]],
    own: tuple[BookSide, int, int] | None,
    leg: Leg,
    cents: int,
    count_c: int,
    life: TimeInForce,
    fees: FeeSchedule,
) -> None:
    exchange = world(fees=fees, cash_dollars=1_000_000)
    for side, at, size in offers:
        if not _would_cross(exchange, side, at * 100):
            exchange.create_order("bob", limit(side, at * 100, size))
    mine = _own_order(exchange, own)
    levels = exchange.markets["M"].levels
    there = scene(
        ticker="M",
        bids=tuple(levels.bids_down()),
        asks=tuple(levels.asks_up()),
        orders=mine,
        fees=fees,
    )
    ticket = Ticket("M", leg, count_c=count_c, price_bp=cents * 100, time_in_force=life)
    found = review(ticket, there)
    body = place_order(ticket, "mine", opens=True)
    side, price_bp = book_order(body.leg, buys=body.buys, price_bp=body.price_bp)
    try:
        placement = exchange.create_order(
            "ann", limit(side, price_bp, count_c, time_in_force=life, client_order_id="mine")
        )
    except Refusal:
        assert life is TimeInForce.FILL_OR_KILL
        assert found.split.filled_c == 0
        return
    split = found.split
    prices = [fill.price_bp if leg is Leg.YES else 10_000 - fill.price_bp for fill in placement.fills]
    fills = list(zip(prices, [fill.count_c for fill in placement.fills], strict=True))
    order = placement.order
    if split.own_bp is None:
        assert list(split.fills) == fills
        assert split.rests_c == order.remaining_c
        assert found.figures.taker_fee_ud == sum(fill.fee_ud for fill in placement.fills)
    else:
        # Where our own order stands in its level is not known; what is better than it fills for certain.
        assert fills[: len(split.fills)] == list(split.fills)
        assert order.remaining_c == 0
        assert order.status is not VenueOrderStatus.RESTING


def _would_cross(exchange: object, side: BookSide, price_bp: int) -> bool:
    return bool(exchange.markets["M"].queue.crosses(side, price_bp))  # type: ignore[attr-defined]


def _own_order(exchange: object, own: tuple[BookSide, int, int] | None) -> tuple[OrderRow, ...]:
    if own is None or _would_cross(exchange, own[0], own[1] * 100):
        return ()
    side, at, size = own
    exchange.create_order("ann", limit(side, at * 100, size))  # type: ignore[attr-defined]
    return (
        OrderRow(
            client_order_id="before",
            ticker="M",
            owner="manual",
            leg=Leg.YES,
            buys=side is BID,
            price_bp=at * 100,
            count_c=size,
            state=OrderState.RESTING,
            remaining_c=size,
            intended_ns=0,
            updated_ns=0,
        ),
    )


def test_both_sides_were_tried() -> None:
    """The mirror of a leg is the other side of the book."""
    assert Ticket("M", Leg.NO, price_bp=4_300).side is ASK
    assert Ticket("M", Leg.NO, price_bp=4_300).yes_price_bp == 5_700
