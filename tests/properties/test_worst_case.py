"""The worst case of what is held and works, kept as sums, is what trying every outcome gives."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

import msgspec
import pytest
from core_bench import SERIES, CoreBench, a_fill, market, place
from wide_limits import WIDE_LIMITS

from engine.core.exposure import worst_loss_ud
from engine.core.facts.orders import EXTERNAL
from engine.core.inputs import CancelAcked, MarketsRead, Rejected, Unknown
from engine.core.order_record import OrderRecord
from engine.core.settings import EngineSettings
from engine.domain.command import CancelOrder
from engine.domain.feed import BookFresh, FeedAlive, FillSeen
from engine.domain.market import Event
from engine.domain.order import BookSide
from engine.domain.units import CONTRACT_BP, SECOND_NS

TICKERS = ("KXT-A-1", "KXT-A-2", "KXT-A-3", "KXT-B-1", "KXT-B-2")
EVENTS = {"KXT-A": True, "KXT-B": False}
KINDS = ("entry", "entry", "entry", "fill", "fill", "ack", "partial", "cancel", "reject", "unknown", "close")
MOVES = 40
MOST_WORKING = 6


def moves_of(chance: Random) -> list[tuple[Any, ...]]:
    return [
        (
            "list" if chance.random() < 0.03 else chance.choice(KINDS),
            chance.choice(TICKERS),
            chance.choice((BookSide.BID, BookSide.ASK)),
            chance.randrange(40, 60),
            chance.randrange(1, 10),
        )
        for _ in range(MOVES)
    ]


def order_losses(bench: CoreBench, ticker: str, *, yes_wins: bool) -> list[int]:
    """What each working order loses at an outcome if it trades; less than nothing: it gains."""
    fees = bench.engine.markets[ticker].fees
    found = []
    for record in bench.engine.desk.working(ticker):
        rest_c = record.remaining_c
        cost_ud = worst_loss_ud(record.terms, rest_c, fees)
        is_paid = (record.terms.side is BookSide.BID) is yes_wins
        found.append(cost_ud - (rest_c * CONTRACT_BP if is_paid else 0))
    return found


def market_loss(bench: CoreBench, ticker: str, *, yes_wins: bool) -> int:
    """The worst over which of its orders trade."""
    loss_ud = 0
    held = bench.engine.money.positions.get(ticker)
    if held is not None and held.position.count_c:
        count_c = held.position.count_c
        is_paid = (count_c > 0) is yes_wins
        loss_ud = held.position.cost_ud - (abs(count_c) * CONTRACT_BP if is_paid else 0)
    orders = order_losses(bench, ticker, yes_wins=yes_wins)
    return max(
        loss_ud + sum(part for part, trades in zip(orders, chosen, strict=True) if trades)
        for chosen in product((False, True), repeat=len(orders))
    )


def event_loss(bench: CoreBench, name: str, is_exclusive: bool) -> int:
    mine = [ticker for ticker in TICKERS if ticker.startswith(name)]
    if not is_exclusive:
        return sum(
            max(market_loss(bench, t, yes_wins=True), market_loss(bench, t, yes_wins=False)) for t in mine
        )
    outcomes = [sum(market_loss(bench, t, yes_wins=t == winner) for t in mine) for winner in (*mine, None)]
    return max(outcomes)


def entries_of(bench: CoreBench) -> list[OrderRecord]:
    ours = [record for record in bench.engine.money.orders.values() if record.terms.owner != EXTERNAL]
    return [record for record in ours if record.terms.opens]


def set_aside(bench: CoreBench) -> int:
    """What the entries that work can still lose."""
    fees = market().fees
    return sum(worst_loss_ud(record.terms, record.remaining_c, fees) for record in entries_of(bench))


def spoken_for(bench: CoreBench) -> int:
    """What entries took, or may take, of a balance that was read before all of them."""
    fees, loss_ud = market().fees, 0
    for record in entries_of(bench):
        count_c = max(record.filled_c, record.venue_filled_c) + record.remaining_c
        loss_ud += worst_loss_ud(record.terms, count_c, fees)
    return loss_ud


def listing(bench: CoreBench, exclusive: dict[str, bool]) -> None:
    events = tuple(Event(n, SERIES, n, "", mutually_exclusive=yes) for n, yes in exclusive.items())
    bench.feed(MarketsRead(SERIES, events, tuple(market(t) for t in TICKERS), True))


def move(bench: CoreBench, number: int, what: tuple[Any, ...], exclusive: dict[str, bool]) -> None:
    kind, ticker, side, cents, count = what
    working = [record.terms.client_order_id for record in bench.engine.desk.working(ticker)]
    if len(working) > MOST_WORKING:
        kind = "cancel"
    name = working[0] if working else ""
    count_c = count * 100
    if kind in ("entry", "close"):
        opens = kind == "entry"
        body = place(f"c{number}", ticker=ticker, price_bp=cents * 100, count_c=count_c, again=True)
        buys = side is BookSide.BID
        bench.ask(msgspec.structs.replace(body, buys=buys, opens=opens, flip=True, far=True))
    elif kind == "fill":
        made = a_fill(f"t{number}", count_c, f"x{number}", ticker=ticker, side=side, price_bp=cents * 100)
        bench.feed(FillSeen(msgspec.structs.replace(made, at_ns=bench.at + number), 0, 0))
        bench.engine.money.mode = ""
    elif kind == "list":
        exclusive[ticker[:5]] = side is BookSide.BID
        listing(bench, exclusive)
    elif name:
        _fate(bench, number, kind, name)


def _fate(bench: CoreBench, number: int, kind: str, name: str) -> None:
    terms = bench.engine.money.orders[name].terms
    if kind == "ack":
        bench.acked(name, 0, terms.count_c)
    elif kind == "partial":
        bench.acked(name, 100, terms.count_c)
        made = a_fill(f"t{number}", 100, f"v-{name}", ticker=terms.ticker, side=terms.side)
        bench.feed(FillSeen(msgspec.structs.replace(made, at_ns=bench.at + number), 0, 0))
    elif kind == "cancel":
        bench.ask(CancelOrder(name))
        bench.feed(CancelAcked(name, 0))
    elif kind == "reject":
        bench.feed(Rejected(name, 400, "no", ""))
    else:
        bench.feed(Unknown(name, "timeout"))


@pytest.mark.parametrize("seed", range(60))
def test_sums_agree_with_every_outcome(seed: int) -> None:
    moves = moves_of(Random(seed))
    wide = EngineSettings(
        series=(SERIES,), limits=WIDE_LIMITS, rejects_open=1_000, unknowns_open=1_000,
        foreign_orders_stop_entries=False,
    )  # fmt: skip
    bench = CoreBench(wide)
    bench.start(*[market(ticker) for ticker in TICKERS])
    exclusive = dict(EVENTS)
    listing(bench, exclusive)
    worst = bench.engine.risk.worst
    for number, what in enumerate(moves):
        move(bench, number, what, exclusive)
        bench.at += SECOND_NS
        bench.mono += SECOND_NS
        bench.feed(FeedAlive())
        for ticker in TICKERS:
            bench.feed(BookFresh(ticker, ((4_900, 10_000),), ((5_100, 10_000),), None))
        by_event = {name: event_loss(bench, name, yes) for name, yes in exclusive.items()}
        assert worst.total_ud == sum(by_event.values())
        assert {name: ud for ud, name in worst.worst_events()} == {n: ud for n, ud in by_event.items() if ud}
        markets = [
            max(market_loss(bench, t, yes_wins=True), market_loss(bench, t, yes_wins=False)) for t in TICKERS
        ]
        assert worst.worst_market_ud() == max(markets)
        assert worst.set_aside_ud() == set_aside(bench)
        assert bench.engine._parts.spending.all_ud() == spoken_for(bench)
