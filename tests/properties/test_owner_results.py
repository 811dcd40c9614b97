"""What each owner made adds up to what the market made, however the fills arrive."""

from __future__ import annotations

import random

from core_bench import TICKER
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.changes import Change
from engine.core.facts.money import FillBooked, PositionAdopted, SettlementBooked
from engine.core.facts.orders import EXTERNAL, MANUAL
from engine.core.holdings import OwnerResult, PositionRecord
from engine.core.money import MoneyState, fold
from engine.domain.fill import Fill
from engine.domain.market import Outcome
from engine.domain.order import BookSide
from engine.domain.position import position_of
from engine.domain.units import CONTRACT_BP
from engine.domain.venue import Settlement

OWNERS = (MANUAL, EXTERNAL, "gbm-edge")


@st.composite
def histories(draw: st.DrawFn) -> list[FillBooked]:
    return [
        FillBooked(
            Fill(
                trade_id=f"trade-{number}",
                order_id=f"order-{number % 4}",
                ticker=TICKER,
                side=draw(st.sampled_from(BookSide)),
                price_bp=draw(st.integers(1, 9_999)),
                count_c=draw(st.integers(1, 5_000)),
                fee_ud=draw(st.integers(0, 90_000)),
                is_taker=True,
                at_ns=draw(st.integers(0, 5)),
            ),
            draw(st.sampled_from(OWNERS)),
        )
        for number in range(draw(st.integers(1, 20)))
    ]


def paid(value_bp: int) -> SettlementBooked:
    settlement = Settlement(
        ticker=TICKER,
        event_ticker="KXT-26NOV20",
        result=Outcome.SCALAR,
        result_text="scalar",
        yes_c=0,
        yes_cost_ud=0,
        no_c=0,
        no_cost_ud=0,
        revenue_ud=0,
        value_bp=value_bp,
        fee_ud=0,
        settled_ns=9,
        exchange_index=0,
    )
    return SettlementBooked(settlement, value_bp, 9)


def assert_adds_up(state: MoneyState) -> None:
    held = state.positions[TICKER]
    results = held.by_owner.values()
    assert sum(result.realised_ud for result in results) == held.position.realised_ud
    assert sum(result.fees_ud for result in results) == held.position.fees_ud


def results(state: MoneyState) -> tuple[dict[str, OwnerResult], str]:
    held: PositionRecord = state.positions[TICKER]
    return held.by_owner, held.owner


@settings(derandomize=True, max_examples=300)
@given(fills=histories(), seed=st.integers(0, 2**32), value_bp=st.integers(0, CONTRACT_BP))
def test_owners_add_up_in_any_order_with_any_repetition(
    fills: list[FillBooked], seed: int, value_bp: int
) -> None:
    chance = random.Random(seed)
    noisy: list[Change] = [*fills, *chance.choices(fills, k=5)]
    chance.shuffle(noisy)
    noisy.insert(chance.randrange(len(noisy) + 1), paid(value_bp))
    straight = fold([*fills, paid(value_bp)])
    shuffled = fold(noisy)
    assert_adds_up(shuffled)
    assert results(shuffled) == results(straight)
    whole = position_of(TICKER, [booked.fill for booked in fills]).settled(value_bp)
    assert shuffled.positions[TICKER].position == whole


@settings(derandomize=True, max_examples=300)
@given(
    fills=histories(),
    seed=st.integers(0, 2**32),
    count_c=st.integers(-2_000, 2_000),
    at=st.integers(0, 5),
)
def test_owners_add_up_through_an_adoption(fills: list[FillBooked], seed: int, count_c: int, at: int) -> None:
    chance = random.Random(seed)
    noisy: list[Change] = [*fills, *chance.choices(fills, k=5)]
    chance.shuffle(noisy)
    noisy.insert(chance.randrange(len(noisy) + 1), PositionAdopted(TICKER, count_c, 4_000, at))
    assert_adds_up(fold(noisy))


def booked(number: int, side: BookSide, price_bp: int, count_c: int, owner: str) -> FillBooked:
    fill = Fill(f"t{number}", f"o{number}", TICKER, side, price_bp, count_c, 1_000, True, number)
    return FillBooked(fill, owner)


def test_a_close_by_hand_realises_for_the_strategy_whose_position_it_was() -> None:
    state = fold(
        [
            booked(1, BookSide.BID, 6_000, 1_000, "gbm-edge"),
            booked(2, BookSide.ASK, 4_500, 1_000, MANUAL),
        ]
    )
    assert state.positions[TICKER].by_owner == {
        "gbm-edge": OwnerResult(-1_500_000, 1_000),
        MANUAL: OwnerResult(0, 1_000),
    }


def test_a_fill_that_turns_the_position_closes_for_the_one_and_opens_for_the_other() -> None:
    state = fold(
        [
            booked(1, BookSide.BID, 4_000, 500, EXTERNAL),
            booked(2, BookSide.ASK, 5_000, 800, MANUAL),
            booked(3, BookSide.BID, 4_500, 300, "gbm-edge"),
        ]
    )
    held = state.positions[TICKER]
    assert {owner: result.realised_ud for owner, result in held.by_owner.items()} == {
        EXTERNAL: 500_000,
        MANUAL: 150_000,
        "gbm-edge": 0,
    }


def test_a_fill_that_comes_late_changes_whose_the_result_was() -> None:
    """The strategy opened before the person closed, although its fill was told last."""
    opening = booked(1, BookSide.BID, 5_000, 500, "gbm-edge")
    closing = booked(2, BookSide.ASK, 7_000, 500, MANUAL)
    state = fold([closing, opening])
    assert state.positions[TICKER].by_owner["gbm-edge"].realised_ud == 1_000_000
    assert state.positions[TICKER].by_owner[MANUAL].realised_ud == 0
