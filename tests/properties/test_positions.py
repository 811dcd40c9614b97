"""A position is the sum of its fills: in any order, with any repetition, on either leg."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.fill import Fill
from engine.domain.order import BookSide
from engine.domain.position import ConflictingFill, Position, position_of
from engine.domain.units import CONTRACT_BP, complement

TICKER = "KXBTC-26AUG2016-B73250"


@st.composite
def histories(draw: st.DrawFn) -> list[Fill]:
    size = draw(st.integers(0, 25))
    return [
        Fill(
            trade_id=f"trade-{n}",
            order_id=f"order-{n % 4}",
            ticker=TICKER,
            side=draw(st.sampled_from(BookSide)),
            price_bp=draw(st.integers(1, 9_999)),
            count_c=draw(st.integers(1, 5_000)),
            fee_ud=draw(st.integers(0, 90_000)),
            is_taker=draw(st.booleans()),
            at_ns=draw(st.integers(0, 5)),
        )
        for n in range(size)
    ]


def mirrored(fill: Fill) -> Fill:
    return msgspec.structs.replace(fill, side=fill.side.opposite, price_bp=complement(fill.price_bp))


@settings(derandomize=True, max_examples=100)
@given(fills=histories(), seed=st.integers(0, 2**32))
def test_order_and_repetition_do_not_matter(fills: list[Fill], seed: int) -> None:
    chance = random.Random(seed)
    noisy = [*fills, *chance.choices(fills, k=10)] if fills else []
    chance.shuffle(noisy)
    assert position_of(TICKER, noisy) == position_of(TICKER, fills)


@settings(derandomize=True, max_examples=100)
@given(fills=histories())
def test_the_count_is_the_sum_and_the_money_adds_up(fills: list[Fill]) -> None:
    position = position_of(TICKER, fills)
    assert position.count_c == sum(f.signed_count_c for f in fills)
    assert position.fees_ud == sum(f.fee_ud for f in fills)
    assert position.traded_c == sum(f.count_c for f in fills)
    # Cash paid out, with a dollar held for each contract sold short, is cost less what was realised.
    cash = -sum(f.signed_count_c * f.price_bp for f in fills) + min(0, position.count_c) * CONTRACT_BP
    assert position.realised_ud - position.cost_ud == cash
    assert 0 <= position.cost_ud <= abs(position.count_c) * CONTRACT_BP


@settings(derandomize=True, max_examples=100)
@given(fills=histories(), settlement=st.integers(0, CONTRACT_BP))
def test_yes_and_no_are_exact_mirrors(fills: list[Fill], settlement: int) -> None:
    yes = position_of(TICKER, fills)
    no = position_of(TICKER, [mirrored(f) for f in fills])
    assert no == msgspec.structs.replace(yes, count_c=-yes.count_c)
    assert no.settled(complement(settlement)) == yes.settled(settlement)


@settings(derandomize=True, max_examples=100)
@given(fills=histories(), settlement=st.integers(0, CONTRACT_BP))
def test_settlement_realises_exactly_the_cash(fills: list[Fill], settlement: int) -> None:
    settled = position_of(TICKER, fills).settled(settlement)
    paid = -sum(f.signed_count_c * f.price_bp for f in fills)
    held = sum(f.signed_count_c for f in fills)
    assert settled.realised_ud == paid + held * settlement
    assert (settled.count_c, settled.cost_ud) == (0, 0)


def test_average_cost_of_a_partial_close() -> None:
    def fill(n: int, side: BookSide, price_bp: int, count_c: int) -> Fill:
        return Fill(str(n), "o", TICKER, side, price_bp, count_c, 0, True, n)

    fills = [fill(1, BookSide.BID, 4_000, 1_000), fill(2, BookSide.BID, 5_000, 1_000)]
    position = position_of(TICKER, [*fills, fill(3, BookSide.ASK, 6_000, 500)])
    assert position == Position(TICKER, 1_500, 6_750_000, 750_000, 0, 2_500)
    assert position.unrealised_ud(5_000) == 750_000
    flipped = position.with_fill(fill(4, BookSide.ASK, 5_000, 2_000))
    assert (flipped.count_c, flipped.cost_ud, flipped.realised_ud) == (-500, 2_500_000, 1_500_000)


def test_one_trade_id_with_two_contents_is_refused() -> None:
    fill = Fill("t", "o", TICKER, BookSide.BID, 4_000, 100, 0, True, 1)
    with pytest.raises(ConflictingFill, match="trade t"):
        position_of(TICKER, [fill, msgspec.structs.replace(fill, count_c=200)])
    later = msgspec.structs.replace(fill, at_ns=2)
    assert position_of(TICKER, [fill, later]).count_c == 100
