"""A replay that is killed again and again ends as one that never was: money, prints, candles and results.

With ``SPARKO_KILLS`` it dies after every step, in the normal run after those at which most is at stake."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from killable import Killable
from plain_http import ask, client_to
from recorder import BAND, DAY, EVENT, HIGH, LOW, Recorder, eastern_s
from small_world import Client, Signer

from engine.domain.units import SECOND_NS
from engine.wire.signing import REST_ROOT

NINE_S = eastern_s(9)
OPTIONS = ("--series", "KXHIGHNY", "--from", DAY, "--tier", "prestige")


def record(folder: Path) -> None:
    """A weather day with a quote every five seconds for three minutes, and a print each half minute."""
    folder.mkdir()
    recorder = Recorder(folder)
    recorder.weather_day()
    recorder.quotes(
        "weather",
        [
            *((second * 1_000, BAND, 40 + second % 2, 44) for second in range(NINE_S, NINE_S + 180, 5)),
            (NINE_S * 1_000 + 7 * 3_600_000, BAND, 97, 100),
        ],
    )
    sides = ("no", "yes")
    recorder.trades(
        "weather",
        [
            (BAND, (NINE_S + place) * 1_000 + 500, 42.0, 5.0, sides[place // 30 % 2])
            for place in range(30, 180, 30)
        ],
    )


STEPS = 9
KILLS = tuple(range(1, STEPS + 1)) if "SPARKO_KILLS" in os.environ else (2, 3, 5, 7, 8)
"""After which steps it dies: with orders resting, after a fill, in a minute, before the close and at it."""


class Replayed:
    """One replay on one state folder, which dies after the steps ``kills``."""

    def __init__(self, folder: Path, recording: Path, kills: Sequence[int]) -> None:
        self.sandbox = Killable(folder, ("--replay", str(recording), *OPTIONS))
        self.kills = kills
        self.signer: Signer | None = None
        self.starts = 0
        self.steps = 0

    def start(self) -> None:
        self.signer = self.sandbox.start()
        self.starts += 1

    def step_to(self, at_s: int) -> None:
        now_ns = int(str(self.sandbox.see("/sandbox/clock")["now_ns"]))
        step = f"{(at_s * SECOND_NS - now_ns) / SECOND_NS:.9f}"
        answer = ask("POST", f"{self.sandbox.url}/sandbox/clock", {"step_s": float(step)}, timeout_s=60)
        answer.raise_for_status()
        self.steps += 1
        if self.steps in self.kills:
            self.sandbox.kill()
            self.start()

    async def place(self, name: str, price: str, **changed: object) -> None:
        async with client_to(self.sandbox.url) as http:
            placed = await Client(http, self.signer).place(name, price, ticker=BAND, **changed)
        assert placed.status_code == 201, placed.text

    def outcome(self) -> dict[str, Any]:
        """What the world is in the end, without ids (they carry the world's own) and wall times."""

        def see(path: str) -> Any:
            return self.sandbox.see(path)

        accounts = see("/sandbox/accounts")
        (account,) = accounts["accounts"]
        orders = see("/sandbox/orders")["orders"]
        told = ("client_order_id", "status", "fill_count_fp", "taker_fees_dollars", "last_update_time")
        trades = see(f"{REST_ROOT}/markets/trades?limit=1000")["trades"]
        window = f"start_ts={NINE_S}&end_ts={NINE_S + 300}&period_interval=1"
        candles = see(f"{REST_ROOT}/series/KXHIGHNY/markets/{BAND}/candlesticks?{window}")["candlesticks"]
        return {
            "fees": accounts["fees_collected_ud"],
            "account": {key: account[key] for key in ("shards", "holdings", "fees_ud", "fill_count")},
            "orders": [[order.get(key) for key in told] for order in orders],
            "trades": [
                (
                    trade["created_time"],
                    trade["yes_price_dollars"],
                    trade["count_fp"],
                    trade["taker_book_side"],
                )
                for trade in trades
            ],
            # The quotes of a minute in which it died are those since; its prints are all there.
            "candles": [
                {key: candle[key] for key in ("end_period_ts", "price", "volume_fp", "open_interest_fp")}
                for candle in candles
                if candle["volume_fp"] != "0.00"
            ],
            "markets": see(f"{REST_ROOT}/markets?event_ticker={EVENT}"),
        }


async def live(replay: Replayed) -> dict[str, Any]:
    try:
        replay.start()
        replay.sandbox.pause()
        replay.step_to(NINE_S + 10)
        await replay.place("maker", "0.4200", count="8.00")
        await replay.place("left", "0.6000", side="ask", count="2.00")
        replay.step_to(NINE_S + 31)
        await replay.place("taker", "0.4400", count="3.00", time_in_force="immediate_or_cancel")
        for second in (62, 93, 125, 170):
            replay.step_to(NINE_S + second)
        replay.step_to(NINE_S + 3_600 * 8)
        replay.step_to(eastern_s(23, 59) + 2)
        replay.step_to(eastern_s(23, 59) + 3_600)
        return replay.outcome()
    finally:
        replay.sandbox.end()


async def test_a_replay_that_is_killed_ends_like_one_that_is_not(tmp_path: Path) -> None:
    recording = tmp_path / "recording"
    record(recording)
    whole = Replayed(tmp_path / "whole", recording, ())
    killed = Replayed(tmp_path / "killed", recording, KILLS)
    expected, found = await live(whole), await live(killed)
    assert (whole.starts, killed.starts) == (1, 1 + len(KILLS))
    assert killed.steps == STEPS
    for key, value in expected.items():
        assert found[key] == value, key
    # And it is what the recording makes of these orders: 8 bought at 42 from sellers' prints, 3 at 44 with
    # a fee of 7 % of p(1-p) each, rounded up to a hundredth of a cent, 2 sold at 60 when the quotes jump
    # to 97; the band pays a dollar for each of the 9 left.
    fee_ud = 51_800
    cash_ud = 10_000_000_000 - 8 * 420_000 - 3 * 440_000 - fee_ud + 2 * 600_000 + 9 * 1_000_000
    account = expected["account"]
    assert account["shards"][0]["cash_ud"] == str(cash_ud)
    assert account["fees_ud"] == str(fee_ud)
    statuses = {
        market["ticker"]: (market["status"], market["result"]) for market in expected["markets"]["markets"]
    }
    assert statuses == {
        LOW: ("finalized", "no"),
        BAND: ("finalized", "yes"),
        HIGH: ("finalized", "no"),
    }
    volume = sum(float(trade[2]) for trade in expected["trades"])
    assert volume == 5 * 5 + 3 + 2
