"""How often addresses are asked, and how long after a fault; what was said of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import httpx
from collecting import Bench

from collectors.fetching import Body, Fetcher, Request, json_of
from collectors.observations import Health
from collectors.polling import Errand, Poller
from collectors.running import Running
from collectors.spot.rows import SpotCandleRow
from collectors.taking import Fault, FaultKind, Taken
from engine.domain.units import SECOND_NS, Nanoseconds


class Source:
    name = "counter"
    spacing_s = 2.0
    keeps_raw = True

    def __init__(self, *names: str) -> None:
        self.names = names

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        return [
            Errand(name=name, request=Request(url=f"https://x.example/{name}"), every_s=60.0)
            for name in self.names
        ]

    def take(self, errand: Errand, body: Body) -> Taken:
        number = json_of(body)
        row = SpotCandleRow(
            source="counter",
            product=errand.name,
            seconds=60,
            start_s=number,
            open=1.0,
            high=1.0,
            low=1.0,
            close=1.0,
            volume=0.0,
            received_ns=body.received_ns,
        )
        return Taken(rows=[row])


class Desk(Bench):
    """``answers`` are given one after the other, the last for good."""

    def __init__(self, answers: Sequence[httpx.Response], *names: str) -> None:
        super().__init__("spot_candles", "raw_bodies")
        self.answers = list(answers)
        self.asked: list[tuple[float, str]] = []
        fetcher = Fetcher(self.clock, transport=httpx.MockTransport(self._answer))
        self.state = self.health("counter")
        put = partial(self.recorder.put, "counter")
        self.poller = Poller(Source(*(names or ("a",))), fetcher, self.state, put, self.clock, lambda: 0.5)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((self.clock.now_ns / SECOND_NS, request.url.path))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def pass_s(self, seconds: int) -> None:
        for _ in range(seconds * 4):
            await self.clock.advance(SECOND_NS // 4)
            for _ in range(30):
                await asyncio.sleep(0)

    async def run_s(self, seconds: int) -> list[float]:
        task = asyncio.ensure_future(self.poller.run())
        await self.pass_s(seconds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return [at for at, _ in self.asked]


def well(number: int = 1) -> httpx.Response:
    return httpx.Response(200, json=number)


async def test_each_errand_is_asked_at_its_interval_and_never_two_at_once() -> None:
    desk = Desk([well()], "a", "b")
    assert await desk.run_s(130) == [0.0, 2.0, 60.0, 62.0, 120.0, 122.0]
    assert desk.state.is_connected
    assert desk.lines == []


async def test_a_refusal_is_waited_out_as_long_as_it_asks() -> None:
    desk = Desk([httpx.Response(429, headers={"Retry-After": "40"}), well()])
    assert await desk.run_s(50) == [0.0, 40.0]
    assert desk.lines[0].startswith("counter: rate_limited: x.example/a: HTTP 429")
    assert desk.lines[1] == "counter: well again after rate_limited"
    assert desk.state.connections == 1


async def test_a_limit_that_says_no_time_is_not_asked_at_sooner_than_usual() -> None:
    desk = Desk([httpx.Response(429), httpx.Response(429), well()])
    assert await desk.run_s(130) == [0.0, 60.0, 120.0]


async def test_not_changed_is_no_answer_to_a_request_without_conditions() -> None:
    desk = Desk([httpx.Response(304)])
    await desk.run_s(10)
    assert not desk.state.is_connected
    assert desk.lines == ["counter: status: x.example/a: HTTP 304"]


async def test_what_was_wrong_with_an_answer_is_not_over_because_it_does_not_change() -> None:
    class Picky(Source):
        def take(self, errand: Errand, body: Body) -> Taken:
            taken = super().take(errand, body)
            taken.faults.append(Fault(FaultKind.SHAPE, "no row of NYC"))
            return taken

    def answer(request: httpx.Request) -> httpx.Response:
        if "If-None-Match" in request.headers:
            return httpx.Response(304)
        return httpx.Response(200, json=1, headers={"ETag": '"1"'})

    desk = Desk([well()])
    fetcher = Fetcher(desk.clock, transport=httpx.MockTransport(answer))
    put = partial(desk.recorder.put, "counter")
    desk.poller = Poller(Picky("a"), fetcher, desk.state, put, desk.clock, lambda: 0.5)
    await desk.run_s(130)
    assert desk.state.faults == {FaultKind.SHAPE: 3}
    assert desk.state.note == "shape: no row of NYC"


async def test_waits_grow_with_each_fault_and_begin_anew_after_a_success() -> None:
    bad = httpx.Response(500)
    desk = Desk([bad, bad, bad, well(), bad, well()])
    times = await desk.run_s(120)
    waits = [round(later - earlier) for earlier, later in pairwise(times)]
    assert waits[:5] == [4, 8, 15, 60, 4]
    assert desk.state.counts().faults == {"server": 4}


async def test_the_body_of_an_undocumented_source_is_kept_when_it_changes_even_if_unreadable() -> None:
    desk = Desk([well(1), well(1), httpx.Response(200, text="<html>new</html>"), well(2)])
    await desk.run_s(150)
    bodies = [row["body"] for row in desk.rows("raw_bodies")]
    assert bodies == [b"1", b"<html>new</html>", b"2"]
    assert [row["start_s"] for row in desk.rows("spot_candles")] == [1, 1, 2]


async def test_a_jump_of_the_clock_is_said_once_and_changes_no_wait() -> None:
    desk = Desk([well()])
    running = Running(
        "news", [desk.poller], desk.recorder, desk.sink, desk.clock, asyncio.Event(), desk.lines.append
    )
    task = asyncio.ensure_future(running.run(200))
    for jump_s in (0, -7_200, 1):
        desk.clock.wall_offset_ns += jump_s * SECOND_NS
        await desk.pass_s(30)
    await desk.pass_s(120)
    assert (await task).written == 4 + 1, "rows, and the body once"
    assert [at for at, _ in desk.asked] == [0.0, 60.0, 120.0, 180.0]
    assert desk.lines == ["news: this machine's clock jumped by -7200.0 s"]
    health = [one for one in desk.sink.messages if isinstance(one, Health)]
    assert len(health) >= 200 // 5
    assert health[-1].age_s is not None
    assert health[-1].age_s < 60


async def test_once_is_each_errand_once_and_tells_whether_all_went_well() -> None:
    desk = Desk([well(), httpx.Response(403)], "a", "b")
    task = asyncio.ensure_future(desk.poller.once())
    while not task.done():
        await desk.clock.advance(SECOND_NS)
    assert not task.result()
    assert [path for _, path in desk.asked] == ["/a", "/b"]
