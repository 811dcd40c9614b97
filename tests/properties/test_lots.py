"""FIFO lots lose no contract and no micro-dollar, whatever was traded and paid."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.fill import Fill
from engine.domain.order import BookSide, Leg
from engine.domain.units import CONTRACT_BP
from engine.research.account.lots import Lots, Payout, lots_of
from engine.sandbox.core.accounts import Holding

TICKERS = ("A", "B")
_drafts = st.tuples(
    st.sampled_from(TICKERS),
    st.sampled_from(BookSide),
    st.integers(1, CONTRACT_BP - 1),
    st.integers(1, 2_500),
    st.integers(0, 70_000),
    st.booleans(),
)
_payouts = st.dictionaries(st.sampled_from(TICKERS), st.integers(0, CONTRACT_BP), max_size=2)


@st.composite
def _lives(draw: st.DrawFn) -> tuple[list[Fill], dict[str, Payout]]:
    drafts = draw(st.lists(_drafts, max_size=30))
    fills = [
        Fill(f"t{n}", f"o{n}", ticker, side, price, count, fee, taker, n)
        for n, (ticker, side, price, count, fee, taker) in enumerate(drafts)
    ]
    return fills, {ticker: Payout(value, 1_000) for ticker, value in draw(_payouts).items()}


def _net_ud(lots: Lots) -> int:
    """What all of it brought, as if what is open were worth nothing."""
    return sum(lot.gain_ud for lot in lots.closed) - sum(lot.cost_ud + lot.fee_ud for lot in lots.still_open)


@settings(derandomize=True, max_examples=60)
@given(_lives())
def test_contracts_are_conserved(life: tuple[list[Fill], dict[str, Payout]]) -> None:
    fills, payouts = life
    lots = lots_of(fills, payouts)
    parts = dict.fromkeys((fill.trade_id for fill in fills), 0)
    for lot in lots.closed:
        assert lot.count_c > 0
        parts[lot.opening.trade_id] += lot.count_c
        if lot.closing is not None:
            parts[lot.closing.trade_id] += lot.count_c
            assert lot.closing.side is not lot.opening.side
            assert lot.closing.at_ns > lot.opening.at_ns
    for held in lots.still_open:
        parts[held.fill.trade_id] += held.count_c
    assert parts == {fill.trade_id: fill.count_c for fill in fills}, "each contract opens or closes, once"
    for ticker in TICKERS:
        signed = sum(fill.signed_count_c for fill in fills if fill.ticker == ticker)
        left = [held for held in lots.still_open if held.ticker == ticker]
        assert sum(h.count_c if h.leg is Leg.YES else -h.count_c for h in left) == (
            0 if ticker in payouts else signed
        )


@settings(derandomize=True, max_examples=60)
@given(_lives())
def test_cash_is_conserved(life: tuple[list[Fill], dict[str, Payout]]) -> None:
    """Buying is paid, a dollar is set aside for a contract sold, a settlement pays: the same in sum."""
    fills, payouts = life
    cash_ud = 0
    held = dict.fromkeys(TICKERS, 0)
    for fill in fills:
        cash_ud -= fill.signed_count_c * fill.price_bp + fill.fee_ud
        held[fill.ticker] += fill.signed_count_c
    for ticker, count_c in held.items():
        if ticker in payouts:
            cash_ud += count_c * payouts[ticker].value_bp
        else:
            cash_ud -= max(0, -count_c) * CONTRACT_BP
    assert _net_ud(lots_of(fills, payouts)) == cash_ud


@settings(derandomize=True, max_examples=60)
@given(_lives())
def test_fees_are_shared_out_whole(life: tuple[list[Fill], dict[str, Payout]]) -> None:
    fills, payouts = life
    lots = lots_of(fills, payouts)
    shared = sum(lot.fees_ud for lot in lots.closed) + sum(held.fee_ud for held in lots.still_open)
    assert shared == sum(fill.fee_ud for fill in fills)
    assert all(lot.open_fee_ud >= 0 and lot.close_fee_ud >= 0 for lot in lots.closed)


@settings(derandomize=True, max_examples=60)
@given(_lives())
def test_the_first_in_goes_first(life: tuple[list[Fill], dict[str, Payout]]) -> None:
    fills, payouts = life
    lots = lots_of(fills, payouts)
    for ticker in TICKERS:
        opened = [lot.opening.at_ns for lot in lots.closed if lot.ticker == ticker]
        left = [held.fill.at_ns for held in lots.still_open if held.ticker == ticker]
        assert opened + left == sorted(opened + left)


@settings(derandomize=True, max_examples=60)
@given(_lives())
def test_results_are_those_of_the_exchange(life: tuple[list[Fill], dict[str, Payout]]) -> None:
    """It keeps average costs: the split differs while something is open, the sum never does."""
    fills, payouts = life
    holdings = {ticker: Holding(ticker, number) for number, ticker in enumerate(TICKERS)}
    for fill in fills:
        holdings[fill.ticker].add(fill.signed_count_c, fill.price_bp, fill.fee_ud, fill.at_ns)
    for ticker, payout in payouts.items():
        holdings[ticker].settle(payout.value_bp, payout.at_ns)
    theirs = sum(holding.realised_ud - holding.cost_ud - holding.fees_ud for holding in holdings.values())
    assert _net_ud(lots_of(fills, payouts)) == theirs
