"""REVIEW: what fills, what it costs, what it does to the position, and what forbids or advises."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as row_with
from ticket_scene import BOUNDS, NOW, buy, held, own_order, scene, sell

from console.tui.ticket.drafting import first_draft
from console.tui.ticket.looking import bounds_of
from console.tui.ticket.prefill import Prefill
from console.tui.ticket.review import Review, review
from console.tui.ticket.scene import Scene
from console.tui.ticket.ticket import Ticket, Verb, place_order
from engine.control.rows.risk import LimitRow
from engine.domain.fee import FeeRounding, FeeSchedule, FeeType
from engine.domain.market import MarketStatus
from engine.domain.order import BookSide, Leg, OrderState, TimeInForce
from engine.domain.plan import ExitCause
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import CONTRACT_BP, DOLLAR_UD, SECOND_NS

IOC, FOK = TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL


def codes(found: Review) -> list[str]:
    return [notice.code for notice in found.blocks]


def warned(found: Review) -> list[str]:
    return [notice.code for notice in found.warnings]


def test_an_entry_fills_what_is_offered_and_rests_the_remainder_at_its_limit() -> None:
    found = review(buy(count_c=700, price_bp=5_800), scene())
    assert (found.split.fills, found.split.rests_c) == (((5_800, 300),), 400)
    figures = found.figures
    assert figures.cost_ud == 700 * 5_800
    assert (figures.taker_fee_ud, figures.maker_fee_ud) == (51_200, 0)
    assert figures.most_fee_ud == 119_400
    assert figures.max_loss_ud == 700 * 5_800 + 119_400  # all of it as a taker, should the book come nearer
    assert figures.max_gain_ud == 700 * CONTRACT_BP - 700 * 5_800 - 51_200
    assert figures.break_even_bp == 5_874  # (4.06 + 0.0512) / 7, rounded up
    assert (found.effect.after_leg, found.effect.after_c) == (Leg.YES, 700)
    assert found.opens
    assert found.can_be_sent


def test_what_may_only_rest_has_no_takers_fee_in_its_worst() -> None:
    figures = review(replace(buy(count_c=400, price_bp=5_700), post_only=True), scene()).figures
    assert (figures.fee_ud, figures.most_fee_ud, figures.max_loss_ud) == (0, 0, 400 * 5_700)


def test_a_series_with_maker_fees_charges_the_part_that_rests() -> None:
    fees = FeeSchedule(FeeType.QUADRATIC_WITH_MAKER_FEES)
    figures = review(buy(count_c=700, price_bp=5_800), scene(fees=fees)).figures
    assert figures.maker_fee_ud == fees.fee_ud(5_800, 400, is_taker=False) > 0


def test_a_close_sells_through_the_book_and_tells_what_it_realises() -> None:
    found = review(sell(count_c=800, time_in_force=IOC), scene(position=held(), is_armed=False))
    assert found.split.fills == ((5_600, 500), (5_500, 300))
    assert found.figures.brings_ud == 500 * 5_600 + 300 * 5_500
    assert found.figures.realised_ud == found.figures.brings_ud - 5_200_000 * 8 // 10
    assert found.figures.max_loss_ud is None
    assert (found.effect.after_leg, found.effect.after_c) == (Leg.YES, 200)
    assert not found.opens
    assert found.can_be_sent  # arming is for what adds risk


@pytest.mark.parametrize(
    "trouble",
    [
        {"is_book_fresh": False},
        {"feed_age_ns": None},
        {"mode": "HALTED"},
        {"cash": None},
        {"is_armed": False},
        {"is_roomy": False},
        {"facts": None},
        {"status": MarketStatus.INACTIVE},
        {"is_ready": False},
    ],
)
def test_nothing_but_a_wrong_size_stops_a_close_while_it_stops_an_entry(trouble: dict[str, object]) -> None:
    if trouble == {"facts": None}:
        trouble = {"grid": None, "fees": None, "shard": None, "status": None}
    assert review(sell(count_c=1_000, time_in_force=IOC), scene(position=held(), **trouble)).can_be_sent
    assert not review(buy(), scene(**trouble)).can_be_sent


def test_buying_the_other_leg_of_what_is_held_is_a_close_by_another_name() -> None:
    found = review(buy(Leg.NO, 400, 4_400), scene(position=held(), is_armed=False))
    assert not found.opens
    assert (found.effect.closes_c, found.effect.opens_c) == (400, 0)
    assert (found.effect.after_leg, found.effect.after_c) == (Leg.YES, 600)
    assert found.figures.brings_ud == 400 * 5_600
    assert found.can_be_sent


def test_a_flip_needs_the_word() -> None:
    ticket = buy(Leg.NO, 700, 4_500)
    there = scene(position=held(count_c=500, cost_ud=2_600_000))
    assert codes(review(ticket, there)) == ["WOULD_FLIP"]
    found = review(buy(Leg.NO, 700, 4_500, flip=True), there)
    assert found.can_be_sent
    assert found.opens
    assert "FLIPS" in warned(found)
    assert (found.effect.closes_c, found.effect.opens_c, found.effect.after_leg) == (500, 200, Leg.NO)
    assert found.figures.cost_ud == 200 * 4_500
    assert found.figures.brings_ud == 500 * 5_600


def test_what_working_orders_take_off_is_not_closed_twice() -> None:
    closing = own_order(buys=False, opens=False, price_bp=7_000, count_c=800, remaining_c=800)
    there = scene(position=held(), orders=(closing,))
    assert codes(review(sell(count_c=300), there)) == ["NOT_REDUCING"]
    assert review(sell(count_c=200), there).can_be_sent
    assert codes(review(buy(Leg.NO, 300, 4_400), there)) == ["WOULD_FLIP"]


@pytest.mark.parametrize("leg", [Leg.YES, Leg.NO])
def test_a_position_whose_take_profit_rests_is_closed_whole(leg: Leg) -> None:
    """The engine takes the profit back first; a desk that counts it as spoken for has no way out."""
    profit = own_order(
        leg=leg,
        buys=False,
        opens=False,
        price_bp=7_200,
        count_c=1_000,
        remaining_c=1_000,
        exit_cause=ExitCause.TAKE_PROFIT,
    )
    there = scene(position=held(leg), orders=(profit,), is_armed=False)
    assert (there.free_c, first_draft(there.ticker, Prefill(Verb.CLOSE), there).ticket.count_c) == (
        1_000,
        1_000,
    )
    bid_bp = there.selling(leg)[-1][0]
    found = review(sell(leg, 1_000, bid_bp, time_in_force=IOC), there)
    assert found.can_be_sent
    assert (found.effect.closes_c, found.effect.after_leg) == (1_000, None)
    assert [notice.text for notice in found.warnings] == [
        "the take profit that rests at 72 is taken back first"
    ]
    taken = row_with(profit, time_in_force=IOC)
    assert scene(position=held(leg), orders=(taken,)).free_c == 0, "one that is on its way out sells already"


def test_an_own_order_in_the_way_ends_the_matching_and_cancels_the_rest() -> None:
    own = own_order(leg=Leg.NO, buys=True, price_bp=4_200, remaining_c=100)  # an ask at 58
    found = review(buy(count_c=700, price_bp=5_900), scene(orders=(own,)))
    assert (found.split.filled_c, found.split.rests_c, found.split.canceled_c) == (0, 0, 700)
    assert "OWN_ORDER" in warned(found)


def test_each_thing_that_the_gate_would_refuse_is_named_beforehand() -> None:
    cases: list[tuple[str, Ticket, Scene]] = [
        ("COUNT_NOT_POSITIVE", buy(count_c=0), scene()),
        ("NO_PRICE", buy(price_bp=None), scene()),
        ("OFF_GRID", buy(price_bp=5_850), scene()),
        ("OFFLINE", buy(), scene(is_attached=False)),
        ("NOT_ALLOWED", buy(), scene(is_observing=True)),
        ("NOT_READY", buy(), scene(is_ready=False)),
        ("ENTRIES_OFF", buy(), scene(mode="NO_NEW_ENTRIES")),
        ("ENTRIES_OFF", buy(), scene(entries_stopped="daily loss")),
        ("MARKET_NOT_ACTIVE", buy(), scene(status=MarketStatus.CLOSED)),
        ("MARKET_CLOSING", buy(), scene(close_ns=NOW)),
        ("ORDER_COUNT", buy(count_c=1_100, price_bp=400), scene(asks=((400, 2_000),), bids=())),
        ("ORDER_DOLLARS", buy(count_c=900), scene()),
        ("STALE_BOOK", buy(), scene(feed_age_ns=2 * SECOND_NS + 1)),
        ("COLLAR", buy(count_c=100, price_bp=6_200), scene()),
        ("FAR_PRICE", buy(count_c=100, price_bp=200), scene()),
        ("LOOKS_DUPLICATE", buy(), scene(orders=(_just_sent(),))),
        ("NO_CASH_KNOWN", buy(), scene(cash=None)),
        ("INSUFFICIENT_BALANCE", buy(), _poor(0, 0)),
        ("INSUFFICIENT_SHARD_CASH", buy(), _poor(9 * DOLLAR_UD, 0)),
        ("NOT_ARMED", buy(), scene(is_armed=False)),
        ("NOT_ARMED", buy(), scene(is_armed=False, armed_by="console-2")),
        ("BAD_PLAN", buy(take_profit="-20"), scene()),
        ("BAD_PLAN", buy(take_profit="+60"), scene()),
        ("BAD_PLAN", buy(stop_loss="+1"), scene()),
        ("BAD_PLAN", buy(stop_loss="0.6"), scene()),
        ("POST_ONLY_CROSSES", buy(post_only=True), scene()),
        ("TOO_SMALL", buy(), scene(is_roomy=False)),
        ("NO_POSITION", sell(), scene()),
    ]
    for code, ticket, there in cases:
        found = review(ticket, there)
        assert codes(found) == [code], (code, found.blocks)
        assert all(notice.text for notice in found.blocks)


def _just_sent() -> object:
    return own_order(
        price_bp=5_900, count_c=500, state=OrderState.FILLED, remaining_c=0, intended_ns=NOW - 9 * SECOND_NS
    )


def _poor(all_ud: int, shard_ud: int) -> Scene:
    rich = scene().cash
    assert rich is not None
    return scene(cash=row_with(rich, cash_ud=all_ud, by_shard_ud={0: shard_ud}))


def test_the_words_that_lift_a_refusal_lift_it() -> None:
    assert review(buy(again=True), scene(orders=(_just_sent(),))).can_be_sent
    assert review(buy(count_c=100, price_bp=200, far=True), scene()).can_be_sent
    assert review(buy(price_bp=5_700, post_only=True), scene()).can_be_sent


def test_identical_orders_of_the_last_minute_are_counted() -> None:
    older = own_order(2, price_bp=5_900, count_c=500, intended_ns=NOW - 50 * SECOND_NS, remaining_c=0)
    found = review(buy(), scene(orders=(older, _just_sent())))
    assert found.identical == 2


def test_warnings_name_what_a_person_should_know() -> None:
    assert "CLOSING_SOON" in warned(review(buy(), scene(close_ns=NOW + 119 * SECOND_NS)))
    assert "CLOSING_SOON" not in warned(review(buy(), scene(close_ns=NOW + 121 * SECOND_NS)))
    assert "LARGE" in warned(review(buy(count_c=500), scene()))
    assert "LARGE" not in warned(review(buy(count_c=500), scene(usual_c=500)))
    assert "KILLED" in warned(review(buy(count_c=700, price_bp=5_800, time_in_force=FOK), scene()))
    assert "PART_CANCELED" in warned(review(buy(count_c=700, price_bp=5_800, time_in_force=IOC), scene()))
    assert "LIMITS_UNKNOWN" in warned(review(buy(), scene(bounds=type(BOUNDS)())))
    assert "TAKES_OVER" in warned(review(buy(), scene(position=held(owner="timesfm-no"))))


def test_a_review_has_moved_by_its_split_its_position_or_more_than_a_cent() -> None:
    first = review(buy(count_c=300, price_bp=5_900), scene())
    assert not review(first.ticket, scene(asks=((5_900, 900),))).has_moved(first)
    assert review(first.ticket, scene(asks=((5_690, 900),))).has_moved(first)
    assert review(first.ticket, scene(asks=((5_900, 200),))).has_moved(first)
    assert review(first.ticket, scene(position=held())).has_moved(first)


def test_a_command_is_made_of_a_whole_ticket_only() -> None:
    with pytest.raises(ValueError, match="wanted both"):
        place_order(buy(price_bp=None), "x", opens=True)
    made = place_order(buy(Leg.NO, 400, 4_400, again=True, far=True, time_in_force=IOC), "x", opens=False)
    assert (made.leg, made.buys, made.price_bp, made.opens, made.again) == (Leg.NO, True, 4_400, False, True)


levels = st.dictionaries(st.integers(1, 99), st.integers(1, 2_000), max_size=6)


@st.composite
def books(draw: st.DrawFn) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """Bids and asks that do not cross, best first."""
    middle = draw(st.integers(1, 99))
    counts = st.integers(1, 2_000)
    bids = draw(st.dictionaries(st.integers(1, middle), counts, max_size=6))
    asks = draw(st.dictionaries(st.integers(middle + 1, 100), counts, max_size=6))
    asks.pop(100, None)
    return (
        tuple((cents * 100, count) for cents, count in sorted(bids.items(), reverse=True)),
        tuple((cents * 100, count) for cents, count in sorted(asks.items())),
    )


tickets = st.builds(
    Ticket,
    st.just(scene().ticker),
    st.sampled_from(Leg),
    st.sampled_from(Verb),
    st.integers(1, 3_000),
    st.integers(1, 99).map(lambda cents: cents * 100),
    st.sampled_from(TimeInForce),
)


@settings(derandomize=True, max_examples=200)
@given(books(), tickets)
def test_yes_and_no_mirror_each_other(book: tuple[object, object], ticket: Ticket) -> None:
    """Buying NO at q is an ask at 10,000 - q; turning legs and book over changes no figure of an entry."""
    bids, asks = book
    assert ticket.yes_price_bp is not None
    if ticket.leg is Leg.NO:
        assert ticket.yes_price_bp == CONTRACT_BP - (ticket.price_bp or 0)
        assert ticket.side is (BookSide.ASK if ticket.buys else BookSide.BID)
    there = scene(bids=bids, asks=asks)
    turned = scene(
        bids=tuple((CONTRACT_BP - p, c) for p, c in asks), asks=tuple((CONTRACT_BP - p, c) for p, c in bids)
    )
    other = Leg.NO if ticket.leg is Leg.YES else Leg.YES
    mirrored = Ticket(
        ticket.ticker, other, ticket.verb, ticket.count_c, ticket.price_bp, ticket.time_in_force
    )
    first, second = review(ticket, there), review(mirrored, turned)
    assert first.split == second.split
    assert first.figures == second.figures
    assert codes(first) == codes(second)


@settings(derandomize=True, max_examples=200)
@given(books(), tickets, st.sampled_from(FeeRounding), st.integers(-2_000, 2_000))
def test_the_figures_of_an_order_add_up(
    book: tuple[object, object], ticket: Ticket, rounding: FeeRounding, position_c: int
) -> None:
    bids, asks = book
    leg = Leg.YES if position_c > 0 else Leg.NO
    position = held(leg, abs(position_c), abs(position_c) * 4_000) if position_c else None
    found = review(
        ticket, scene(bids=bids, asks=asks, position=position, fees=FeeSchedule(rounding=rounding))
    )
    split, effect, figures = found.split, found.effect, found.figures
    assert split.filled_c + split.rests_c + split.canceled_c == ticket.count_c
    assert effect.closes_c + effect.opens_c == split.filled_c + split.rests_c
    assert effect.after_c >= 0
    assert (effect.after_leg is None) == (effect.after_c == 0)
    assert figures.fee_ud is not None
    if effect.opens_c and not effect.closes_c:
        assert figures.max_loss_ud is not None
        assert figures.max_gain_ud is not None
        assert figures.break_even_bp is not None
        assert figures.max_loss_ud >= figures.cost_ud + figures.fee_ud
        if split.rests_c and ticket.buys and ticket.price_bp is not None:
            at_limit_ud = ticket.price_bp * effect.opens_c
            assert figures.most_fee_ud is not None
            assert figures.max_loss_ud <= at_limit_ud + figures.most_fee_ud, "the worst has no fee of its own"
        assert figures.cost_ud + figures.fee_ud + figures.max_gain_ud == effect.opens_c * CONTRACT_BP
        even_ud = figures.break_even_bp * effect.opens_c
        assert 0 <= even_ud - figures.cost_ud - figures.fee_ud < effect.opens_c


def test_a_finer_grid_is_the_grid_of_the_leg() -> None:
    tapered = scene(grid=STRUCTURES["tapered_deci_cent"], asks=((9_510, 500),), bids=((9_500, 900),))
    assert review(buy(Leg.NO, 100, 490), tapered).can_be_sent
    assert codes(review(buy(Leg.NO, 100, 495), tapered)) == ["OFF_GRID"]


def test_limits_come_from_the_rows_of_the_engine() -> None:
    rows = (
        LimitRow("order_count", "count", 1_000),
        LimitRow("order_loss", "ud", 5 * DOLLAR_UD),
        LimitRow("collar", "bp", 300),
        LimitRow("near_low", "bp", 300),
        LimitRow("near_high", "bp", 9_700),
        LimitRow("market_loss", "ud", 10 * DOLLAR_UD, 4 * DOLLAR_UD),
        LimitRow("entries_a_minute", "times", 6, 7),
    )
    bounds = bounds_of(rows)
    assert msgspec.structs.replace(bounds, others=()) == BOUNDS
    assert [(other.name, other.left) for other in bounds.others] == [
        ("market_loss", 6 * DOLLAR_UD),
        ("entries_a_minute", 0),
    ]
