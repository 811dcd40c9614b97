"""Pages of history beside a writer that goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from money_history import START_NS, TICKERS, fill, intent, settlement, terms

from engine.core.changes import Change
from engine.core.facts.money import FillBooked, SettlementBooked
from engine.core.facts.orders import MANUAL, OrderIntended, OrderMoved
from engine.core.facts.stance import RunEnded, RunStarted
from engine.core.money import MoneyState, apply
from engine.core.order_record import OrderRecord
from engine.domain.order import OrderState
from engine.ledger.errors import BadCursor
from engine.ledger.pages import FillFilter, JournalFilter, OrderFilter, Page
from engine.ledger.queries import LedgerQueries
from engine.ledger.sqlite_ledger import SqliteLedger

ORDERS = 250


class Desk:
    """A ledger, its state and its readers."""

    def __init__(self, path: Path) -> None:
        self.ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
        self.state = MoneyState()
        self.queries = LedgerQueries(path)
        self._durable = asyncio.Event()
        self.ledger.on_durable(lambda seq: self._durable.set())

    async def write(self, *changes: Change) -> None:
        for change in changes:
            last = self.ledger.append([change], apply(self.state, change))
        while self.ledger.durable < last:
            self._durable.clear()
            await self._durable.wait()


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path / "ledger.sqlite")
    yield made
    await made.queries.close()
    await made.ledger.close()


def ids(page: Page[OrderRecord]) -> list[str]:
    return [order.terms.client_order_id for order in page.items]


def many_orders() -> list[OrderIntended]:
    return [intent(n, TICKERS[n % 2]) for n in range(ORDERS)]


async def test_pages_cover_all_orders_once_newest_first(desk: Desk) -> None:
    orders = many_orders()
    await desk.write(*orders)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await desk.queries.orders(OrderFilter(), cursor, limit=60)
        seen += ids(page)
        cursor = page.cursor
        if cursor is None:
            break
        await desk.write(OrderMoved(seen[0], OrderState.SENT, START_NS + 10_000 + len(seen)))
    assert seen == [order.terms.client_order_id for order in reversed(orders)]


async def test_orders_by_market_state_owner_and_time(desk: Desk) -> None:
    await desk.write(*many_orders())
    first, second = (terms(n).client_order_id for n in (0, 1))
    late = START_NS + 90_000
    await desk.write(
        OrderMoved(first, OrderState.RESTING, late, order_id="venue-1"),
        OrderMoved(second, OrderState.CANCELED, late),
    )
    ask = desk.queries.orders
    assert len((await ask(OrderFilter(ticker=TICKERS[1]), limit=500)).items) == ORDERS // 2
    assert ids(await ask(OrderFilter(states=(OrderState.RESTING,)))) == [first]
    both = (OrderState.RESTING, OrderState.CANCELED)
    assert ids(await ask(OrderFilter(states=both))) == [second, first]
    assert ids(await ask(OrderFilter(states=both, ticker=TICKERS[0]))) == [first]
    assert ids(await ask(OrderFilter(updated_since=late))) == [second, first]
    assert ids(await ask(OrderFilter(owner="gbm-edge"))) == []
    found = await desk.queries.order("venue-1")
    assert found == await desk.queries.order(first) == desk.state.orders[first]
    assert await desk.queries.order("") is None


async def test_fills_by_market_order_and_time(desk: Desk) -> None:
    orders = [intent(n, TICKERS[n]) for n in range(3)]
    fills = [
        FillBooked(fill(n, orders[n % 3].terms, 100), MANUAL, orders[n % 3].terms.client_order_id)
        for n in range(30)
    ]
    await desk.write(*orders, *fills)
    ask = desk.queries.fills
    assert (await ask(FillFilter())).items == tuple(reversed(fills))
    assert (await ask(FillFilter(ticker=TICKERS[1]))).items == tuple(reversed(fills[1::3]))
    of_order = FillFilter(client_order_id=orders[2].terms.client_order_id)
    assert (await ask(of_order, limit=4)).items == tuple(reversed(fills[2::3]))[:4]
    window = FillFilter(since=START_NS + 10, until=START_NS + 15)
    assert (await ask(window)).items == tuple(reversed(fills[10:15]))


async def test_settlements_and_runs(desk: Desk) -> None:
    paid = [
        SettlementBooked(settlement(ticker, START_NS + n), 10_000, START_NS + n)
        for n, ticker in enumerate(TICKERS)
    ]
    runs = [RunStarted(f"run-{n}", "sandbox", "account", "0.1.0", START_NS + n) for n in range(2)]
    await desk.write(*paid, runs[0], RunEnded("run-0", START_NS + 7), runs[1])
    found = await desk.queries.settlements(since=START_NS + 2, limit=3)
    assert found.items == tuple(reversed(paid))[:3]
    rest = await desk.queries.settlements(since=START_NS + 2, cursor=found.cursor)
    assert rest.items == tuple(reversed(paid[2:-3]))
    assert [(run.started, run.ended_at) for run in (await desk.queries.runs()).items] == [
        (runs[1], None),
        (runs[0], START_NS + 7),
    ]


async def test_a_run_that_starts_and_ends_in_one_group_has_ended(desk: Desk) -> None:
    """The statements of a group are ordered by kind: the end of a run needs its row."""
    runs = [RunStarted(f"run-{n}", "sandbox", "account", "0.1.0", START_NS + n) for n in range(2)]
    await desk.write(runs[0])
    await desk.write(RunEnded("run-0", START_NS + 5), runs[1], RunEnded("run-1", START_NS + 6))
    ended = [run.ended_at for run in (await desk.queries.runs()).items]
    assert ended == [START_NS + 6, START_NS + 5]


async def test_the_journal_of_one_order_and_of_a_time(desk: Desk) -> None:
    orders = [intent(n) for n in range(20)]
    one = orders[3].terms
    moved = OrderMoved(one.client_order_id, OrderState.RESTING, START_NS + 500, "venue-1")
    booked = FillBooked(fill(600, one, 100), MANUAL, one.client_order_id)
    await desk.write(*orders, moved, booked)
    page = await desk.queries.journal(JournalFilter(subject=one.client_order_id))
    assert [entry.change for entry in page.items] == [booked, moved, orders[3]]
    assert [entry.kind for entry in page.items] == ["fill_booked", "order_moved", "order_intended"]
    assert [entry.seq for entry in page.items] == [22, 21, 4]
    of_kind = await desk.queries.journal(JournalFilter(kinds=("order_moved", "fill_booked")), limit=1)
    assert [entry.change for entry in of_kind.items] == [booked]
    older = await desk.queries.journal(JournalFilter(kinds=("order_moved", "fill_booked")), of_kind.cursor)
    assert ([entry.change for entry in older.items], older.cursor) == ([moved], None)
    window = await desk.queries.journal(JournalFilter(since=START_NS + 5, until=START_NS + 8))
    assert [entry.change for entry in window.items] == [orders[7], orders[6], orders[5]]


@pytest.mark.parametrize("cursor", ["", "-1", "1 OR 1", "x", "٣", "9" * 30])
async def test_a_made_up_cursor_is_refused(desk: Desk, cursor: str) -> None:
    with pytest.raises(BadCursor, match="not one that was given out"):
        await desk.queries.orders(OrderFilter(), cursor)


async def test_a_limit_is_bounded(desk: Desk) -> None:
    await desk.write(*(intent(n) for n in range(510)))
    assert len((await desk.queries.orders(OrderFilter(), limit=10_000)).items) == 500
    assert len((await desk.queries.orders(OrderFilter(), limit=0)).items) == 1


async def test_what_is_asked_for_is_data_not_sql(desk: Desk) -> None:
    await desk.write(*(intent(n) for n in range(3)))
    hostile = "x' OR 1=1; DROP TABLE orders; --"
    assert (await desk.queries.orders(OrderFilter(ticker=hostile, owner=hostile))).items == ()
    assert (await desk.queries.journal(JournalFilter(subject=hostile, kinds=(hostile,)))).items == ()
    assert len((await desk.queries.orders(OrderFilter())).items) == 3
