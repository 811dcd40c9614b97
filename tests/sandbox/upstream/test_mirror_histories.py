"""Random histories: whatever happens, nothing is shown or filled that the other exchange did not give."""

from __future__ import annotations

from collections import Counter

from exchange_world import ASK, BID, limit
from hypothesis import given, settings
from hypothesis import strategies as st
from mirror_bench import MirrorBench

from engine.domain.book import Book
from engine.domain.order import BookSide, TimeInForce
from engine.domain.units import DOLLAR_UD
from engine.sandbox.core.refusal import Refusal
from engine.sandbox.sources.upstream.ladder import MAKER

PRICES = st.integers(48, 52).map(lambda cents: cents * 100)
SIZES = st.integers(1, 40).map(lambda size: size * 50)
SIDES = st.sampled_from([BID, ASK])
STEPS = st.one_of(
    st.tuples(st.just("level"), SIDES, PRICES, st.integers(0, 40).map(lambda size: size * 50)),
    st.tuples(st.just("take"), SIDES, PRICES, SIZES),
    st.tuples(st.just("rest"), SIDES, PRICES, SIZES),
    st.tuples(st.just("print"), SIDES, PRICES, SIZES),
    st.tuples(st.just("cancel"), SIDES, PRICES, SIZES),
    st.tuples(st.just("silence"), SIDES, PRICES, st.integers(1, 70)),
)


class History:
    def __init__(self) -> None:
        self.bench = MirrorBench()
        self.bench.exchange.deposit("ann", 0, 100_000 * DOLLAR_UD)
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.printed: Counter[str] = Counter()
        self.put = Counter[tuple[bool, int]]()
        """All contracts that were ever put at a level over there."""

    def step(self, kind: str, side: BookSide, price_bp: int, size: int) -> None:
        bench = self.bench
        match kind:
            case "level":
                self._level(side, price_bp, size)
            case "take" | "rest":
                force = TimeInForce.IMMEDIATE_OR_CANCEL if kind == "take" else TimeInForce.GOOD_TILL_CANCELED
                try:
                    bench.exchange.create_order("ann", limit(side, price_bp, size, time_in_force=force))
                except Refusal:
                    return
                bench.tick()
            case "print":
                made = bench.prints(price_bp, size, side)
                self.printed[made.trade_id] = size
            case "cancel":
                bench.exchange.cancel_all("ann")
                bench.tick()
            case "silence":
                bench.silence(size)
                bench.tick()

    def _level(self, side: BookSide, price_bp: int, size: int) -> None:
        """Sets a level; what would cross it is gone first."""
        mine, other = (self.bids, self.asks) if side is BID else (self.asks, self.bids)
        if size:
            for price in [p for p in other if (p <= price_bp if side is BID else p >= price_bp)]:
                del other[price]
        self.put[side is BID, price_bp] += max(0, size - mine.get(price_bp, 0))
        mine[price_bp] = size
        book = Book()
        book.replace(self.bids, self.asks)
        self.bids, self.asks = dict(book.bids), dict(book.asks)
        self.bench.show(self.bids, self.asks)

    def check(self) -> None:
        self._check_shown()
        self._check_fills()

    def _check_shown(self) -> None:
        """Every level: what is shown and what counts as taken are what stands there, unless it is hidden."""
        exchange, ladder = self.bench.exchange, self.bench.mirror._ladders.get("M")
        if ladder is None or not ladder.is_known:
            return
        highest_bp, lowest_bp = self.bench.mirror._standing.edges("M")
        quotes = exchange.accounts[MAKER].quotes.get("M", {})
        for is_bid, there in ((True, self.bids), (False, self.asks)):
            for price_bp, size in there.items():
                order = quotes.get((is_bid, price_bp))
                shown_c = 0 if order is None else order.remaining_c
                taken_c = ladder.taken.get((is_bid, price_bp), 0)
                hidden = price_bp >= lowest_bp if is_bid else price_bp <= highest_bp
                assert shown_c == (0 if hidden else max(0, size - taken_c))
        assert not exchange.markets["M"].levels.is_crossed

    def _check_fills(self) -> None:
        fills = self.bench.exchange.fills_of("ann")
        told = self.bench.mirror.told()
        assert [(f.trade_id, f.count_c) for f in told] == [(f.trade_id, f.count_c) for f in fills]
        by_print: Counter[str] = Counter()
        taken: Counter[tuple[bool, int]] = Counter()
        for found in told:
            if found.is_taker:
                taken[found.side is ASK, found.price_bp] += found.count_c
            else:
                by_print[found.print_id] += found.count_c
        assert all(count_c <= self.printed[print_id] for print_id, count_c in by_print.items())
        assert all(count_c <= self.put[key] for key, count_c in taken.items())


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.lists(STEPS, min_size=15, max_size=40))
def test_whatever_happens(steps: list[tuple[str, BookSide, int, int]]) -> None:
    """After each step :meth:`History.check` holds ladders, fills and prints against the other side's."""
    history = History()
    for step in steps:
        history.step(*step)
        history.bench.tick()
        history.check()
