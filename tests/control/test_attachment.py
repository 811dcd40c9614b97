"""A console's tie to its engine: it outlives the engine's restarts, and repeats no command by itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from control_desk import ControlDesk
from core_bench import TICKER, market
from raw_control import Refuser

from engine.control.attachment import Attachment, TieState
from engine.control.errors import ConnectionLost, EngineNotRunning, NotAllowed, ProtocolMismatch
from engine.control.protocol import DESK, WATCH, AnswerState, Role, book_topic
from engine.control.replica import Replica
from engine.domain.command import Arm, CancelAll, WatchMarkets

OTHER = "KXT-26NOV20-T51"


@contextlib.asynccontextmanager
async def attached(path: Path, **options: object) -> AsyncIterator[Attachment]:
    tie = Attachment(path, shortest_pause_s=0.01, longest_pause_s=0.05, **options)  # type: ignore[arg-type]
    running = asyncio.create_task(tie.run())
    try:
        yield tie
    finally:
        await tie.close()
        await running


async def seen(tie: Attachment, holds: object) -> None:
    """Until something is so in the picture, over as many connections as that takes."""
    assert callable(holds)
    changed = asyncio.Event()
    tie.listen(lambda _: changed.set())
    async with asyncio.timeout(10):
        while not holds(tie.replica):
            await changed.wait()
            changed.clear()


async def test_it_waits_for_an_engine_and_finds_it(tmp_path: Path) -> None:
    async with attached(tmp_path / "engine.sock") as tie:
        with pytest.raises(EngineNotRunning):
            await tie.command(CancelAll())
        async with ControlDesk(tmp_path):
            client = await tie.until_attached()
            assert tie.state is TieState.ATTACHED
            assert tie.reason is None
            assert client.replica is tie.replica
            assert (await tie.command(CancelAll())).state is AnswerState.ACCEPTED
    assert tie.state is TieState.ENDED


async def test_it_comes_back_with_everything_that_was_followed(tmp_path: Path) -> None:
    listed = [market(TICKER), market(OTHER)]
    async with attached(tmp_path / "engine.sock") as tie:
        async with ControlDesk(tmp_path, listed) as desk:
            await tie.until_attached()
            await tie.subscribe(WATCH)
            await tie.subscribe(book_topic(TICKER))
            await tie.subscribe(book_topic(OTHER))
            await tie.unsubscribe(book_topic(OTHER))
            await tie.command(WatchMarkets((TICKER,)))
            await tie.command(desk.order(client_order_id="c1"))
            await seen(tie, has_everything)
            first = desk.runtime.engine.money.run_id
        await seen(tie, lambda replica: replica.rev(DESK) is None)
        assert tie.replica.desk.orders.keys() == {"c1"}
        assert tie.state is TieState.SEEKING
        async with ControlDesk(tmp_path, listed) as desk:
            await seen(tie, has_everything)
            await tie.until_attached()
            assert tie.attached == 2
            assert tie.client is not None
            assert tie.client.hello.run_id not in ("", first)
            assert OTHER not in tie.replica.books
            assert tie.client.hello.client in desk.engine._universe._wanted_by


def has_everything(replica: Replica) -> bool:
    topics = {DESK, WATCH, book_topic(TICKER)}
    return topics <= set(replica.topics()) and replica.watch.is_whole and bool(replica.watch.markets)


async def test_a_command_that_was_under_way_is_lost_and_can_be_asked_by_its_id(tmp_path: Path) -> None:
    async with attached(tmp_path / "engine.sock") as tie, ControlDesk(tmp_path) as desk:
        client = await tie.until_attached()
        desk.venue.answers["slow"] = None
        order = desk.order(client_order_id="slow")
        asking = asyncio.create_task(tie.command(order, command_id="q1"))
        await desk.until(lambda: "slow" in desk.engine.money.orders)
        await client.close()
        with pytest.raises(ConnectionLost) as lost:
            await asking
        assert lost.value.command_id == "q1"
        await seen(tie, lambda replica: tie.attached == 2)
        assert desk.venue.sent == ["slow"]
        known = tie.replica.desk.orders["slow"]
        assert known.state in ("intent", "sent")


async def test_the_lease_is_kept_by_name_over_a_second_connection(tmp_path: Path) -> None:
    async with attached(tmp_path / "engine.sock") as tie, ControlDesk(tmp_path) as desk:
        client = await tie.until_attached()
        await tie.command(Arm(60))
        assert desk.engine.lease is not None
        assert desk.engine.lease.who == client.hello.client
        await client.close()
        await desk.until(lambda: desk.engine.lease is None)


async def test_a_viewer_comes_back_as_a_viewer(tmp_path: Path) -> None:
    async with attached(tmp_path / "engine.sock", role=Role.VIEW) as tie:
        for attempt in (1, 2):
            async with ControlDesk(tmp_path):
                await seen(tie, lambda replica, attempt=attempt: tie.attached == attempt)
                with pytest.raises(NotAllowed):
                    await tie.command(CancelAll())
            await seen(tie, lambda replica: replica.rev(DESK) is None)


async def test_what_time_does_not_heal_ends_the_search(tmp_path: Path) -> None:
    async with Refuser(tmp_path / "engine.sock"):
        tie = Attachment(tmp_path / "engine.sock")
        with pytest.raises(ProtocolMismatch, match="too new"):
            await tie.run()
        assert tie.state is TieState.ENDED
