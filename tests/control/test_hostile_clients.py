"""Slow, dead and hostile clients: the engine steps on, others are served, bounds hold."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from control_desk import ControlDesk
from core_bench import TICKER
from raw_control import UPGRADE, ends, hear_end, plain_connect, raw_connect, say
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from engine.control.client import ControlClient
from engine.control.errors import EngineBusy
from engine.control.limits import ControlLimits
from engine.control.protocol import (
    DESK,
    LOG,
    WATCH,
    AnswerState,
    CommandRequest,
    Delta,
    Query,
    Resync,
    Snapshot,
    Subscribe,
    book_topic,
    decode_server_frame,
)
from engine.control.replica import Replica
from engine.domain.command import CancelAll, CancelOrder
from engine.domain.order import OrderState

BEATING = ControlLimits(status_s=0.1)
QUICK = ControlLimits(status_s=0.1, open_s=0.5, send_s=0.5, ping_s=0.2, ping_timeout_s=0.5)
SERVED_S = 2.0
"""Longest wait for an answer while another client misbehaves; the machine may be busy with other things."""


@contextlib.asynccontextmanager
async def served(desk: ControlDesk) -> AsyncIterator[ControlClient]:
    """A well-behaved client that asks all the time and is answered all the time."""
    waits: list[float] = []
    is_over = asyncio.Event()
    client = await desk.connect(name="good")

    async def ask() -> None:
        while not is_over.is_set():
            began = time.monotonic()
            answer = await client.command(CancelOrder("nobody"))
            assert answer.deny_code == "ORDER_NOT_FOUND"
            waits.append(time.monotonic() - began)
            await asyncio.sleep(0.01)

    asking = asyncio.create_task(ask())
    try:
        yield client
    finally:
        is_over.set()
        await asking
        await client.close()
    assert waits
    assert max(waits) < SERVED_S


async def test_a_client_that_never_reads_costs_a_bounded_buffer_and_is_given_up(tmp_path: Path) -> None:
    limits = msgspec.structs.replace(QUICK, outbox_frames=50, send_s=1.0)
    async with ControlDesk(tmp_path, limits=limits) as desk, served(desk) as good:
        deaf = await raw_connect(desk.path)
        for topic in (WATCH, LOG, book_topic(TICKER)):
            await say(deaf, Subscribe(topic))
        working = await desk.connect(name="busy")
        for _ in range(300):
            await working.command(desk.order())
            desk.tick(delta_c=1)
        await working.close()
        await alone(good)
        await hear_end(deaf)


async def test_a_client_that_reads_late_begins_anew_with_what_is_so_now(tmp_path: Path) -> None:
    limits = ControlLimits(outbox_frames=20, ended_shown=50, status_s=60)
    async with ControlDesk(tmp_path, limits=limits) as desk:
        late = await raw_connect(desk.path)
        working = await desk.connect(name="busy")
        while desk.server.restarts == 0:
            await working.command(desk.order())
        replica = Replica()
        rounds = 0
        async with asyncio.timeout(10):
            while replica.desk.orders.keys() != desk.engine.money.working.keys():
                frame = decode_server_frame(await late.recv())
                assert isinstance(frame, Snapshot | Delta)
                assert replica.apply(frame) is None
                rounds += isinstance(frame, Snapshot) and frame.topic == DESK
        assert rounds >= 1
        assert replica.desk.orders == working.replica.desk.orders
        await working.close()
        await late.close()


async def test_a_change_too_long_to_tell_is_shown_instead(tmp_path: Path) -> None:
    async with (
        ControlDesk(tmp_path, limits=ControlLimits(desk_bytes=9_000)) as desk,
        await desk.connect() as client,
    ):
        orders = [desk.order() for _ in range(60)]
        for order in orders:
            await client.command(order)
        await client.command(CancelAll())
        await client.until(lambda replica: replica.desk.status is not None and not replica.desk.orders)
        assert client.replica.gaps == 0
        assert not desk.engine.money.working


async def test_a_flood_of_commands_is_read_at_the_engines_pace(tmp_path: Path) -> None:
    limits = ControlLimits(frames_each_s=200, frames_burst=50)
    async with ControlDesk(tmp_path, limits=limits) as desk, served(desk):
        flood = await raw_connect(desk.path)
        answered = 0
        began = time.monotonic()

        async def send() -> None:
            for number in range(300):
                await say(flood, CommandRequest(f"f{number}", CancelOrder("nobody")))

        sending = asyncio.create_task(send())
        async with asyncio.timeout(20):
            while answered < 300:
                answered += b'"t":"answer"' in (await flood.recv(decode=False))
        await sending
        assert time.monotonic() - began > 250 / 200 * 0.9
        await flood.close()


async def test_floods_of_every_kind_leave_others_served(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path, limits=BEATING) as desk, served(desk) as good:
        flood = await raw_connect(desk.path)
        frames = (
            Resync(DESK),
            Resync(WATCH),
            Subscribe(WATCH),
            Subscribe("book:" + "X" * 50),
            Query(1, "markets"),
        )
        with contextlib.suppress(ConnectionClosed, TimeoutError):
            async with asyncio.timeout(1.5):
                while True:
                    for frame in frames:
                        await say(flood, frame)
        flood.transport.abort()
        await alone(good)


@pytest.mark.parametrize("frame", [b"\x89\x80\x00\x00\x00\x00", b"\x00\x80\x00\x00\x00\x00"])
async def test_a_flood_of_pings_or_of_fragments_is_cut_off(tmp_path: Path, frame: bytes) -> None:
    async with ControlDesk(tmp_path, limits=BEATING) as desk, served(desk):
        end = plain_connect(desk.path)
        loop = asyncio.get_running_loop()
        begin = b"\x01\x80\x00\x00\x00\x00" if frame[0] == 0 else b""
        with contextlib.suppress(ConnectionError, BrokenPipeError):
            async with asyncio.timeout(10):
                await loop.sock_sendall(end, UPGRADE + begin)
                while True:
                    await loop.sock_sendall(end, frame * 1_000)
        assert await ends(end)
        end.close()


@pytest.mark.parametrize("text", [b"{}", b"not json", b"\xff\x00\xff", b"[" * 5_000])
async def test_garbage_is_said_to_be_and_then_sent_away(tmp_path: Path, text: bytes) -> None:
    async with ControlDesk(tmp_path, limits=BEATING) as desk, served(desk) as good:
        client = await raw_connect(desk.path)
        for _ in range(5):
            await client.send(text)
        assert await hear_end(client) == 1008
        await alone(good)


async def test_what_is_no_websocket_is_dropped(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path, limits=QUICK) as desk, served(desk):
        loop = asyncio.get_running_loop()
        for noise in (os.urandom(5_000), b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10_000, b"\x00" * 70_000):
            end = plain_connect(desk.path)
            with contextlib.suppress(ConnectionError):
                await loop.sock_sendall(end, noise)
            assert await ends(end)
            end.close()


async def test_a_huge_frame_is_refused(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path, limits=BEATING) as desk, served(desk) as good:
        client = await raw_connect(desk.path)
        with contextlib.suppress(ConnectionClosed):
            await client.send(b'{"t":"subscribe","topic":"' + b"x" * 20_000_000 + b'"}', text=True)
        assert await hear_end(client) in (1009, 1006)
        await alone(good)


async def test_a_thousand_connections_leave_the_engine_its_files(tmp_path: Path) -> None:
    limits = ControlLimits(clients=20, sockets=40, open_s=1.0, connects_burst=100)
    async with ControlDesk(tmp_path, limits=limits) as desk, served(desk):
        before = open_files()
        held: list[socket.socket] = []
        most = 0
        for _ in range(1_000):
            try:
                held.append(plain_connect(desk.path))
            except BlockingIOError:
                await asyncio.sleep(0)
            if len(held) > 300:
                held.pop(0).close()
            most = max(most, open_files() - before - len(held))
        assert most <= 40 + 6 * 16
        assert desk.server.turned_away > 500
        client = await patient_connect(desk)
        assert client.replica.desk.status is not None
        await client.close()
        for end in held:
            end.close()


async def test_the_last_seat_is_refused_with_a_reason(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path, limits=ControlLimits(clients=3)) as desk:
        clients = [await desk.connect() for _ in range(3)]
        with pytest.raises(EngineBusy):
            await desk.connect()
        await clients.pop().close()
        clients.append(await patient_connect(desk))
        for client in clients:
            await client.close()


async def test_who_says_nothing_gives_way_to_whoever_comes(tmp_path: Path) -> None:
    limits = ControlLimits(clients=2, sockets=3, open_s=60, silent_s=0)
    async with ControlDesk(tmp_path, limits=limits) as desk, await desk.connect() as first:
        silent = [plain_connect(desk.path) for _ in range(2)]
        async with await desk.connect() as second:
            assert await ends(silent[0])
            assert (await first.command(CancelOrder("nobody"))).deny_code == "ORDER_NOT_FOUND"
            assert (await second.command(CancelOrder("nobody"))).deny_code == "ORDER_NOT_FOUND"
        for end in silent:
            end.close()


async def test_whoever_asks_for_too_much_waits_for_it_alone(tmp_path: Path) -> None:
    limits = ControlLimits(asked_bytes_each_s=1, asked_bytes_burst=1, status_s=60)
    async with ControlDesk(tmp_path, limits=limits) as desk, await desk.connect() as good:
        greedy = await raw_connect(desk.path)
        await say(greedy, Subscribe(WATCH))
        while '"topic":"watch"' not in await greedy.recv(decode=True):
            pass
        for frame in (Resync(WATCH), CommandRequest("mine", CancelOrder("nobody"))):
            await say(greedy, frame)
        heard: list[bytes] = []
        hearing = asyncio.create_task(hear_all(greedy, heard))
        for _ in range(20):
            assert (await good.command(CancelOrder("nobody"))).deny_code == "ORDER_NOT_FOUND"
        assert [text for text in heard if b"snapshot" in text or b"mine" in text] == []
        greedy.transport.abort()
        await hearing


async def hear_all(client: ClientConnection, heard: list[bytes]) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            heard.append(await client.recv(decode=False))


async def test_half_open_connections_end_by_themselves(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path, limits=QUICK) as desk, served(desk) as good:
        silent = plain_connect(desk.path)
        mute = await raw_connect(desk.path, greets=False)
        dead = await raw_connect(desk.path)
        assert await ends(silent, 5)
        assert await hear_end(mute, 5) == 1006
        dead.transport.pause_reading()
        await alone(good)
        silent.close()
        dead.transport.abort()


async def test_whoever_leaves_in_the_middle_is_forgotten(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path, limits=BEATING) as desk, served(desk) as good:
        for _ in range(20):
            client = await raw_connect(desk.path)
            await say(client, Subscribe(WATCH))
            order = desk.order()
            await say(client, CommandRequest(order.client_order_id, order))
            client.transport.abort()
        await alone(good)
        asker = await desk.connect()
        orders = desk.engine.money.orders
        await desk.until(lambda: all(record.state is OrderState.RESTING for record in orders.values()))
        assert len(set(desk.venue.sent)) == len(desk.venue.sent)
        for order_id in desk.venue.sent:
            assert (await asker.command(CancelOrder(order_id))).state is AnswerState.ACCEPTED
        await asker.close()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def patient_connect(desk: ControlDesk) -> ControlClient:
    async with asyncio.timeout(10):
        while True:
            try:
                return await desk.connect()
            except EngineBusy:
                await asyncio.sleep(0.02)


async def alone(client: ControlClient) -> None:
    """Until the engine says that it has no other client."""
    async with asyncio.timeout(10):
        await client.until(
            lambda replica: replica.desk.status is not None and replica.desk.status.clients == 1
        )
