"""The heartbeat: heard while all works, silent otherwise, with one line of why."""

from __future__ import annotations

import asyncio
import logging

import pytest
from alert_server import AlertServer

from engine.ops.alerts.heartbeat import EACH_S, LOOK_EACH_S, Heartbeat

CANARY = "cAnArYbeat"


class Beats:
    """Runs a heartbeat for some looks; its pauses take no time and are written down."""

    def __init__(self, url: str) -> None:
        self.trouble = ""
        self.pauses: list[float] = []
        self._heartbeat = Heartbeat(url, lambda: self.trouble, self._sleep)
        self._left = 0

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._left -= 1
        if not self._left:
            raise asyncio.CancelledError

    async def look(self, times: int = 1) -> None:
        self._left = times
        with pytest.raises(asyncio.CancelledError):
            await self._heartbeat.run()


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "engine.heartbeat"]


async def test_it_is_heard_each_minute_while_all_works(service: AlertServer) -> None:
    beats = Beats(f"http://127.0.0.1:{service.port}/ping/{CANARY}")
    await beats.look(3)
    assert [got["path"] for got in service.rest()] == [f"/ping/{CANARY}"] * 3
    assert beats.pauses == [EACH_S] * 3


async def test_it_is_silent_while_something_does_not_work(
    service: AlertServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    beats = Beats(f"http://127.0.0.1:{service.port}/{CANARY}")
    beats.trouble = "feed exchange is lost"
    await beats.look(5)
    assert not service.asked.is_set()
    assert beats.pauses == [LOOK_EACH_S] * 5
    assert lines(caplog) == ["no heartbeat is sent: feed exchange is lost"]
    beats.trouble = "exits by plan are off"
    await beats.look(2)
    assert lines(caplog)[1:] == ["no heartbeat is sent: exits by plan are off"]
    beats.trouble = ""
    await beats.look(2)
    assert service.waiting == 2
    assert lines(caplog)[2:] == ["the heartbeat is sent and heard again"]
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    ("status", "says"), [(500, "the watcher answered 500"), (302, "the watcher answered 302")]
)
async def test_a_watcher_that_refuses_is_told_once_and_not_followed(
    service: AlertServer, caplog: pytest.LogCaptureFixture, status: int, says: str
) -> None:
    caplog.set_level(logging.DEBUG)
    service.status = status
    await Beats(f"http://127.0.0.1:{service.port}/{CANARY}").look(3)
    assert service.refused == 3, "and no other address was asked"
    assert lines(caplog) == [f"the heartbeat is not heard: {says}"]
    assert CANARY not in caplog.text


async def test_a_watcher_that_is_not_there_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    service = AlertServer()
    service.close()
    await Beats(f"http://127.0.0.1:{service.port}/{CANARY}").look(2)
    assert lines(caplog) == ["the heartbeat is not heard: ConnectError"]
    assert CANARY not in caplog.text


async def test_what_fails_in_looking_ends_nothing(
    service: AlertServer, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> str:
        raise ValueError("no status")

    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await Heartbeat(f"http://127.0.0.1:{service.port}/", broken, sleep).run()
    assert not service.asked.is_set()
    assert lines(caplog) == ["no heartbeat could be sent"] * 2
