"""How much of the allowed rate the lane of collectors uses against a running sandbox and its own buckets.

By the wall clock: on a machine with something to spare. SPARKO_PACE is how many requests are made.

SPARKO_PACE=1500 pytest tests/benchmarks/test_candle_pace_on_sockets.py -o addopts=--import-mode=importlib -s
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest
from running_sandbox import RunningSandbox, sandbox_in

from collectors.access import access_to
from collectors.candles.running import take_share
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiReader
from engine.kalshi.rate_budget import BucketName

_REQUESTS = int(os.environ.get("SPARKO_PACE", "0"))
_WORKERS = 16
_TOKENS_A_SECOND, _COST = 200, 10
"""Of the smallest account, and of a read."""

pytestmark = pytest.mark.skipif(not _REQUESTS, reason="by the wall clock: set SPARKO_PACE to 1500")


class _Counted(httpx.AsyncHTTPTransport):
    def __init__(self) -> None:
        super().__init__()
        self.statuses: Counter[int] = Counter()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        self.statuses[response.status_code] += 1
        return response


async def paced(sandbox: RunningSandbox, home: Path) -> tuple[Counter[int], float, int]:
    """Statuses of the answers, the seconds that they took, and the tokens that were saved up before."""
    access, transport = await access_to(home, None, sandbox.root), _Counted()
    async with KalshiReader(access.endpoint, access.credentials, http_transport=transport) as reader:
        reads, left = reader.reads(Lane.COLLECT), _REQUESTS
        await reads.account.seed_budget()
        take_share(reader, 100)
        saved = reader.budget.queue(BucketName.READ).bucket.capacity

        async def work() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                await reads.series.one("KXHIGHNY")

        transport.statuses.clear()
        began = time.monotonic()
        await asyncio.gather(*(work() for _ in range(_WORKERS)))
        return transport.statuses, time.monotonic() - began, saved


def test_the_lane_of_collectors_uses_its_rate_and_is_never_refused(tmp_path: Path) -> None:
    with sandbox_in(tmp_path, "--series", "KXHIGHNY") as sandbox:
        statuses, seconds, saved = asyncio.run(paced(sandbox, tmp_path))
    share = _REQUESTS * _COST / (_TOKENS_A_SECOND * seconds + saved)
    print(f"\n{_REQUESTS:,} requests in {seconds:.1f} s: {share:.1%} of the tokens, {statuses[429]} refused")
    assert statuses == {200: _REQUESTS}
    assert share >= 0.95
