"""A socket that drops, falls silent, floods or speaks nonsense: it comes back, nothing is lost or doubled."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from coinbase_words import match, trades
from collecting import Bench, PlayedSockets
from manual_clock import settle
from outside import Reply, http_source

from collectors.index.massive import Massive
from collectors.index.symbols import SYMBOLS
from collectors.spot.coinbase import Coinbase
from collectors.spot.coinbase_exchange import CoinbaseExchange
from collectors.streaming import Streamer, StreamSettings
from engine.domain.units import SECOND_NS
from engine.kalshi.clock import SystemClock

HEARTBEAT = b'{"channel":"heartbeats","events":[{"heartbeat_counter":3}]}'


class Desk(Bench):
    def __init__(self, refusals: int = 0, source: Coinbase | CoinbaseExchange | None = None) -> None:
        super().__init__("spot")
        self.sockets = PlayedSockets(refusals)
        source = source or Coinbase(("BTC-USD",))
        self.state = self.health("spot.coinbase")
        put = partial(self.recorder.put, "spot.coinbase")
        settings = StreamSettings(silent_s=10, dataless_s=90)
        self.streamer = Streamer(source, self.state, put, self.clock, lambda: 0.5, settings, self.sockets)
        self.task = asyncio.ensure_future(self.streamer.run())

    async def pass_s(self, seconds: float) -> None:
        await self.clock.advance(round(seconds * SECOND_NS))

    async def end(self) -> list[object]:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        return [row["id"] for row in self.rows("spot")]


async def test_a_drop_is_followed_by_a_new_connection_whose_first_trades_fill_the_hole() -> None:
    desk = Desk()
    await desk.pass_s(0)
    desk.sockets.opened[0].play(trades(0, 1), trades(1, 2))
    await settle()
    desk.sockets.opened[0].drop()
    await desk.pass_s(1)
    assert len(desk.sockets.opened) == 2
    desk.sockets.opened[1].play(trades(0, 1, 2, 3, 4, kind="snapshot"), trades(1, 5))
    await desk.pass_s(3)
    desk.sockets.opened[1].play(trades(2, 6))
    await settle()
    assert await desk.end() == ["1", "2", "3", "4", "5", "6"]
    assert desk.state.repeats == 2
    assert desk.state.connections == 2
    assert desk.lines == ["spot.coinbase: lost: connection dropped", "spot.coinbase: well again after lost"]
    assert desk.sockets.opened[0].is_closed


async def test_what_was_told_names_the_source_whose_health_stands_for_it() -> None:
    desk = Desk()
    await desk.pass_s(0)
    desk.sockets.opened[0].play(trades(0, 1))
    await settle()
    await desk.end()
    assert [(m.key, m.source) for m in desk.sink.observations] == [("BTC-USD", "spot.coinbase")]


async def test_silence_ends_a_connection_and_heartbeats_without_data_do_later() -> None:
    desk = Desk()
    await desk.pass_s(10.6)
    assert len(desk.sockets.opened) == 1
    await desk.pass_s(1)
    assert desk.lines == ["spot.coinbase: silent: nothing came for 10 s"]
    socket = desk.sockets.opened[1]
    for _ in range(95):
        socket.play(HEARTBEAT)
        await desk.pass_s(1)
    assert socket.is_closed
    assert "no data came for 90 s, only heartbeats" in desk.lines[-1]
    await desk.end()


async def test_waits_grow_while_nobody_answers() -> None:
    desk = Desk(refusals=6)
    await desk.pass_s(20)
    assert not desk.sockets.opened
    await desk.pass_s(8)
    assert len(desk.sockets.opened) == 1
    assert desk.lines == ["spot.coinbase: unreachable: cannot connect: refused"], "six faults are one line"
    assert desk.state.counts().faults == {"unreachable": 6}
    await desk.end()


async def test_a_flood_with_nonsense_in_it_keeps_every_trade_and_says_one_line() -> None:
    desk = Desk(source=CoinbaseExchange(("BTC-USD",)))
    await desk.pass_s(0)
    for number in range(2_000):
        desk.sockets.opened[0].play(match(number + 1), b"<nonsense>")
    await desk.pass_s(0.1)
    while len(desk.writers["spot"].rows) < 2_000:
        await desk.pass_s(0)
        desk.recorder.flush()
    assert await desk.end() == [str(number + 1) for number in range(2_000)]
    assert len(desk.lines) == 1
    assert desk.state.counts().faults == {"shape": 2_000}
    assert desk.state.rate == pytest.approx(2_000)


async def test_a_clock_that_jumps_back_changes_no_age_and_no_wait() -> None:
    desk = Desk()
    await desk.pass_s(0)
    desk.sockets.opened[0].play(trades(0, 1))
    await settle()
    desk.clock.wall_offset_ns -= 3_600 * SECOND_NS
    await desk.pass_s(2)
    assert desk.state.age_s == pytest.approx(2)
    desk.sockets.opened[0].play(trades(1, 2))
    await settle()
    assert await desk.end() == ["1", "2"]
    received = [row["received_ns"] for row in desk.writers["spot"].rows]
    assert received[1] == received[0] - 3_598 * SECOND_NS  # type: ignore[operator]


async def test_a_socket_goes_to_no_other_address_and_a_refusal_is_called_one() -> None:
    """What is sent first over a socket may be a key."""
    async with http_source(lambda _: Reply(200)) as other:
        for reply, line in (
            (
                Reply(302, headers={"Location": other.url.replace("http", "ws")}),
                "unreachable: upgrade refused",
            ),
            (Reply(403, b"no"), "refused: upgrade refused: HTTP 403 no"),
        ):
            async with http_source(lambda _, reply=reply: reply) as first:
                bench = Bench("index_levels")
                health = bench.health("index.massive")
                source = Massive([SYMBOLS["SPX"]], "K3Y", first.url.replace("http", "ws"))
                settings = StreamSettings(once_s=0.3)
                streamer = Streamer(source, health, lambda _: None, SystemClock(), lambda: 0.5, settings)
                assert not await streamer.once()
            assert bench.lines[0].startswith(f"index.massive: {line}")
        assert other.asked == []
