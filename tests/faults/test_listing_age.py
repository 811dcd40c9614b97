"""How old a listing says it is: never younger than its pages, however slow one of its requests was."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from sim_desk import SimDesk

from engine.core.effects import Effect, ReadFills, ReadOrders, ReadPositions
from engine.core.inputs import FillsRead, OrdersRead, PositionsRead
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.kalshi.settings import ClientSettings
from engine.kalshi.venue_reads import VenueReads
from engine.sandbox.sim.loop import simulate

SLOW_S = 7


class SlowPages(httpx.AsyncBaseTransport):
    """Answers of ``path`` are as of their request and come late."""

    def __init__(self, inner: httpx.AsyncBaseTransport, path: str) -> None:
        self._inner = inner
        self._path = path

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        if request.url.path.endswith(self._path):
            await asyncio.sleep(SLOW_S)
        return answer


async def age_of(effect: Effect, path: str) -> tuple[Nanoseconds, Nanoseconds]:
    """What the read says, and the exchange's time when its pages were made, at the latest."""
    desk = SimDesk(1)
    client = desk.client(ClientSettings(), None, lambda inner: SlowPages(inner, path))
    read = await VenueReads(client).carry_out(effect)
    await client.aclose()
    assert isinstance(read, OrdersRead | FillsRead | PositionsRead), read
    return read.as_of_ns, desk.wall.now_ns() - SLOW_S * SECOND_NS


@pytest.mark.parametrize(
    ("effect", "path"),
    [
        (ReadOrders("KXSIM-0000-T0", 0), "/portfolio/orders"),
        (ReadOrders("", 0), "/portfolio/orders"),
        (ReadFills(0), "/portfolio/fills"),
        (ReadPositions(), "/portfolio/positions"),
    ],
)
def test_a_listing_never_says_that_it_is_younger_than_its_pages(
    effect: ReadOrders | ReadFills | ReadPositions, path: str
) -> None:
    as_of_ns, made_ns = simulate(age_of(effect, path))
    assert 0 < as_of_ns <= made_ns
