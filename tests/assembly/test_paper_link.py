"""A mirror of a running exchange over real sockets: streamed with a key, polled without."""

from __future__ import annotations

import contextlib
import inspect
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from paper_rig import PaperRig, Upstream

from engine.assembly import paper_errands, paper_exchange, paper_link
from engine.domain.market import MarketStatus
from engine.domain.order import BookSide, OrderRequest, TimeInForce, VenueOrderStatus
from engine.domain.units import CENT_BP
from engine.kalshi.client import KalshiClient, KalshiReader
from engine.kalshi.outcome import Answered
from engine.sandbox.server.companion import CompanionFailed
from engine.sandbox.sources.upstream.doubts import doubt_of
from engine.sandbox.sources.upstream.words import Mode

BID, ASK = BookSide.BID, BookSide.ASK
BOTH = [Mode.STREAMED, Mode.POLLED]


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    made = Upstream(tmp_path_factory.mktemp("upstream"))
    yield made
    made.kill()


@pytest.fixture
async def trader(upstream: Upstream) -> AsyncIterator[KalshiClient]:
    """Somebody who trades on the mirrored exchange."""
    async with upstream.trader() as made:
        yield made


async def trade_there(trader: KalshiClient, ticker: str, side: BookSide, price_bp: int, count_c: int) -> None:
    force = TimeInForce.IMMEDIATE_OR_CANCEL
    found = await trader.writes.orders.create(
        OrderRequest(ticker, side, price_bp, count_c, client_order_id=str(uuid.uuid4()), time_in_force=force)
    )
    assert isinstance(found, Answered), found


@pytest.mark.parametrize("mode", BOTH)
async def test_fills_here_and_prints_there(upstream: Upstream, trader: KalshiClient, mode: Mode) -> None:
    async with PaperRig(upstream, mode) as rig:
        ticker = await rig.until_mirrored()
        levels = rig.exchange.markets[ticker].levels
        bid_bp, ask_bp = levels.best_bid_bp, levels.best_ask_bp
        assert bid_bp is not None
        assert ask_bp is not None
        stood_c, offered_c = levels.bids[bid_bp], levels.asks[ask_bp]

        taken = rig.order(ticker, BID, ask_bp, 100)
        assert taken.filled_c == 100
        rig.tick()
        assert levels.asks.get(ask_bp, 0) == offered_c - 100

        resting = rig.order(ticker, BID, bid_bp, 300, rests=True)
        rig.tick()
        assert rig.exchange.queue_position_c("ann", resting.order_id) == stood_c
        await trade_there(trader, ticker, ASK, bid_bp, stood_c // 2)
        await rig.until(lambda: resting.ahead_c == stood_c - stood_c // 2)
        assert resting.filled_c == 0
        await trade_there(trader, ticker, ASK, bid_bp - 2 * CENT_BP, stood_c)
        await rig.until(lambda: resting.filled_c > 0)

        await rig.until(lambda: all(f.later_c is not None for f in rig.mirror.told() if f.is_taker))
        assert [doubt_of(found) for found in rig.mirror.told()] == [None] * len(rig.mirror.told())


@pytest.mark.parametrize("mode", BOTH)
async def test_a_result_there_pays_here(upstream: Upstream, mode: Mode) -> None:
    async with PaperRig(upstream, mode) as rig:
        ticker = await rig.until_mirrored()
        ask_bp = rig.exchange.markets[ticker].levels.best_ask_bp
        assert ask_bp is not None
        rig.order(ticker, BID, ask_bp, 200)
        upstream.sandbox.side_door("POST", "settle", ticker=ticker, value="0.25")
        await rig.until(lambda: rig.exchange.markets[ticker].market.status is MarketStatus.FINALIZED)
        (paid,) = rig.exchange.settlements_of("ann")
        assert (paid.yes_count_c, paid.settlement_bp, paid.revenue_ud) == (200, 2_500, 500_000)


@pytest.mark.parametrize("mode", BOTH)
async def test_an_exchange_that_is_gone_shows_nothing_and_cancels_after_the_gap(
    tmp_path: Path, mode: Mode
) -> None:
    upstream = Upstream(tmp_path)
    try:
        async with PaperRig(upstream, mode, gap_s=1) as rig:
            ticker = await rig.until_mirrored()
            levels = rig.exchange.markets[ticker].levels
            resting = rig.order(ticker, BID, min(levels.bids), 100, rests=True)
            upstream.kill()
            await rig.until(lambda: resting.status is VenueOrderStatus.CANCELED)
            assert resting.last_update_reason == "FeedGapCancel"
            await rig.until(lambda: not levels.bids and not levels.asks)
            assert rig.mirror.broken
            upstream.start()
            await rig.until_mirrored()
            assert not rig.mirror.broken
    finally:
        upstream.kill()


async def test_a_polled_exchange_that_says_too_many_requests_is_asked_again(upstream: Upstream) -> None:
    async with PaperRig(upstream, Mode.POLLED) as rig:
        ticker = await rig.until_mirrored()
        resting = rig.order(ticker, BID, min(rig.exchange.markets[ticker].levels.bids), 100, rests=True)
        rule = {"method": "GET", "path": "/markets/orderbooks", "effect": "429", "times": 6}
        upstream.sandbox.side_door("POST", "faults", rules=[rule])
        await rig.until(lambda: "429" in rig.mirror.broken)
        await rig.until(lambda: not rig.mirror.broken)
        assert resting.status is VenueOrderStatus.RESTING
        assert await rig.until_mirrored()


async def test_a_pause_there_is_one_here(upstream: Upstream) -> None:
    async with PaperRig(upstream, Mode.POLLED) as rig:
        await rig.until_mirrored()
        upstream.sandbox.side_door("POST", "faults", rules=[{"effect": "pause_trading", "times": -1}])
        try:
            await rig.until(lambda: not rig.exchange.statuses[0].trading_active)
        finally:
            upstream.sandbox.side_door("DELETE", "faults")
        await rig.until(lambda: rig.exchange.statuses[0].trading_active)


async def test_a_new_world_does_not_begin_without_its_upstream(tmp_path: Path) -> None:
    upstream = Upstream(tmp_path)
    rig = PaperRig(upstream, Mode.POLLED)
    upstream.kill()
    with pytest.raises(CompanionFailed, match=r"paper: upstream http://127\.0\.0\.1:\d+/trade-api/v2: GET "):
        await rig.link.begin()


class Listening(httpx.AsyncHTTPTransport):
    """The network, with every method that goes over it written down."""

    def __init__(self) -> None:
        super().__init__()
        self.methods: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.methods.add(request.method)
        return await super().handle_async_request(request)


@pytest.mark.parametrize("mode", BOTH)
async def test_nothing_but_reads_goes_to_the_mirrored_exchange(upstream: Upstream, mode: Mode) -> None:
    network = Listening()
    async with PaperRig(upstream, mode, transport=network) as rig:
        ticker = await rig.until_mirrored()
        rig.order(ticker, BID, 100, 100, rests=True)
        await rig.until(lambda: rig.mirror.age_ns is not None)
    assert network.methods == {"GET"}
    assert upstream.sandbox.side_door("GET", "orders")["orders"] is not None


def test_the_upstream_client_has_no_order_methods() -> None:
    """The link is given a reader: a type without writes, whose groups of endpoints only read."""
    hints = inspect.get_annotations(paper_link.PaperLink.__init__, eval_str=True)
    assert hints["reader"] is KalshiReader
    assert not hasattr(KalshiReader, "writes")
    assert "writes" not in inspect.getsource(KalshiReader)
    for module in (paper_link, paper_errands, paper_exchange):
        used = {name for name, value in vars(module).items() if inspect.isclass(value)}
        assert "KalshiClient" not in used
        source = inspect.getsource(module)
        for word in ("Writes", "OrderWrites", ".writes", "kalshi.sender", "kalshi.rest.orders"):
            assert word not in source, f"{module.__name__} names {word}"


async def test_a_reader_refuses_to_be_given_orders(upstream: Upstream) -> None:
    async with contextlib.AsyncExitStack() as stack:
        reader = await stack.enter_async_context(upstream.reader(Mode.STREAMED))
        groups = vars(reader.reads(paper_link.Lane.EXIT)).values()
        methods = {name for group in groups for name in dir(group) if not name.startswith("_")}
        assert not methods & {"create", "cancel", "amend", "decrease", "cancel_all", "transfer", "upgrade"}
