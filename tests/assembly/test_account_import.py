"""An import brings exactly what the exchange has, whatever goes wrong on the way and how often it is run."""

from __future__ import annotations

from pathlib import Path

import httpx
import msgspec
import pytest
from account_reads import Desk
from traded_account import ANN, TradedAccount

from engine.domain.account_history import AccountHistory, MovementKind
from engine.domain.fill import Fill
from engine.domain.order import VenueOrderStatus
from engine.domain.units import CENT_UD, DAY_NS
from engine.kalshi.errors import DecodeError, KalshiError, ReadFailed, RequestRefused
from engine.ledger.account_store import AccountStore, OtherAccount, read_history
from engine.ledger.errors import LedgerInUse
from engine.research.account.books import books_of
from engine.research.account.reconciling import checks_of


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(TradedAccount(7), tmp_path)


@pytest.fixture
def slim(tmp_path: Path) -> Desk:
    """As old an account with fewer orders."""
    return Desk(TradedAccount(8, events=34, orders=4), tmp_path)


def same_as_exchange(desk: Desk) -> AccountHistory:
    """The history, after it was compared with the exchange's own state, row by row."""
    found, account = read_history(desk.path), desk.life.account
    assert {(f.trade_id, f.order_id): f for f in found.fills} == {
        (f.trade_id, f.order_id): _as_told(f) for f in account.fills
    }
    orders = {o.order_id: o for o in desk.life.exchange.orders.values() if o.account_id == ANN}
    assert {
        o.order_id: (o.status, o.initial_c, o.filled_c, o.remaining_c, o.taker_fees_ud + o.maker_fees_ud)
        for o in found.orders
    } == {
        name: (o.status, o.initial_c, o.filled_c, o.remaining_c, o.taker_fees_ud + o.maker_fees_ud)
        for name, o in orders.items()
    }
    assert {row.ticker: (row.revenue_ud, row.yes_c, row.no_c, row.fee_ud) for row in found.settlements} == {
        row.ticker: (row.revenue_ud // CENT_UD * CENT_UD, row.yes_count_c, row.no_count_c, row.fee_ud)
        for row in account.settlements
    }
    assert sorted(row.money.amount_ud for row in found.movements) == sorted(
        row.amount_ud for row in account.deposits
    )
    assert {row.kind for row in found.movements} == {MovementKind.DEPOSIT}
    for ticker, market in found.markets.items():
        real = desk.life.exchange.markets[ticker].market
        assert (market.settlement_bp, market.event_ticker) == (real.settlement_bp, real.event_ticker)
        assert market.series_ticker == real.series_ticker
    assert found.markets.keys() == {fill.ticker for fill in account.fills}
    return found


def _as_told(fill: Fill) -> Fill:
    """Of a fill the exchange tells the time to the microsecond, and not the client's order id."""
    return msgspec.structs.replace(fill, at_ns=fill.at_ns // 1_000 * 1_000, client_order_id="")


def agrees(found: AccountHistory) -> None:
    """Every total of the exchange is met; what may differ is said."""
    for check in checks_of(books_of(found)):
        if not check.note.startswith("orders rest"):
            assert check.difference_ud == 0, check


async def test_both_tiers_are_read_and_a_second_import_brings_nothing(desk: Desk) -> None:
    desk.life.cancel_all()
    first = await desk.read()
    found = same_as_exchange(desk)
    agrees(found)
    assert not any(check.note for check in checks_of(books_of(found))), "cash was compared too"
    news = {stage.stage: stage.new for stage in first.stages}
    assert news["fills"] > 100
    assert news["fills, historical"] > 100
    assert news["orders, historical"] > 100
    assert len(found.settlements) > 100
    assert first.is_still
    assert not first.unknown_markets
    again = await desk.read()
    assert sum(stage.new + stage.changed for stage in again.stages) == 0
    assert read_history(desk.path) == found


async def test_later_imports_bring_what_happened_since(desk: Desk) -> None:
    life = desk.life
    await desk.read()
    life.live_through(50, 30, settles=False)
    first = await desk.read()
    assert {stage.stage: stage.new for stage in first.stages}["fills"] > 5
    agrees(same_as_exchange(desk))
    life.cancel_all()
    resting = {o.order_id for o in read_history(desk.path).orders if o.status is VenueOrderStatus.RESTING}
    assert resting
    life.pass_time(100 * DAY_NS)
    life.live_through(51, 30, settles=True)
    await desk.read()
    found = same_as_exchange(desk)
    agrees(found)
    ended = {o.order_id for o in found.orders if o.status is VenueOrderStatus.CANCELED}
    assert resting <= ended, "orders that ended, and moved to the older tier, are known to have ended"


@pytest.mark.parametrize("tier", ["/portfolio/fills", "/historical/fills", "/portfolio/settlements"])
async def test_an_import_that_broke_off_goes_on_from_its_last_page(slim: Desk, tier: str) -> None:
    served = 0

    def break_off(request: httpx.Request) -> httpx.Response | None:
        nonlocal served
        if request.url.path.endswith(tier):
            served += 1
            if served > 2:
                return httpx.Response(200, text="<html>maintenance</html>")
        return None

    slim.wire.meddle = break_off
    with pytest.raises(ReadFailed, match="unreadable body"):
        await slim.read(page=9)
    slim.wire.meddle = lambda request: None
    broken_at = len(slim.wire.asked)
    # Life goes on before the import is taken up again.
    slim.life.live_through(60, 10, settles=False)
    imported = await slim.read(page=9)
    resumed = next(cursor for path, cursor in slim.wire.asked[broken_at:] if path == tier)
    assert resumed, "it began anew"
    name = {"/portfolio/fills": "fills", "/historical/fills": "fills, historical"}.get(tier, "settlements")
    assert {stage.stage: stage.is_resumed for stage in imported.stages}[name]
    agrees(same_as_exchange(slim))


@pytest.mark.parametrize(
    ("answer", "failure", "words"),
    [
        (httpx.Response(429, json={"error": "too many requests"}), ReadFailed, "429"),
        (httpx.Response(503, text="upstream"), ReadFailed, "503"),
        (
            httpx.Response(401, json={"error": {"code": "authentication_error", "message": "no"}}),
            RequestRefused,
            "401",
        ),
        (httpx.Response(200, json={"orders": [{"order_id": "x"}], "cursor": ""}), DecodeError, "orders"),
        (httpx.Response(200, json={"something": []}), DecodeError, "orders"),
    ],
)
async def test_a_bad_page_is_one_line_and_what_was_read_stays(
    slim: Desk, answer: httpx.Response, failure: type[KalshiError], words: str
) -> None:
    def spoil(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/portfolio/orders"):
            return httpx.Response(answer.status_code, content=answer.content)
        return None

    slim.wire.meddle = spoil
    with pytest.raises(failure, match=words) as caught:
        await slim.read()
    assert "\n" not in str(caught.value)
    found = read_history(slim.path)
    assert len(found.fills) > 20, "the fills were read before"
    assert found.complete_ns is None
    slim.wire.meddle = lambda request: None
    await slim.read()
    agrees(same_as_exchange(slim))


async def test_totals_are_of_a_moment_that_goes_with_the_fills(slim: Desk) -> None:
    """The account trades while its balance is read: it is read again, and the sums agree."""
    trades = [61]

    def trade(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/portfolio/balance") and trades:
            slim.life.live_through(trades.pop(), 12, settles=True)
        return None

    slim.wire.meddle = trade
    imported = await slim.read()
    assert imported.is_still
    agrees(same_as_exchange(slim))


async def test_an_account_that_never_rests_is_said_not_to(slim: Desk) -> None:
    numbers = iter(range(70, 99))

    def trade(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/portfolio/balance"):
            slim.life.live_through(next(numbers), 12, settles=True)
        return None

    slim.wire.meddle = trade
    imported = await slim.read()
    assert not imported.is_still
    notes = {check.what: check.note for check in checks_of(books_of(read_history(slim.path)))}
    assert notes["fees, by positions"] == "the account traded while it was read"


async def test_one_history_holds_one_account_and_one_writer(slim: Desk) -> None:
    await slim.read()
    other = msgspec.structs.replace(slim.name, account="bob")
    with pytest.raises(OtherAccount, match=r"account ann; got .* account bob"):
        AccountStore(slim.path, other)
    with AccountStore(slim.path, slim.name), pytest.raises(LedgerInUse):
        AccountStore(slim.path, slim.name)


async def test_no_request_of_an_import_changes_anything(slim: Desk) -> None:
    methods: set[str] = set()

    def watch(request: httpx.Request) -> httpx.Response | None:
        methods.add(request.method)
        return None

    slim.wire.meddle = watch
    await slim.read()
    assert methods == {"GET"}
