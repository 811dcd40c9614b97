"""How much of the allowed rate a candle collector uses, against a bucket that counts as the exchange's does.

On a loop of virtual time: 10,000 requests of 10 tokens at 200 a second, 50 to 250 ms on their way each.

pytest tests/benchmarks/test_candle_pace.py -o addopts=--import-mode=importlib -s -q
"""

from __future__ import annotations

import time
from pathlib import Path

from candle_exchange import HOUR_S, Bucket
from candle_rig import NOW_S, Rig, rigged

from collectors.candles.collecting import Wanted
from engine.kalshi.rest.candles import Period

_EVENTS, _LEGS = 1_000, 10
_TOKENS_A_SECOND = 200


def test_ten_thousand_requests_use_the_budget_and_are_never_refused(tmp_path: Path) -> None:
    async def work(rig: Rig) -> tuple[int, float, int]:
        for event in range(_EVENTS):
            close_s = NOW_S - (9 * 24 + event) * HOUR_S
            rig.exchange.list_event(f"KXBTC-{event:04d}", _LEGS, close_s - 2 * HOUR_S, close_s, close_s + 60)
        rig.exchange.cutoff_s = NOW_S - 24 * HOUR_S
        rig.exchange.bucket = Bucket(_TOKENS_A_SECOND, _TOKENS_A_SECOND, _TOKENS_A_SECOND, NOW_S)
        rig.exchange.page = 1_000
        rig.exchange.latency_s = 0.15
        rig.exchange.latency_spread_s = 0.1
        report = await rig.look(Wanted(("KXBTC",), Period.HOUR))
        assert report.is_whole
        return len(rig.exchange.asked), report.seconds, rig.exchange.refused

    began = time.process_time()
    requests, seconds, refused = rigged(tmp_path, work)
    share = requests * 10 / (_TOKENS_A_SECOND * seconds)
    cpu_ms = (time.process_time() - began) / requests * 1_000
    print(f"\n{requests:,} requests in {seconds:.0f} s: {share:.1%} of the tokens, {refused} refused")
    print(f"{cpu_ms:.1f} ms of processor time a request, the exchange's share included")
    assert requests > 10_000
    assert refused == 0
    assert share >= 0.95
