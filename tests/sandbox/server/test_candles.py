"""Candles from the feed: equal to an oracle that looks at every event, bounded, and kept on disk."""

from __future__ import annotations

import random

import msgspec
import pytest
from rest_world import BETWEEN, COIN, ScriptedSource

from engine.domain.candle import Candlestick, Ohlc
from engine.domain.order import BookSide
from engine.domain.units import HOUR_NS, MINUTE_NS, SECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import BookChanged, FeedEvent, Traded
from engine.sandbox.core.rules import ExchangeRules
from engine.sandbox.server import candles as candles_module
from engine.sandbox.server.aggregation import aggregate
from engine.sandbox.server.candle_pack import SIZE, PackedCandles, pack, unpack
from engine.sandbox.server.candles import BATCH, KINDS, CandleRecorder
from engine.sandbox.server.store import StoredRow

START_NS = 1_790_000_000 * SECOND_NS
FAR = 1 << 31
BID, ASK = BookSide.BID, BookSide.ASK


def candle(end_s: int, **changed: object) -> Candlestick:
    whole = Candlestick(
        end_s, Ohlc(3_900, 4_100, 3_800, 4_000), Ohlc(10_000, 10_000, 4_200, 4_300),
        Ohlc(4_000, 4_200, 4_000, 4_100), 4_050, 3_990, 1_234_567_890, 98_765,
    )  # fmt: skip
    return msgspec.structs.replace(whole, **changed)


class Scene:
    """An exchange with the scripted markets, its recorder, and two house accounts that make its books."""

    def __init__(self) -> None:
        self.exchange = Exchange(world_id="w", now_ns=START_NS, rules=ExchangeRules(maintenance=None))
        self.source = ScriptedSource()
        self.source.open(self.exchange)
        self.exchange.open_account("maker", {}, is_house=True)
        self.exchange.open_account("flow", {}, is_house=True)
        self.exchange.drain()
        self.recorder = CandleRecorder(self.exchange, self.source)
        self.seen: list[FeedEvent] = []

    def step(self, to_ns: int) -> None:
        self.exchange.advance(to_ns)
        events = self.exchange.drain()
        self.seen.extend(events)
        if events:
            self.recorder.observe(events)

    def quote(self, bid_bp: int, ask_bp: int, ticker: str = BETWEEN) -> None:
        self.exchange.quote("maker", ticker, [(bid_bp, 500)], [(ask_bp, 500)])


def oracle(events: list[FeedEvent], ticker: str) -> list[tuple[object, ...]]:
    """Minute, quotes and trades, from the events alone, in the plainest way."""
    levels: dict[tuple[BookSide, int], int] = {}
    minutes: dict[int, dict[str, list[int]]] = {}

    def best() -> tuple[int, int]:
        bids = [price for (side, price), count in levels.items() if side is BID and count]
        asks = [price for (side, price), count in levels.items() if side is ASK and count]
        return max(bids, default=0), min(asks, default=10_000)

    for event in events:
        if not isinstance(event, BookChanged | Traded) or event.ticker != ticker:
            continue
        end_s = event.at_ns // MINUTE_NS * 60 + 60
        before = best()
        if isinstance(event, BookChanged):
            key = (event.side, event.price_bp)
            levels[key] = levels.get(key, 0) + event.delta_c
            if best() == before:
                continue
        found = minutes.setdefault(end_s, {"bid": [before[0]], "ask": [before[1]], "price": [], "count": []})
        if isinstance(event, Traded):
            found["price"].append(event.price_bp)
            found["count"].append(event.count_c)
        else:
            found["bid"].append(best()[0])
            found["ask"].append(best()[1])
    return [
        (end_s, *(bar(m[name]) for name in ("bid", "ask", "price")), sum(m["count"]))
        for end_s, m in sorted(minutes.items())
    ]


def bar(values: list[int]) -> Ohlc:
    return Ohlc(values[0], max(values), min(values), values[-1]) if values else Ohlc()


def seen_by(recorder: CandleRecorder, ticker: str = BETWEEN) -> list[tuple[object, ...]]:
    return [
        (c.end_s, c.yes_bid, c.yes_ask, c.price, c.volume_c)
        for c in recorder.candles(ticker, START_NS // SECOND_NS, FAR)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_candles_equal_the_oracle(seed: int) -> None:
    scene, chance = Scene(), random.Random(seed)
    now_ns = START_NS
    for _ in range(300):
        now_ns += chance.choice((0, 1, 5, 45, 400)) * SECOND_NS
        scene.exchange.advance(now_ns)
        mid = chance.randrange(20, 80) * 100
        if chance.random() < 0.7:
            scene.quote(mid - 100, mid + 100)
        else:
            side = chance.choice((BID, ASK))
            limit_bp = 9_900 if side is BID else 100
            scene.exchange.take("flow", BETWEEN, side, limit_bp, chance.randrange(1, 900))
        if chance.random() < 0.3:
            scene.step(now_ns)
            scene.recorder.take_rows()
    scene.step(now_ns)
    assert seen_by(scene.recorder) == oracle(scene.seen, BETWEEN)


def test_a_step_of_an_hour_keeps_every_minute_of_it() -> None:
    scene = Scene()
    for minute in range(60):
        scene.exchange.advance(START_NS + minute * MINUTE_NS)
        scene.quote(3_000 + 100 * (minute % 7), 5_000)
    scene.step(START_NS + HOUR_NS)
    assert len(seen_by(scene.recorder)) == 60


def test_a_recorder_adopts_the_book_it_finds() -> None:
    scene = Scene()
    scene.quote(4_000, 5_000)
    recorder = CandleRecorder(scene.exchange, scene.source)
    recorder.observe(scene.exchange.drain())
    scene.quote(4_100, 5_000)
    recorder.observe(scene.exchange.drain())
    (found,) = recorder.candles(BETWEEN, 0, FAR)
    assert (found.yes_bid.open_bp, found.yes_bid.close_bp) == (4_000, 4_100)


def test_restored_rows_are_the_same_candles() -> None:
    scene = Scene()
    rows: dict[tuple[str, str], bytes] = {}
    for minute in range(30):
        scene.exchange.advance(START_NS + minute * MINUTE_NS)
        scene.quote(3_000 + 100 * (minute % 5), 5_000)
        scene.quote(3_000, 5_000 + 100 * (minute % 3), COIN)
        scene.step(START_NS + minute * MINUTE_NS)
        rows.update({(kind, key): value for kind, key, value in scene.recorder.take_rows() if value})
    assert {kind for kind, _ in rows} == KINDS
    stored: list[StoredRow] = [(kind, key, value) for (kind, key), value in rows.items()]
    again = CandleRecorder(scene.exchange, scene.source)
    again.restore(reversed(stored))
    for ticker in (BETWEEN, COIN):
        whole = scene.recorder.candles(ticker, 0, FAR)
        # The running minute was not over yet, so it is not among the rows.
        assert again.candles(ticker, 0, FAR) == whole[:-1]
    assert scene.recorder.take_rows() == []


def test_old_minutes_go_first_and_their_rows_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candles_module, "COUNT_MAX", 100)
    monkeypatch.setattr(candles_module, "_EVICTION_STEP_S", 600)
    scene = Scene()
    kept: set[str] = set()
    for minute in range(200):
        scene.exchange.advance(START_NS + minute * 30 * SECOND_NS)
        scene.quote(3_000 + 100 * (minute % 5), 5_000)
        scene.quote(3_000 + 100 * (minute % 5), 5_000, COIN)
        scene.step(scene.exchange.now_ns)
        for kind, key, value in scene.recorder.take_rows():
            if kind == BATCH:
                (kept.discard if value is None else kept.add)(key)
    found = scene.recorder.candles(BETWEEN, START_NS // SECOND_NS, FAR)
    assert 30 <= len(found) <= 51
    assert found[-1].end_s >= scene.exchange.now_ns // SECOND_NS
    assert len(kept) <= 60


def test_packing_loses_nothing() -> None:
    bare = candle(60, price=Ohlc(), mean_bp=None, previous_bp=None, volume_c=0)
    edge = candle(120, yes_bid=Ohlc(0, 0, 0, 0), yes_ask=Ohlc(10_000, 10_000, 10_000, 10_000))
    for whole in (bare, edge, candle(180)):
        assert len(pack(whole)) == SIZE
        assert unpack(pack(whole)) == whole


def test_packed_candles_are_found_by_time() -> None:
    packed = PackedCandles()
    ends = [60, 120, 300, 360]
    for end_s in ends:
        packed.append(pack(candle(end_s)))
    assert packed.last_end_s == 360
    for start_s in range(0, 420, 30):
        for end_s in range(0, 420, 30):
            found = [c.end_s for c in packed.between(start_s, end_s)]
            assert found == [end for end in ends if start_s <= end <= end_s]
    assert packed.drop_before(121) == 2
    assert [c.end_s for c in packed.between(0, 999)] == [300, 360]


def test_longer_candles_keep_first_highest_lowest_last() -> None:
    parts = [
        candle(3_660, price=Ohlc(), mean_bp=None, volume_c=0, open_interest_c=5),
        candle(3_720, yes_bid=Ohlc(3_000, 4_500, 2_000, 3_100), mean_bp=4_000, volume_c=300),
        candle(
            7_200, yes_bid=Ohlc(3_200, 3_300, 3_200, 3_300), mean_bp=5_000, volume_c=100, open_interest_c=9
        ),
        candle(7_260),
    ]
    first, second = aggregate(parts, 3_600)
    assert (first.end_s, second.end_s) == (7_200, 10_800)
    assert first.yes_bid == Ohlc(3_900, 4_500, 2_000, 3_300)
    assert first.price == Ohlc(4_000, 4_200, 4_000, 4_100)
    assert (first.mean_bp, first.volume_c, first.open_interest_c) == (4_250, 400, 9)
    assert aggregate(parts, 60) == parts
